"""What can be asked right now: every known server, its models, and what is known of each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from roundtable_tui.config import ServerSettings
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.types import ModelInfo, Server
from roundtable_tui.setup.server_check import took
from roundtable_tui.setup.server_pool import Backends, can_chat, spot
from roundtable_tui.utils.text import one_line


@dataclass(frozen=True, slots=True)
class Known:
    """A model, and what is known of it; None where nothing is. Its name is raw: clean it to show it."""

    id: str
    context: int | None = None
    tools: bool | None = None
    json: bool | None = None
    ttft_s: float | None = None
    rate: float | None = None

    @property
    def figures(self) -> str:
        """What is known, in as few signs as can be; "" for nothing."""
        parts = [
            tokens(self.context) if self.context else "",
            {True: "tools", False: "no tools", None: ""}[self.tools],
            {True: "JSON", False: "no JSON", None: ""}[self.json],
            f"{self.rate:.0f} tok/s" if self.rate is not None else "",
        ]
        return " · ".join(part for part in parts if part)

    @property
    def words(self) -> str:
        """What is known, in a line; "" for nothing."""
        parts = [
            f"holds {self.context:,} tokens" if self.context else "",
            {True: "calls tools", False: "calls no tools", None: ""}[self.tools],
            {True: "keeps to JSON", False: "keeps to no JSON schema", None: ""}[self.json],
            f"first word after {took(self.ttft_s)}" if self.ttft_s is not None else "",
            f"{self.rate:.0f} tokens a second" if self.rate is not None else "",
        ]
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Source:
    """A server: one of the settings ("server") or found on this machine ("url"), and what it offers."""

    kind: Literal["server", "url"]
    server: ServerSettings
    models: tuple[Known, ...] = ()
    trouble: str = ""
    """Why it offers nothing, in a line."""
    asked: bool = field(default=False, compare=False)

    @property
    def where(self) -> str:
        """What it is chosen by: its name, or its address."""
        return self.server.name if self.kind == "server" else self.server.base_url


async def sources(backends: Backends) -> list[Source]:
    """Return the servers there are, not yet asked: those of the settings, then those found here."""
    named = list(backends.settings.servers.values())
    around = await backends.look_around() if backends.settings.discovery else []
    known = {spot(server.base_url) for server in named}
    return [
        *(Source("server", server) for server in named),
        *(Source("url", server) for server in around if spot(server.base_url) not in known),
    ]


async def asked(source: Source, backends: Backends) -> Source:
    """Return the source with its models, or with why there are none."""
    try:
        server = await backends.reach(source.server)
        models = await backends.offers(server, again=True)
    except RoundtableError as error:
        line = f"{error.what.rstrip('.')}. {error.hint}" if error.hint else error.what
        return Source(source.kind, source.server, trouble=one_line(line, 300), asked=True)
    if not models:
        trouble = "it lists no model: load one there, or type a name"
        return Source(source.kind, source.server, trouble=trouble, asked=True)
    return Source(source.kind, source.server, tuple(_known(models, server, backends)), asked=True)


def _known(models: Sequence[ModelInfo], server: Server, backends: Backends) -> list[Known]:
    """Return the models with what was learned of them; those to talk to first."""
    found = []
    for model in sorted(models, key=lambda model: not can_chat(model.id)):
        traits, seen = backends.client.known(server, model.id)
        # What a refusal has taught comes before what a list says, and both before nothing.
        tools = False if traits.tool_choice == "none" else seen.tools or model.tools
        json = False if traits.schema == "none" else seen.json or model.json
        found.append(Known(model.id, model.context, tools, json, seen.ttft_s, seen.rate))
    return found


def tokens(count: int) -> str:
    """Return a size of context in few signs: 4k, 131k, 1M."""
    if count >= 1_000_000:
        return f"{count / 1_000_000:.3g}M"
    return f"{count // 1000}k" if count >= 1000 else str(count)
