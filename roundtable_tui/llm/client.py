"""The one door to models: streams of answers, and lists of what servers offer."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence
from random import Random
from typing import Any

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.call import Call, Means
from roundtable_tui.llm.embeddings import Embeddings
from roundtable_tui.llm.errors.classify import compose, describe
from roundtable_tui.llm.errors.network import explain
from roundtable_tui.llm.http import transport
from roundtable_tui.llm.http.connection import Connection, warm_up
from roundtable_tui.llm.http.retry import Allowance, Waits
from roundtable_tui.llm.request.capabilities import Traits
from roundtable_tui.llm.servers import model_list as model_lists
from roundtable_tui.llm.servers import url as addresses
from roundtable_tui.llm.servers.capability_cache import Seen, ServerMemory
from roundtable_tui.llm.types import ChatRequest, Failed, Fault, Limits, ModelInfo, Piece, Server
from roundtable_tui.utils.redact import remember

__all__ = ["Allowance", "Client", "Waits", "warm_up"]

_LIST_BYTES = 16 * 1024 * 1024
_SUGGEST_S = 3.0


class Client:
    """Calls models. One per event loop; it owns one HTTP client a server, until `aclose`."""

    def __init__(
        self, *, waits: Waits | None = None, random: Random | None = None, memory: ServerMemory | None = None
    ) -> None:
        self._connections: dict[tuple[str, str, int], Connection] = {}
        self._means = Means(memory or ServerMemory(), waits or Waits(), random or Random(), self._suggest)

    def stream(
        self, server: Server, request: ChatRequest, limits: Limits, allowance: Allowance | None = None
    ) -> AsyncGenerator[Piece, None]:
        """Ask a model; yield what comes, last `Finished` or `Failed`. Raises nothing for what a server does.

        Closing the generator, or cancelling the task that waits for its next piece, closes the socket.
        `allowance` is what all calls of one run may spend together on trying again.
        """
        try:
            connection = self._connection(server)
        except RoundtableError as error:
            return _only(Failed("unreachable", compose(request.model, server.name, error.what, error.hint)))
        return Call(server, request, limits, connection, self._means, allowance).pieces()

    async def models(
        self,
        server: Server,
        timeout: float = 5.0,  # noqa: ASYNC109
    ) -> list[ModelInfo]:
        """Return what the server offers, within `timeout` seconds; raises RoundtableError with one line."""
        connection = self._connection(server)
        host, base = connection.address.host, connection.address.base
        fault: Fault | None = None
        known = self._means.memory.needs_v1(base)
        for v1 in [True] if known or connection.address.path else [False, True]:
            found = await self._within(timeout, server, connection, v1=v1)
            if isinstance(found, list):
                if v1 and not connection.address.path and not known:
                    self._means.memory.learn_v1(base, keep=server.transport is None)
                return found
            fault = fault or found
            if found.kind != "not_api":
                fault = found
                break
        assert fault is not None
        where = server.name if server.name == host else f"{server.name} ({host})"
        raise RoundtableError(fault.reason, where=where, hint=fault.hint)

    async def listing(self, server: Server, seconds: float = 5.0) -> list[ModelInfo] | Fault:
        """Return what is offered at exactly this base URL, or why nothing is."""
        try:
            connection = self._connection(server)
        except RoundtableError as error:
            return Fault("unreachable", error.what, error.hint)
        return await self._within(seconds, server, connection, v1=False)

    def known(self, server: Server, model: str) -> tuple[Traits, Seen]:
        """Return what refusals have taught of a model, and how it has answered."""
        base = addresses.parse(server.base_url).base
        return self._means.memory.traits(base, model), self._means.memory.seen(base, model)

    async def embed(self, server: Server, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text, in order; raises RoundtableError with one line."""
        return await Embeddings(server, model, self._connection(server), self._means).of(texts)

    async def aclose(self) -> None:
        """Close all connections, and keep what was seen."""
        self._means.memory.save()
        connections, self._connections = list(self._connections.values()), {}
        for connection in connections:
            await connection.aclose()

    def _connection(self, server: Server) -> Connection:
        place = addresses.parse(server.base_url)
        name = (place.base, place.netloc + place.query, id(server.transport))
        if name not in self._connections:
            self._connections[name] = Connection(place, server.concurrency, server.transport)
        return self._connections[name]

    async def _within(
        self, seconds: float, server: Server, connection: Connection, *, v1: bool
    ) -> list[ModelInfo] | Fault:
        if "openai" not in sys.modules:  # What the import takes is no time of the server's.
            await asyncio.to_thread(warm_up)
        try:
            async with asyncio.timeout(seconds):
                return await self._list(server, connection, v1=v1)
        except TimeoutError:
            return Fault("timeout", f"no list of models within {seconds:g} s")

    async def _list(self, server: Server, connection: Connection, *, v1: bool) -> list[ModelInfo] | Fault:
        key = ""
        try:
            sdk = await connection.sdk()
            key = (await asyncio.to_thread(server.key)).strip() if server.key is not None else ""
            remember(key)
            response = await transport.get(sdk, connection.address.url("/models", v1=v1), key=key)
            try:
                body = b""
                async for data in response.aiter_bytes():
                    body += data
                    if len(body) > _LIST_BYTES:
                        return Fault("not_api", "its list of models has no end")
            finally:
                await response.aclose()
        except Exception as error:
            return explain(error, key=key, connect_s=5.0)
        return _models_in(response.status_code, response.headers, body, key)

    async def _suggest(self, server: Server, wanted: str) -> str:
        try:
            offered = await self.models(server, _SUGGEST_S)
        except RoundtableError:
            offered = []
        return model_lists.suggestion(wanted, [model.id for model in offered])


async def _only(piece: Piece) -> AsyncGenerator[Piece, None]:
    yield piece


def _models_in(status: int, headers: Any, body: bytes, key: str) -> list[ModelInfo] | Fault:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    found = None if value is None else model_lists.read_models(value)
    if found is not None:
        return found
    fault = describe(status, headers, body, key=key)
    if fault.kind == "server":
        return Fault(
            "not_api",
            "what answers there has no list of models",
            "Check the base URL: it usually ends in /v1",
        )
    return fault
