"""A scripted OpenAI-compatible server: real HTTP on loopback, standard library only, with any fault.

    from tests.support.fake_server import FakeServer, Reply, error, page

    async with FakeServer("Hello there.") as fake:
        Server(name="fake", base_url=fake.url)          # http://127.0.0.1:PORT/v1
        ...
        assert fake.requests[0].system == "You are Ada."

What it answers, its `script`, is one of
    "text" or Reply(...)        the same to every request
    [reply, reply, ...]         the n-th to the n-th request; the last one again and again
    {"Ada": script, "": script} by a text that the system prompt has in it ("" is the rest): a whole debate
                                is a dictionary of lists, one for each persona
    function(request, nth)      `request` is the JSON body, `nth` counts from 1; it returns a text or a Reply.
                                It may be async. In a dictionary it counts its own persona's requests only.

A `Reply` is a healthy stream except for the fields that you set: see reply.py (text, reasoning,
tool, decision, usage; status, headers, body, raw, wire; delays, gates, cuts, stalls). Hold a turn with
`gate=asyncio.Event()`, not with a clock.

What happened is in `fake.requests`, a list of `Seen`: body, headers, time of arrival, bytes sent, whether and
when the client left early. Wait for the n-th request with `await fake.seen(n)`, for its end with
`await request.ended.wait()`. `fake.most_at_once` is the largest number of requests answered at a time.

GET /v1/models lists `models`; `models_reply=Reply(...)` replaces that. Anything outside `base` gets
`elsewhere`, a 404 if you say nothing else, and is listed in `strays`.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.fake_server.reply import Reply, chunk, error, event, page, words

__all__ = ["FakeServer", "Reply", "Script", "Seen", "chunk", "error", "event", "page", "words"]

Script = Any
"""str | Reply | Sequence[Script] | Mapping[str, Script] | Callable[[dict, int], Script]"""


@dataclass
class Seen:
    """One request to the chat endpoint and its outcome. Times are `time.monotonic()`."""

    nth: int
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    at: float
    query: str = ""
    bytes_sent: int = 0
    ended_at: float | None = None
    left_early: bool = False
    """The client closed the connection before the response was complete."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def system(self) -> str:
        """The system prompt, or ""."""
        return self._content("system")

    @property
    def user(self) -> str:
        """The content of the last message."""
        return self._content("user")

    def _content(self, role: str) -> str:
        said = [m.get("content", "") for m in self.body.get("messages", []) if m.get("role") == role]
        return str(said[-1]) if said else ""


class FakeServer:
    """Use as an async context manager."""

    def __init__(
        self,
        script: Script = "Hello.",
        *,
        models: Sequence[str] = ("fake",),
        models_reply: Reply | None = None,
        base: str = "/v1",
        elsewhere: Reply | None = None,
        tls: ssl.SSLContext | tuple[Path, Path] | None = None,
        port: int = 0,
    ) -> None:
        self.script = script
        self.models = list(models)
        self.models_reply = models_reply
        self.requests: list[Seen] = []
        self.model_requests: list[Mapping[str, str]] = []
        self.connections = 0
        self.most_at_once = 0
        self.elsewhere = elsewhere or Reply(status=404, body="404 page not found")
        self.strays: list[str] = []
        """Requested paths outside `base`."""
        self.queries: list[str] = []
        """The query of each request, in order."""
        self._tls = tls
        self.port = port
        """The port it listens on, also after it has closed."""
        self._base = base
        self._tls = tls
        self._at_once = 0
        self._counts: dict[int, tuple[Script, int]] = {}
        self._arrived = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def root(self) -> str:
        """The URL without `base`."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL."""
        return self.root + self._base

    async def __aenter__(self) -> FakeServer:
        context = self._tls
        if isinstance(context, tuple):
            certificate, key = context
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self.port, limit=2**24, ssl=context
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def seen(self, n: int = 1) -> Seen:
        """Wait until the n-th request has arrived, and return it."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= n)
        return self.requests[n - 1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        method, path, headers = _head(head)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path, _, query = path.partition("?")
        self.queries.append(query)
        if path == f"{self._base}/models" and method == "GET":
            self.model_requests.append(headers)
            listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]}
            reply = self.models_reply or Reply(body=listed)
            if reply.gate is not None:
                await reply.gate.wait()
            return await _plain(writer, reply)
        if path != f"{self._base}/chat/completions" or method != "POST":
            self.strays.append(path)
            return await _plain(writer, self.elsewhere)
        seen = Seen(len(self.requests) + 1, path, headers, json.loads(body), time.monotonic(), query)
        async with self._arrived:
            self.requests.append(seen)
            self._arrived.notify_all()
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._answer(seen, reader, writer)
        finally:
            self._at_once -= 1
            seen.ended_at = time.monotonic()
            seen.ended.set()

    async def _answer(self, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        answering = asyncio.ensure_future(self._reply_to(seen, writer))
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait([answering, leaving], return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                seen.left_early = True
                return False
            return answering.result()
        except ConnectionError:
            seen.left_early = True
            return False
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.wait([answering, leaving])

    async def _reply_to(self, seen: Seen, writer: asyncio.StreamWriter) -> bool:
        reply = await self._resolve(self.script, seen.body, seen.nth)
        if reply.wire is not None:
            await _send(writer, reply.wire, seen)
            return False
        if reply.status != 200 or reply.body is not None:
            await _hold(reply, writer, seen, started=False)
            return await _plain(writer, reply, seen)
        if not seen.body.get("stream"):
            await _hold(reply, writer, seen, started=False)
            return await _plain(writer, Reply(body=reply.whole(seen.body), headers=reply.headers), seen)
        return await _stream(writer, reply, seen)

    async def _resolve(self, script: Script, request: dict[str, Any], nth: int) -> Reply:
        while not isinstance(script, Reply):
            if isinstance(script, str):
                script = Reply(text=script)
            elif isinstance(script, Mapping):
                system = " ".join(
                    str(m.get("content")) for m in request["messages"] if m.get("role") == "system"
                )
                name = next((name for name in script if name and name in system), "")
                script = script[name]
                if callable(script):
                    nth = self._count(script)
            elif callable(script):
                script = script(request, nth)
                if inspect.isawaitable(script):
                    script = await script
            else:
                nth = self._count(script)
                script = script[min(nth, len(script)) - 1]
        return script

    def _count(self, script: Script) -> int:
        # The script is kept beside its count, so that its id stays its own.
        _, count = self._counts.get(id(script), (script, 0))
        self._counts[id(script)] = (script, count + 1)
        return count + 1


def _head(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return method, path, headers


async def _send(writer: asyncio.StreamWriter, data: bytes, seen: Seen | None) -> None:
    writer.write(data)
    if seen is not None:
        seen.bytes_sent += len(data)
    await writer.drain()


def _piece(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def _plain(writer: asyncio.StreamWriter, reply: Reply, seen: Seen | None = None) -> bool:
    body, kind = reply.body, "text/plain"
    if body is None:
        body = b""
    elif not isinstance(body, (bytes, str)):
        body, kind = json.dumps(body), "application/json"
    data = body.encode() if isinstance(body, str) else body
    headers = {"content-type": kind, "content-length": str(len(data)), **reply.headers}
    await _send(writer, _start(reply.status, headers) + data, seen)
    return True


def _start(status: int, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode("latin-1")


async def _hold(reply: Reply, writer: asyncio.StreamWriter, seen: Seen, *, started: bool) -> None:
    waits = [gate.wait() for gate in (reply.gate,) if gate is not None]
    if reply.first_delay:
        waits.append(asyncio.sleep(reply.first_delay))  # type: ignore[arg-type]
    for wait in waits:
        await _while_commenting(wait, reply if started else Reply(), writer, seen)


async def _while_commenting(wait: Any, reply: Reply, writer: asyncio.StreamWriter, seen: Seen) -> None:
    waiting = asyncio.ensure_future(wait)
    try:
        while not waiting.done():
            await asyncio.wait([waiting], timeout=reply.comments_every)
            if not waiting.done():
                await _send(writer, _piece(b": keep-alive\n\n"), seen)
    finally:
        waiting.cancel()


async def _stream(writer: asyncio.StreamWriter, reply: Reply, seen: Seen) -> bool:
    headers = {"content-type": "text/event-stream", "transfer-encoding": "chunked", **reply.headers}
    await _send(writer, _start(200, headers), seen)
    await _hold(reply, writer, seen, started=True)
    events = reply.events(seen.body)
    if reply.done:
        events.append(event("[DONE]"))
    if reply.burst:
        await _send(writer, b"".join(map(_piece, events)), seen)
        events = []
    for sent, data in enumerate(events):
        # The first event of an ordinary stream has only the role: it is not counted as a piece.
        pieces = sent if reply.raw is not None or reply.chunks is not None else sent - 1
        if reply.cut_after is not None and pieces >= reply.cut_after:
            writer.transport.abort() if reply.cut_after == 0 else writer.close()
            return False
        if reply.error_after is not None and pieces >= reply.error_after:
            await _send(writer, _piece(reply.error_data), seen)
            break
        if reply.stall_after is not None and pieces >= reply.stall_after:
            await _while_commenting(asyncio.Event().wait(), reply, writer, seen)
        if pieces in reply.gates:
            await _while_commenting(reply.gates[pieces].wait(), reply, writer, seen)
        if sent and reply.delay:
            await asyncio.sleep(reply.delay)
        await _send(writer, _piece(data), seen)
    if reply.linger:
        await asyncio.Event().wait()
    with suppress(ConnectionError):
        await _send(writer, b"0\r\n\r\n", seen)
    return True
