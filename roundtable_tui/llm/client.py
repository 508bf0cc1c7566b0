"""The client of all model calls: streamed chat completions, model lists and embeddings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from copy import copy
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any, Self

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.call import CallDependencies, ModelCall
from roundtable_tui.llm.embeddings import EmbeddingRequest
from roundtable_tui.llm.errors.classify import classify_error, format_error
from roundtable_tui.llm.errors.network import client_creation_error, explain_exception
from roundtable_tui.llm.http import transport
from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.http.retry import BackoffPolicy, RetryBudget
from roundtable_tui.llm.raw_call import stream_objects
from roundtable_tui.llm.request.capabilities import ServerCapabilities
from roundtable_tui.llm.servers.capability_cache import CapabilityCache, ModelStats
from roundtable_tui.llm.servers.model_list import NoModelListError, parse_models, suggest_model
from roundtable_tui.llm.servers.url import parse_server_url
from roundtable_tui.llm.servers.vision import ask_vision, is_named
from roundtable_tui.llm.types import (
    CallError,
    ChatRequest,
    Failed,
    Limits,
    ModelInfo,
    Server,
    ServerLoad,
    StreamEvent,
)
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.redact import register_secret

__all__ = ["BackoffPolicy", "Client", "RetryBudget"]

_MAX_LIST_BYTES = 8 * 1024 * 1024
_SUGGEST_TIMEOUT_S = 3.0


class Client:
    """Calls models. Use one per event loop; it keeps the connections to each server until `aclose`."""

    def __init__(
        self,
        *,
        backoff: BackoffPolicy | None = None,
        random: Random | None = None,
        cache: CapabilityCache | None = None,
        spaces_reads: bool = True,
    ) -> None:
        self._spaces_reads = spaces_reads
        self._connections: dict[tuple[str, str, int], Connection] = {}
        self._retry_budget: RetryBudget | None = None
        self._dependencies = CallDependencies(
            cache or CapabilityCache(), backoff or BackoffPolicy(), random or Random(), self._suggest_model
        )

    def for_run(self, retry_budget: RetryBudget | None = None) -> Self:
        """Return this client for one run, whose calls share a budget of retries, by default a new one.

        It uses the connections of this client, which is the one to be closed.
        """
        client = copy(self)
        client._retry_budget = retry_budget or RetryBudget()
        return client

    def stream(
        self, server: Server, request: ChatRequest, limits: Limits
    ) -> AsyncGenerator[StreamEvent, None]:
        """Send a chat request and yield the events of its response; the last is `Finished` or `Failed`.

        Errors of the server or the network are reported by `Failed`, not raised. Closing the generator, or
        cancelling the task that iterates over it, closes the socket.

        Args:
            server: Where to send the request.
            request: The model, its messages and its parameters.
            limits: Timeouts (seconds), retries and the maximum length (characters) of this call.
        """
        try:
            connection = self._get_connection(server)
        except RoundtableError as error:
            return _single_event(
                Failed("unreachable", format_error(request.model, server.name, error.what, error.hint))
            )
        return ModelCall(server, request, limits, connection, self._dependencies, self._retry_budget).stream()

    async def stream_objects(
        self, server: Server, body: Mapping[str, Any], limits: Limits
    ) -> AsyncGenerator[Mapping[str, Any] | CallError, None]:
        """Send a body as it is and yield the objects of the response; see `llm.raw_call`."""
        try:
            connection = self._get_connection(server)
        except RoundtableError as error:
            yield CallError("unreachable", error.what, error.hint)
            return
        address = connection.address
        url = address.endpoint_url(
            "/chat/completions",
            v1=not address.path and self._dependencies.cache.needs_v1(address.base_url),
        )
        connection.limiter.set_limit(server.concurrency)
        async with aclosing(stream_objects(connection, url, server, body, limits)) as values:
            async for value in values:
                yield value

    async def list_models(
        self,
        server: Server,
        timeout: float = 5.0,  # noqa: ASYNC109
    ) -> list[ModelInfo]:
        """Return the models that the server offers.

        A base URL without a path is tried as it is and then with /v1; the one that worked is remembered.

        Raises:
            RoundtableError: No list of models arrives within `timeout` seconds; its text is one line.
        """
        connection = self._get_connection(server)
        host, base = connection.address.host, connection.address.base_url
        fault: CallError | None = None
        known = self._dependencies.cache.needs_v1(base)
        for v1 in [True] if known or connection.address.path else [False, True]:
            found = await self._list_with_timeout(timeout, server, connection, v1=v1)
            if isinstance(found, list):
                for model in found:
                    if model.price is not None:
                        server.prices[model.id] = model.price
                    if model.context and self._dependencies.cache.get_window(base, model.id) is None:
                        self._dependencies.cache.record_window(base, model.id, model.context)
                    if model.vision is not None:
                        self._dependencies.cache.record_vision(base, model.id, model.vision)
                if v1 and not connection.address.path and not known:
                    self._dependencies.cache.record_v1(base, persist=server.transport is None)
                return found
            fault = fault or found
            if found.kind != "not_api":
                fault = found
                break
        assert fault is not None
        where = server.name if server.name == host else f"{server.name} ({host})"
        kind = NoModelListError if fault.kind in ("not_api", "request") else RoundtableError
        raise kind(fault.reason, where=where, hint=fault.hint)

    async def list_models_at(self, server: Server, seconds: float = 5.0) -> list[ModelInfo] | CallError:
        """Return the models offered at exactly this base URL, or the error; /v1 is not tried."""
        try:
            connection = self._get_connection(server)
        except RoundtableError as error:
            return CallError("unreachable", error.what, error.hint)
        return await self._list_with_timeout(seconds, server, connection, v1=False)

    def get_model_profile(self, server: Server, model: str) -> tuple[ServerCapabilities, ModelStats]:
        """Return what the model on this server supports and how fast it has been in earlier calls."""
        base = parse_server_url(server.base_url).base_url
        return self._dependencies.cache.get_capabilities(base, model), self._dependencies.cache.get_stats(
            base, model
        )

    def context_window(self, server: Server, model: str) -> int | None:
        """Return the tokens that a model can hold, prompt and answer together; None if unknown.

        It comes from the settings, from a refused prompt, or from a list of models that was requested before.
        """
        base = parse_server_url(server.base_url).base_url
        return server.context or self._dependencies.cache.get_window(base, model)

    async def find_window(self, server: Server, model: str) -> int | None:
        """Return what `context_window` does, after asking the server for its models if it is not known."""
        known = self.context_window(server, model)
        if known is None and server.transport is None:  # Not the demo.
            with suppress(RoundtableError):
                await self.list_models(server, _SUGGEST_TIMEOUT_S)
            known = self.context_window(server, model)
        return known

    async def find_vision(self, server: Server, model: str) -> bool | None:
        """Return whether a model reads pictures; None if neither the settings nor the server say so.

        What the server refused before counts first, then the settings, then what the server says, which is
        asked if it was not before.
        """
        base, cache = parse_server_url(server.base_url).base_url, self._dependencies.cache
        if not cache.get_capabilities(base, model).pictures:
            return False
        if is_named(model, server.vision_models):
            return True
        if server.transport is not None:  # The demo.
            return None
        if cache.get_vision(base, model) is None:
            with suppress(RoundtableError):
                await self.list_models(server, _SUGGEST_TIMEOUT_S)
        if cache.get_vision(base, model) is None:
            sees = await ask_vision(partial(self._fetch_json, server), model)
            if sees is not None:
                cache.record_vision(base, model, sees)
        return cache.get_vision(base, model)

    async def _fetch_json(self, server: Server, path: str, body: Mapping[str, Any] | None) -> Any:
        """Return the JSON at a path of a server outside its API, None for any failure."""
        try:
            connection = self._get_connection(server)
            root = replace(connection.address, path=connection.address.path.removesuffix("/v1"))
            async with asyncio.timeout(_SUGGEST_TIMEOUT_S):
                client = await connection.get_client()
                key = (await asyncio.to_thread(server.key)).strip() if server.key is not None else ""
                register_secret(key)
                headers = await asyncio.to_thread(server.headers) if server.headers is not None else {}
                url = root.endpoint_url(path)
                if body is None:
                    response = await transport.get(client, url, key=key, headers=headers)
                else:
                    response = await transport.post(
                        client, url, body, key=key, connect_s=_SUGGEST_TIMEOUT_S, headers=headers,
                        non_streaming=True,
                    )  # fmt: skip
                found = await transport.read_body(response, _MAX_LIST_BYTES)
            return None if found is None else load_json(found)
        except Exception:  # Any other server may answer anything here.
            return None

    def get_load(self, server: Server) -> ServerLoad:
        """Return how many calls the server has at the moment, and how many it may have."""
        connection = self._get_connection(server)
        limiter = connection.limiter
        limiter.set_limit(server.concurrency)
        return ServerLoad(limiter.limit, limiter.in_use, connection.is_out_of_reach)

    async def embed(self, server: Server, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return one embedding vector per text, in the same order. Raises RoundtableError."""
        return await EmbeddingRequest(server, model, self._get_connection(server), self._dependencies).embed(
            texts
        )

    async def aclose(self) -> None:
        """Close all connections and save the capabilities learned about the servers."""
        self._dependencies.cache.save()
        connections = list(self._connections.values())
        self._connections.clear()
        for connection in connections:
            await connection.aclose()

    def _get_connection(self, server: Server) -> Connection:
        address = parse_server_url(server.base_url)
        if server.query:
            address = address.with_query(server.query)
        name = (
            address.base_url,
            "\n".join((address.netloc, address.query, server.ca_file, *server.header_names)),
            id(server.transport),
        )
        if name not in self._connections:
            self._connections[name] = Connection(
                address,
                server.concurrency,
                server.transport,
                header_names=server.header_names,
                ca_file=server.ca_file,
            )
            self._connections[name].read_pacer.is_enabled = self._spaces_reads
        return self._connections[name]

    async def _list_with_timeout(
        self, seconds: float, server: Server, connection: Connection, *, v1: bool
    ) -> list[ModelInfo] | CallError:
        try:
            await connection.get_client()  # Before the clock starts: importing is not the server's time.
        except Exception as error:
            return client_creation_error(error)
        try:
            async with asyncio.timeout(seconds):
                return await self._request_models(server, connection, v1=v1)
        except TimeoutError:
            return CallError("timeout", f"no list of models within {seconds:g} s")

    async def _request_models(
        self, server: Server, connection: Connection, *, v1: bool
    ) -> list[ModelInfo] | CallError:
        key = ""
        try:
            client = await connection.get_client()
            key = (await asyncio.to_thread(server.key)).strip() if server.key is not None else ""
            register_secret(key)
            headers = await asyncio.to_thread(server.headers) if server.headers is not None else {}
            response = await transport.get(
                client, connection.address.endpoint_url("/models", v1=v1), key=key, headers=headers
            )
            body = await transport.read_body(response, _MAX_LIST_BYTES)
        except Exception as error:
            return explain_exception(error, key=key, connect_s=5.0)
        if body is None:
            return CallError("not_api", f"its list of models is longer than {_MAX_LIST_BYTES >> 20} MB")
        # In a thread: a long list takes a while.
        return await asyncio.to_thread(_parse_response, response.status_code, response.headers, body, key)

    async def _suggest_model(self, server: Server, wanted: str) -> str:
        try:
            offered = await self.list_models(server, _SUGGEST_TIMEOUT_S)
        except RoundtableError:
            offered = []
        return suggest_model(wanted, [model.id for model in offered])


async def _single_event(piece: StreamEvent) -> AsyncGenerator[StreamEvent, None]:
    yield piece


def _parse_response(status: int, headers: Any, body: bytes, key: str) -> list[ModelInfo] | CallError:
    try:
        value = load_json(body)
    except ValueError:
        value = None
    found = None if value is None else parse_models(value, key)
    if found is not None:
        return found
    fault = classify_error(status, headers, body, key=key)
    if fault.kind == "server":
        return CallError(
            "not_api",
            "the server has no list of models",
            "Check the base URL: it usually ends in /v1",
        )
    return fault
