"""The catalog for choosing a model: configured and discovered servers, their models and their figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from roundtable_tui.config import FlagEnvironment, ServerSettings
from roundtable_tui.config.api_keys import find_api_url
from roundtable_tui.config.urls import normalize_loopback, normalize_url, url_error
from roundtable_tui.engine.calls.pricing import format_dollars
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.servers.model_kinds import is_chat
from roundtable_tui.llm.servers.model_list import NoModelListError
from roundtable_tui.llm.servers.url import parse_server_url
from roundtable_tui.llm.types import ModelInfo, ModelPrice, Server
from roundtable_tui.model_choice.choice import ModelChoice
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.format import format_duration
from roundtable_tui.utils.text import single_line


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model with its figures, None if unknown. Its id is unsanitized."""

    info: ModelInfo
    """What its server reports of it, or a call showed."""
    ttft_s: float | None = None
    """Seconds to the first token of a call."""
    rate: float | None = None
    """Tokens per second of a call."""

    @property
    def short_stats(self) -> str:
        """The known figures, short, for a list; "" for none."""
        return " · ".join(short for short, _ in self._figures() if short)

    @property
    def description(self) -> str:
        """The known figures in one line; "" for none."""
        return "; ".join(whole for _, whole in self._figures())

    def _figures(self) -> Iterator[tuple[str, str]]:
        """Yield each known figure, short ("" if it is left out of a list) and in full."""
        info = self.info
        if info.context:
            yield format_token_count(info.context), f"holds {info.context:,} tokens"
        if info.tools is not None:
            yield ("tools", "calls tools") if info.tools else ("no tools", "calls no tools")
        if info.json is not None:
            yield ("JSON", "keeps to JSON") if info.json else ("no JSON", "keeps to no JSON schema")
        if info.vision:
            yield "vision", "reads pictures"
        if info.price is not None:
            yield _format_price(info.price)
        if self.ttft_s is not None:
            yield "", f"first token after {format_duration(self.ttft_s, precise=True)}"
        if self.rate is not None:
            yield f"{self.rate:.0f} tok/s", f"{self.rate:.0f} tokens a second"


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


async def list_servers(pool: ServerPool) -> list[ServerEntry]:
    """Return the configured servers, that of `--base-url`, then the discovered ones, without their models."""
    named = list(pool.settings.servers.values())
    around = [*_given_servers(pool.environ), *(await pool.discover() if pool.settings.discovery else ())]
    known = {normalize_loopback(server.base_url) for server in named}
    others: dict[str, ServerEntry] = {}
    for server in around:
        if (url := normalize_loopback(server.base_url)) not in known:
            others[url] = ServerEntry("url", server)  # The place of the first, the name of the last.
    return [*(ServerEntry("server", server) for server in named), *others.values()]


def _given_servers(environ: Mapping[str, str]) -> list[ServerSettings]:
    """Return the servers that the command line, OPENAI_BASE_URL and API_URL name."""
    flag = environ.base_url if isinstance(environ, FlagEnvironment) else ""
    urls = (flag, normalize_url(environ.get("OPENAI_BASE_URL", "")), find_api_url(environ))
    return [
        ServerSettings(name=parse_server_url(url).host, base_url=url)
        for url in urls
        if url and not url_error(url)
    ]


async def query_server(entry: ServerEntry, pool: ServerPool) -> ServerEntry:
    """Return the entry with its models, or with the reason why there are none."""
    try:
        server = await pool.connect(entry.server)
        models = await pool.list_models(server, refresh=True)
    except NoModelListError as error:
        line = f"{error.what.rstrip('.')}. If the base URL is right, type the name of a model"
    except RoundtableError as error:
        line = f"{error.what.rstrip('.')}. {error.hint}" if error.hint else error.what
    else:
        entries = tuple(_to_entries(models, server, pool))
        line = "" if entries else "it lists no model: load one there, or type a name"
        return replace(entry, models=entries, error=line, is_queried=True)
    return replace(entry, models=(), error=single_line(line, 300), is_queried=True)


def _to_entries(models: Sequence[ModelInfo], server: Server, pool: ServerPool) -> list[ModelEntry]:
    """Return the models with their figures, chat models first."""
    found = []
    for model in sorted(models, key=lambda model: not is_chat(model)):
        traits, seen = pool.client.get_model_profile(server, model.id)
        # A refusal is the best evidence, then an observed call, then the list.
        tools = False if traits.tool_choice == "none" else seen.tools or model.tools
        json = False if traits.schema == "none" else seen.json or model.json
        found.append(ModelEntry(replace(model, tools=tools, json=json), seen.ttft_s, seen.rate))
    return found


def _format_price(price: ModelPrice) -> tuple[str, str]:
    """Return a price in USD per million tokens, of prompts and answers, short and in full."""
    if not (price.prompt or price.completion):
        return "free", "free"
    prompt, completion = format_dollars(price.prompt * 1e6), format_dollars(price.completion * 1e6)
    return f"{prompt}/{completion}", f"{prompt} a million tokens of prompts, {completion} of answers"


def format_token_count(count: int) -> str:
    """Return a context size in short form: 4k, 131k, 1M."""
    if count >= 1_000_000:
        return f"{count / 1_000_000:.3g}M"
    return f"{count // 1000}k" if count >= 1000 else str(count)
