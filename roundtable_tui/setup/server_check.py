"""Is there a model server at this address? Looked at step by step, and told in words: what is right, what is
wrong, and what to do. Shared by the form of a server and by `roundtable doctor`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import ssl
import time
import urllib.request
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit, urlunsplit

from roundtable_tui.config import ServerSettings, bind_key, may_receive, read_key
from roundtable_tui.config.urls import fault_of
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.servers import url as addresses
from roundtable_tui.llm.servers.model_list import suggestion
from roundtable_tui.llm.servers.url import Address
from roundtable_tui.llm.types import (
    AnswerPiece,
    ChatRequest,
    Failed,
    Fault,
    Finished,
    Limits,
    ModelInfo,
    ReasoningPiece,
    Server,
)
from roundtable_tui.setup.server_pool import can_chat, is_here
from roundtable_tui.utils.text import one_line

if TYPE_CHECKING:
    from roundtable_tui.llm.client import Client


@dataclass(frozen=True, slots=True)
class Finding:
    """A line for a person, of clean text. `mark`: ok, note (works, but), bad, or wait: not yet known."""

    mark: Literal["ok", "note", "bad", "wait"]
    what: str
    do: str = ""
    models: tuple[str, ...] = ()
    """What it lists, as it spells them."""
    url: str = ""
    """The address that would be right."""

    def __str__(self) -> str:
        return f"{self.what.rstrip('.')}. {self.do}" if self.do else self.what


def took(seconds: float) -> str:
    """Return a time as a person reads it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


LIST_S = 8.0
"""Seconds for a list of models."""
ANSWER_S = 60.0
"""Seconds for the first token; a local server may load the model first."""
_ASKED = "Say yes."
_FEW_TOKENS = 16
_SHOWN = 5


async def check(
    server: ServerSettings, environ: Mapping[str, str] = os.environ, *, ask: bool = True
) -> AsyncGenerator[Finding, None]:
    """Yield what is found, step by step; the last one is where it ended. Raises nothing.

    With `ask` a model is asked for one token, if it is clear which. A "wait" says what is being done.
    """
    if (wrong := fault_of(server.base_url)) is not None:
        yield Finding("bad", f"the address {wrong[0]}", wrong[1])
        return
    server = bind_key(server, environ)
    try:
        key = await asyncio.to_thread(read_key, server, environ)
    except RoundtableError as error:
        yield Finding("bad", error.what, error.hint)
        return
    if key:
        yield Finding("ok", f"there is a key ({_whence(server)})")
    place = addresses.parse(server.base_url)
    if key and place.scheme == "http" and not place.loopback:
        yield Finding("note", "the key goes there in the clear", "Write https:// if the server can.")
    yield Finding("wait", f"looking for {one_line(place.host, 60)} ...")
    async for finding in reached(place):
        yield finding
        if finding.mark == "bad":
            return
    await asyncio.to_thread(import_module, "openai")
    from roundtable_tui.llm.client import Client

    client = Client()
    try:
        async with aclosing(_spoken_to(client, server, key, ask=ask)) as findings:
            async for finding in findings:
                yield finding
    finally:
        await client.aclose()


async def _spoken_to(
    client: Client, server: ServerSettings, key: str, *, ask: bool
) -> AsyncGenerator[Finding, None]:
    """Ask for the models, here or where they may be; then for a token."""
    yield Finding("wait", "asking for its models ...")
    began = time.monotonic()
    url, found = server.base_url, await _listing(client, server.base_url, key)
    if not addresses.parse(url).path:
        # Chat may be elsewhere than a list of models: a bare address is right only where /v1 is not.
        longer = await _listing(client, f"{url}/v1", key)
        if isinstance(longer, list):
            url, found = f"{url}/v1", longer
            yield Finding("note", f"/v1 is missing at its end: the API is at {one_line(url, 120)}", url=url)
    if isinstance(found, Fault):
        async for finding in _refused(client, server, key, found):
            yield finding
        return
    names = [model.id for model in found]
    yield _listed(found, time.monotonic() - began)
    if server.model and names and server.model not in names:
        what = f"{one_line(server.model, 60)} is not among them"
        yield Finding("bad", what, suggestion(server.model, names), tuple(names))
        return
    model = server.model or _only_choice(url, names)
    if not ask:
        return
    if not model:
        yield Finding("note", "no model was asked", "Name one to have it tried.", tuple(names))
        return
    async for finding in _answers(client, Server(server.name, url, lambda: key), model):
        yield finding


async def _refused(
    client: Client, server: ServerSettings, key: str, fault: Fault
) -> AsyncGenerator[Finding, None]:
    """Say why there is no list, and where there is one."""
    if fault.kind == "auth":
        if key:
            yield Finding("bad", fault.reason, f"Check what {_whence(server)} holds.")
        else:
            do = "Name the variable that holds it, or the command that prints it."
            yield Finding("bad", f"it wants a key: {fault.reason}", do)
        return
    for url in alternatives(server.base_url, fault):
        found = await _listing(client, url, key if may_receive(server.base_url, url) else "")
        if isinstance(found, list) or found.kind == "auth":
            yield Finding("bad", fault.reason, f"The API is at {one_line(url, 120)}.", url=url)
            return
    if fault.kind == "not_api" and server.model:
        # Some servers have no list at all: then only an answer tells.
        yield Finding("note", f"no list of models: {fault.reason}")
        async for finding in _answers(
            client, Server(server.name, server.base_url, lambda: key), server.model
        ):
            yield finding
        return
    yield Finding("bad", fault.reason, f"{fault.hint}." if fault.hint else "")


def _listed(found: list[ModelInfo], seconds: float) -> Finding:
    names = tuple(model.id for model in found)
    if not names:
        return Finding("note", "lists no model", "Load one there, or name one.")
    shown = ", ".join(one_line(name, 40) for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    count = f"{len(names)} model{'' if len(names) == 1 else 's'}"
    return Finding("ok", f"{count} in {took(seconds)}: {shown}{more}", models=names)


def _only_choice(url: str, names: list[str]) -> str:
    """Return the model that would be used where nobody names one; "" where it has to be named."""
    chat = [name for name in names if can_chat(name)]
    return chat[0] if chat and (len(chat) == 1 or is_here(url)) else ""


async def _answers(client: Client, server: Server, model: str) -> AsyncGenerator[Finding, None]:
    """Ask for one token, and stop there."""
    name = one_line(model, 60)
    yield Finding("wait", f"asking {name} for a word; it may have to be loaded first ...")
    request = ChatRequest(model, [{"role": "user", "content": _ASKED}], max_tokens=_FEW_TOKENS)
    limits = Limits(first_token_s=ANSWER_S, idle_s=ANSWER_S, turn_s=ANSWER_S, retries=0)
    began = time.monotonic()
    async with aclosing(client.stream(server, request, limits)) as pieces:
        async for piece in pieces:
            match piece:
                case AnswerPiece() | Finished():
                    yield Finding(
                        "ok", f"{name} answers: the first word after {took(time.monotonic() - began)}"
                    )
                    return
                case ReasoningPiece():
                    since = took(time.monotonic() - began)
                    yield Finding("ok", f"{name} answers, and thinks first: it began after {since}")
                    return
                case Failed(kind="empty"):
                    yield Finding("note", f"{name} was reached and said nothing", "Ask it something longer.")
                    return
                case Failed(message=message):
                    yield Finding("bad", message)
                    return


async def _listing(client: Client, url: str, key: str) -> list[ModelInfo] | Fault:
    return await client.listing(Server(url, url, (lambda: key) if key else None), LIST_S)


def _whence(server: ServerSettings) -> str:
    if server.api_key_env:
        return f"${one_line(server.api_key_env, 64)}"
    return "the key command"


CONNECT_S = 5.0
_PORTS = {"http": 80, "https": 443}


async def reached(place: Address) -> AsyncGenerator[Finding, None]:
    """Yield whether the name is known and whether something listens; ends at what is bad."""
    parts = urlsplit(f"{place.scheme}://{place.netloc}")
    host, port = parts.hostname or "", parts.port or _PORTS[place.scheme]
    if not place.loopback and (proxy := _proxy(place.scheme, host)):
        yield Finding("ok", f"it is asked through the proxy of this machine ({one_line(proxy, 60)})")
        return
    shown = one_line(host, 60)
    if not _is_number(host):
        try:
            async with asyncio.timeout(CONNECT_S):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            yield Finding("bad", f"nobody says where {shown} is, for {CONNECT_S:g} s", "Check the network.")
            return
        except (OSError, UnicodeError):
            yield Finding("bad", f"nobody knows the name {shown}", "Check its spelling, and the network.")
            return
        yield Finding("ok", f"{shown} is {one_line(str(found[0][4][0]), 60)}")
    began = time.monotonic()
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
        writer.transport.abort()
    except TimeoutError:
        do = "Check the port; a firewall may stand in between."
        yield Finding("bad", f"nothing answers on port {port} of {shown} within {CONNECT_S:g} s", do)
    except ConnectionRefusedError:
        do = "Start the server, or correct the port."
        if place.loopback:
            do += " In a container, localhost is the container."
        yield Finding("bad", f"nothing listens on port {port} of {shown}", do)
    except OSError as error:
        why = one_line((error.strerror or str(error)).lower(), 80)
        yield Finding("bad", f"port {port} of {shown} cannot be reached: {why}", "Check the network.")
    else:
        yield Finding("ok", f"something listens on port {port} ({took(time.monotonic() - began)})")
        if place.scheme == "https":
            yield await _secured(place, host, port)


async def _secured(place: Address, host: str, port: int) -> Finding:
    """Return whether TLS is spoken there; whether its certificate is trusted, the client tells."""
    any_at_all = ssl.create_default_context()
    any_at_all.check_hostname, any_at_all.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=any_at_all)
        writer.transport.abort()
    except (OSError, TimeoutError):
        plain = f"http://{place.netloc}{place.path}"
        do = "Write http:// instead of https://, or correct the port."
        return Finding("bad", f"port {port} does not speak TLS", do, url=plain)
    return Finding("ok", "it speaks TLS")


def alternatives(url: str, fault: Fault) -> Iterator[str]:
    """Yield the addresses near `url` where its API may be after all, given how `url` failed."""
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


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _proxy(scheme: str, host: str) -> str:
    """Return the host of the proxy through which `host` is asked, without who asks; "" for none."""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(scheme) or proxies.get("all") or ""
    if not proxy or urllib.request.proxy_bypass(host):
        return ""
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}").hostname or ""
