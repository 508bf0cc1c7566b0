"""The catalog for choosing a model: configured and discovered servers, their models and their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from roundtable_tui.config import ServerSettings, resolve_server
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.types import ModelInfo, Server
from roundtable_tui.setup.model_choice import ModelChoice
from roundtable_tui.setup.server_check import format_latency
from roundtable_tui.setup.server_pool import ServerPool, is_chat_model, normalize_loopback
from roundtable_tui.utils.text import single_line


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model with its figures, None if unknown. `id` is unsanitized."""

    id: str
    context: int | None = None
    tools: bool | None = None
    json: bool | None = None
    ttft_s: float | None = None
    rate: float | None = None

    @property
    def short_stats(self) -> str:
        """The known figures, short, for a list; "" for none."""
        parts = [
            format_token_count(self.context) if self.context else "",
            {True: "tools", False: "no tools", None: ""}[self.tools],
            {True: "JSON", False: "no JSON", None: ""}[self.json],
            f"{self.rate:.0f} tok/s" if self.rate is not None else "",
        ]
        return " · ".join(part for part in parts if part)

    @property
    def description(self) -> str:
        """The known figures in one line; "" for none."""
        parts = [
            f"holds {self.context:,} tokens" if self.context else "",
            {True: "calls tools", False: "calls no tools", None: ""}[self.tools],
            {True: "keeps to JSON", False: "keeps to no JSON schema", None: ""}[self.json],
            f"first token after {format_latency(self.ttft_s)}" if self.ttft_s is not None else "",
            f"{self.rate:.0f} tokens a second" if self.rate is not None else "",
        ]
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """A configured ("server") or discovered ("url") server with its models."""

    kind: Literal["server", "url"]
    server: ServerSettings
    models: tuple[ModelEntry, ...] = ()
    error: str = ""
    """Why its models are not known, in one line."""
    is_queried: bool = field(default=False, compare=False)

    def choice(self, model: str = "") -> ModelChoice:
        """Return the choice of this server, with a model of it."""
        if self.kind == "server":
            return ModelChoice("server", server=self.server.name, model=model)
        return ModelChoice("url", base_url=self.server.base_url, model=model)


async def list_servers(pool: ServerPool, base_url: str = "") -> list[ServerEntry]:
    """Return the configured servers, the one at `base_url`, and the discovered ones, without their models."""
    named = list(pool.settings.servers.values())
    around = list(await pool.discover()) if pool.settings.discovery else []
    if base_url:
        given = resolve_server(pool.settings, base_url=base_url, environ=pool.environ)
        here = [one for one in around if normalize_loopback(one.base_url) == normalize_loopback(base_url)]
        around = [*(here or ([given] if given else [])), *(one for one in around if one not in here)]
    known = {normalize_loopback(server.base_url) for server in named}
    return [
        *(ServerEntry("server", server) for server in named),
        *(
            ServerEntry("url", server)
            for server in around
            if normalize_loopback(server.base_url) not in known
        ),
    ]


async def query_server(entry: ServerEntry, pool: ServerPool) -> ServerEntry:
    """Return the entry with its models, or with the reason why there are none."""
    try:
        server = await pool.connect(entry.server)
        models = await pool.list_models(server, refresh=True)
    except RoundtableError as error:
        line = f"{error.what.rstrip('.')}. {error.hint}" if error.hint else error.what
        return ServerEntry(entry.kind, entry.server, error=single_line(line, 300), is_queried=True)
    if not models:
        trouble = "it lists no model: load one there, or type a name"
        return ServerEntry(entry.kind, entry.server, error=trouble, is_queried=True)
    return ServerEntry(entry.kind, entry.server, tuple(_to_entries(models, server, pool)), is_queried=True)


def _to_entries(models: Sequence[ModelInfo], server: Server, pool: ServerPool) -> list[ModelEntry]:
    """Return the models with their figures, chat models first."""
    found = []
    for model in sorted(models, key=lambda model: not is_chat_model(model.id)):
        traits, seen = pool.client.get_model_profile(server, model.id)
        # A refusal is the best evidence, then an observed call, then the list.
        tools = False if traits.tool_choice == "none" else seen.tools or model.tools
        json = False if traits.schema == "none" else seen.json or model.json
        found.append(ModelEntry(model.id, model.context, tools, json, seen.ttft_s, seen.rate))
    return found


def format_token_count(count: int) -> str:
    """Return a context size in short form: 4k, 131k, 1M."""
    if count >= 1_000_000:
        return f"{count / 1_000_000:.3g}M"
    return f"{count // 1000}k" if count >= 1000 else str(count)
