"""Step-by-step connectivity check of a server, for the server form and `roundtable doctor`."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit, urlunsplit

from roundtable_tui.config import ServerSettings, bind_key, may_receive, read_key
from roundtable_tui.config.urls import is_local_url, parse_ip_address, url_error
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.http.proxies import find_proxy
from roundtable_tui.llm.servers import url as addresses
from roundtable_tui.llm.servers.configured import request_extras
from roundtable_tui.llm.servers.model_kinds import default_chat_model
from roundtable_tui.llm.servers.model_list import suggest_model
from roundtable_tui.llm.servers.url import ServerUrl
from roundtable_tui.llm.types import (
    CallError,
    ChatRequest,
    Failed,
    Finished,
    Limits,
    ModelInfo,
    Server,
    TextDelta,
    ThinkingDelta,
)
from roundtable_tui.utils.format import count_of, format_duration
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.llm.client import Client


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One sanitized line. `mark` is ok, note (works, with a remark), bad, or wait (in progress)."""

    mark: Literal["ok", "note", "bad", "wait"]
    what: str
    hint: str = ""
    models: tuple[str, ...] = ()
    """The models that the server lists, unsanitized."""
    url: str = ""
    """The corrected URL, if there is one."""

    def __str__(self) -> str:
        return f"{self.what.rstrip('.')}. {self.hint}" if self.hint else self.what


def _since(began: float) -> str:
    """Return the time since `began` (monotonic seconds) for a line."""
    return format_duration(time.monotonic() - began, precise=True)


LIST_TIMEOUT_S = 8.0
"""Timeout of a list of models."""
ANSWER_TIMEOUT_S = 60.0
"""Timeout of the first token; a local server may load the model first."""
_ASKED = "Say yes."
_MAX_PROBE_TOKENS = 16
_MAX_LISTED_MODELS = 5


async def check_server(
    server: ServerSettings, environ: Mapping[str, str] = os.environ, *, ask: bool = True
) -> AsyncGenerator[CheckResult, None]:
    """Check a server and yield the result of each step; the last one ends the check.

    Args:
        server: the server.
        environ: environment variables, for its key.
        ask: also request one token from a model, if it is clear which.
    """
    if (wrong := url_error(server.base_url)) is not None:
        yield CheckResult("bad", f"the URL {wrong[0]}", wrong[1])
        return
    server = bind_key(server, environ)
    try:
        key = await asyncio.to_thread(read_key, server, environ)
    except RoundtableError as error:
        yield CheckResult("bad", error.what, error.hint)
        return
    if key:
        yield CheckResult("ok", f"key found ({_key_source(server)})")
    place = addresses.parse_server_url(server.base_url)
    if key and place.scheme == "http" and not place.is_loopback:
        yield CheckResult("note", "the key is sent unencrypted", "Use https:// if the server supports it.")
    yield CheckResult("wait", f"connecting to {single_line(place.host, 60)} ...")
    async for finding in check_network(place):
        yield finding
        if finding.mark == "bad":
            return
    await asyncio.to_thread(import_module, "httpx2")
    from roundtable_tui.llm.client import Client

    client = Client()
    try:
        async with aclosing(_ApiCheck(client, server, key, environ).run(ask=ask)) as findings:
            async for finding in findings:
                yield finding
    finally:
        await client.aclose()


@dataclass(frozen=True, slots=True)
class _ApiCheck:
    """The steps of a check that send requests."""

    client: Client
    server: ServerSettings
    key: str
    environ: Mapping[str, str]

    async def run(self, *, ask: bool) -> AsyncGenerator[CheckResult, None]:
        """Query the models, at the given URL or a corrected one, then one token."""
        yield CheckResult("wait", "querying its models ...")
        began = time.monotonic()
        url = self.server.base_url
        found = await self._list_models(url)
        if not addresses.parse_server_url(url).path:
            # A server may list models at both paths but chat at /v1 only, so a bare URL counts if /v1 fails.
            longer = await self._list_models(f"{url}/v1")
            if isinstance(longer, list):
                url, found = f"{url}/v1", longer
                what = f"/v1 is missing in the URL: the API is at {single_line(url, 120)}"
                yield CheckResult("note", what, url=url)
        if isinstance(found, CallError):
            async for finding in self._explain_failure(found):
                yield finding
            return
        names = [model.id for model in found]
        yield _describe_models(found, time.monotonic() - began)
        wanted = self.server.model
        if wanted and names and wanted not in names:
            what = f"{single_line(wanted, 60)} is not among them"
            yield CheckResult("bad", what, suggest_model(wanted, names), tuple(names))
            return
        model = wanted or default_chat_model(found, is_local=is_local_url(url))
        if ask and not model:
            yield CheckResult("note", "no model was tried", "Name one to try it.", tuple(names))
        elif ask:
            async for finding in _check_answer(self.client, self._server_at(url), model):
                yield finding

    def _server_at(self, url: str) -> Server:
        """Return the server at `url`; at another origin than its own without key, headers and query."""
        if not may_receive(self.server.base_url, url):
            return Server(self.server.name, url)
        key = (lambda: self.key) if self.key else None
        return Server(self.server.name, url, key, **request_extras(self.server, self.environ))

    async def _list_models(self, url: str) -> list[ModelInfo] | CallError:
        return await self.client.list_models_at(self._server_at(url), LIST_TIMEOUT_S)

    async def _explain_failure(self, fault: CallError) -> AsyncGenerator[CheckResult, None]:
        """Yield why there is no list of models, and the URL where there is one."""
        server = self.server
        if fault.kind == "auth":
            if self.key:
                yield CheckResult("bad", fault.reason, f"Check what {_key_source(server)} holds.")
            else:
                do = "Set the variable that holds it, or a command that prints it."
                yield CheckResult("bad", f"a key is required: {fault.reason}", do)
            return
        for url in alternative_urls(server.base_url, fault):
            found = await self._list_models(url)
            if isinstance(found, list) or found.kind == "auth":
                yield CheckResult("bad", fault.reason, f"The API is at {single_line(url, 120)}.", url=url)
                return
        if fault.kind == "not_api" and server.model:
            # Some servers have no list: then only an answer shows that the model works.
            yield CheckResult("note", f"no list of models: {fault.reason}")
            async for finding in _check_answer(self.client, self._server_at(server.base_url), server.model):
                yield finding
            return
        yield CheckResult("bad", fault.reason, f"{fault.hint}." if fault.hint else "")


def _describe_models(found: list[ModelInfo], seconds: float) -> CheckResult:
    names = tuple(model.id for model in found)
    if not names:
        return CheckResult("note", "lists no model", "Load a model there, or name one.")
    shown = ", ".join(single_line(name, 40) for name in names[:_MAX_LISTED_MODELS])
    more = f" and {len(names) - _MAX_LISTED_MODELS} more" if len(names) > _MAX_LISTED_MODELS else ""
    count, time_taken = count_of(len(names), "model"), format_duration(seconds, precise=True)
    return CheckResult("ok", f"{count} in {time_taken}: {shown}{more}", models=names)


async def _check_answer(client: Client, server: Server, model: str) -> AsyncGenerator[CheckResult, None]:
    """Request one token and stop."""
    name = single_line(model, 60)
    yield CheckResult("wait", f"trying {name}; it may have to load first ...")
    request = ChatRequest(model, [{"role": "user", "content": _ASKED}], max_tokens=_MAX_PROBE_TOKENS)
    limits = Limits(
        first_token_s=ANSWER_TIMEOUT_S, idle_s=ANSWER_TIMEOUT_S, turn_s=ANSWER_TIMEOUT_S, retries=0
    )
    began = time.monotonic()
    async with aclosing(client.stream(server, request, limits)) as pieces:
        async for piece in pieces:
            match piece:
                case TextDelta() | Finished():
                    yield CheckResult("ok", f"{name} answers: first token after {_since(began)}")
                    return
                case ThinkingDelta():
                    yield CheckResult("ok", f"{name} answers with reasoning first, after {_since(began)}")
                    return
                case Failed(kind="empty"):
                    yield CheckResult("note", f"{name} returned an empty answer", "Try a longer question.")
                    return
                case Failed(message=message):
                    yield CheckResult("bad", message)
                    return


def _key_source(server: ServerSettings) -> str:
    return f"${single_line(server.api_key_env, 64)}" if server.api_key_env else "the key command"


CONNECT_TIMEOUT_S = 5.0
_DEFAULT_PORTS = {"http": 80, "https": 443}


async def check_network(address: ServerUrl) -> AsyncGenerator[CheckResult, None]:
    """Yield whether the host name resolves and the port is open; ends at the first problem."""
    parts = urlsplit(f"{address.scheme}://{address.netloc}")
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[address.scheme]
    if not address.is_loopback and (proxy := find_proxy(address.scheme, host, port)):
        yield CheckResult("ok", f"connected through the proxy {single_line(proxy.host, 60)}")
        return
    shown = single_line(host, 60)
    if parse_ip_address(host) is None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            what = f"no address for {shown} within {CONNECT_TIMEOUT_S:g} s"
            yield CheckResult("bad", what, "Check your network.")
            return
        except (OSError, UnicodeError):
            yield CheckResult("bad", f"host name not found: {shown}", "Check its spelling and your network.")
            return
        yield CheckResult("ok", f"{shown} is {single_line(str(found[0][4][0]), 60)}")
    began = time.monotonic()
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port)
        writer.transport.abort()
    except TimeoutError:
        do = "Check the port; a firewall may block it."
        yield CheckResult("bad", f"no answer from port {port} of {shown} within {CONNECT_TIMEOUT_S:g} s", do)
    except ConnectionRefusedError:
        do = "Start the server, or correct the port."
        if address.is_loopback:
            do += " In a container, localhost is the container."
        yield CheckResult("bad", f"connection refused on port {port} of {shown}", do)
    except OSError as error:
        why = single_line((error.strerror or str(error)).lower(), 80)
        yield CheckResult("bad", f"port {port} of {shown} cannot be reached: {why}", "Check your network.")
    else:
        yield CheckResult("ok", f"port {port} is open ({_since(began)})")
        if address.scheme == "https":
            yield await _check_tls(address, host, port)


async def _check_tls(address: ServerUrl, host: str, port: int) -> CheckResult:
    """Return whether the port uses TLS; its certificate is checked by the client later."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
        writer.transport.abort()
    except (OSError, TimeoutError):
        plain = f"http://{address.netloc}{address.path}"
        do = "Use http:// instead of https://, or correct the port."
        return CheckResult("bad", f"port {port} does not use TLS", do, url=plain)
    return CheckResult("ok", "TLS works")


def alternative_urls(url: str, fault: CallError) -> Iterator[str]:
    """Yield URLs near `url` where the API may be, given how `url` failed."""
    parts = urlsplit(url)
    if "https://" in fault.hint and parts.scheme == "http":
        yield urlunsplit(parts._replace(scheme="https"))
    if fault.kind not in ("not_api", "request", "model"):
        return
    path = parts.path.rstrip("/")
    for ending in ("/chat/completions", "/completions", "/models", "/responses"):
        path = path.removesuffix(ending)
    tries = [path, f"{path}/v1", path.rpartition("/")[0] + "/v1", "/v1", "/api/v1", ""]
    for other in dict.fromkeys(tries):
        if other != parts.path and not other.endswith("/v1/v1"):
            yield urlunsplit(parts._replace(path=other, query="", fragment=""))
