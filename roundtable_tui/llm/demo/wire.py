"""Send the demo's responses at their pace: under the ordinary client, or on a port for any client.

On a port: one request per connection. When a client closes it, its stream ends at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from http import HTTPStatus
from random import Random

import httpx2

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.demo.answer_key import AnswerKey
from roundtable_tui.llm.demo.responder import (
    DEMO_MODELS,
    MAX_BODY_BYTES,
    ApiError,
    DemoApi,
    DemoResponse,
    Pace,
)
from roundtable_tui.utils.text import single_line

_EVENTS_WITHOUT_PACE = 8
"""Events that are sent together if there is no pace: most of what one costs is its way through the socket."""


class ConnectionCutError(Exception):
    """The connection drops, as a fault asks."""


class DemoTransport(httpx2.AsyncBaseTransport):
    """Answers `/v1/models`, `/v1/chat/completions` and `/v1/embeddings` of any host.

    `pace` is tokens per second (0: without waiting), `delay` seconds to the first token (None: the model's).
    """

    def __init__(
        self,
        seed: int = 0,
        pace: float = 40.0,
        delay: float | None = None,
        faults: str = "",
        answers: AnswerKey | None = None,
    ) -> None:
        self._api = DemoApi(seed, pace, delay, faults, answers)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request; a stream is sent as it is made."""
        response = self._api.respond(request.method, request.url.path, await request.aread())
        body = _send_body(response)
        return httpx2.Response(
            response.status, headers=_build_headers(response), stream=_BodyStream(body), request=request
        )


class _BodyStream(httpx2.AsyncByteStream):
    """A body; closing it stops its generator at once."""

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                yield piece
        except ConnectionCutError:
            raise httpx2.RemoteProtocolError("the connection was dropped, as asked for") from None

    async def aclose(self) -> None:
        await self._pieces.aclose()


@contextlib.asynccontextmanager
async def serve_demo(
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    pace: float = 40.0,
    *,
    delay: float | None = None,
    faults: str = "",
    on_unknown_model: Callable[[str], None] = lambda name: None,
) -> AsyncIterator[str]:
    """Serve within the `async with`; its value is the base URL.

    Args:
        host: the address to listen at.
        port: the port; 0 takes a free one.
        seed: determines the text.
        pace: tokens per second; 0 is without waiting.
        delay: seconds to the first token; None is the model's own.
        faults: for every model, like `fail=3+slow`; see `faults.KINDS`.
        on_unknown_model: called with each model name that is not one of the demo's; its first model answers.

    Raises:
        RoundtableError: the address is not available.
    """
    api = DemoApi(seed, pace, delay, faults, on_unknown_model=on_unknown_model)
    connections: set[asyncio.Task[None]] = set()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_serve_connection(api, reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    try:
        server = await asyncio.start_server(connect, host, port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RoundtableError(
            reason, where=f"{host}:{port}", hint="Choose another with --port (0 takes a free one)."
        ) from error
    bound = server.sockets[0].getsockname()
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    try:
        yield f"http://{shown}:{bound[1]}/v1"
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def run_demo_server(host: str, port: int, seed: int = 0, pace: float = 40.0, *, faults: str = "") -> int:
    """Serve until interrupted. Prints the base URL to stdout as one line. Returns the exit code."""

    async def run() -> None:
        def warn(name: str) -> None:
            shown = single_line(name, 80)
            print(f"There is no model {shown} here: {DEMO_MODELS[0]} answers for it.", file=sys.stderr)

        async with serve_demo(host, port, seed, pace, faults=faults, on_unknown_model=warn) as url:
            print(url, flush=True)
            await asyncio.Event().wait()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return 0
    except RoundtableError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


async def _send_body(response: DemoResponse) -> AsyncGenerator[bytes, None]:
    """Yield the body at its pace: server-sent events, or JSON after the time it would have streamed.

    Raises:
        ConnectionCutError: where a fault asks for it.
    """
    clock = _Clock(response.pace)
    if response.chunks is None:
        for _ in range(response.tokens):
            await clock.wait()
        if response.is_cut:
            raise ConnectionCutError
        yield json.dumps(response.body).encode()
        return
    together = 1 if response.pace.tokens_per_s > 0 else _EVENTS_WITHOUT_PACE
    for first in range(0, len(response.chunks), together):
        if first < response.tokens:
            await clock.wait()
        chunks = response.chunks[first : first + together]
        yield b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
    if response.is_cut:
        raise ConnectionCutError
    yield b"data: [DONE]\n\n"


def _build_headers(response: DemoResponse) -> Mapping[str, str]:
    kind = "application/json" if response.chunks is None else "text/event-stream"
    return {"content-type": kind, "cache-control": "no-cache", **response.headers}


class _Clock:
    """When the next token is due: a repeatable uneven rhythm with the pace as its mean."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._random = Random(pace.seed)
        self._due: float | None = None

    async def wait(self) -> None:
        """Wait until the next token is due; without a pace, let other tasks run."""
        now = asyncio.get_running_loop().time()
        rate = self._pace.tokens_per_s
        if self._due is None:
            self._due = now + self._pace.first_token_s
        elif rate > 0:
            self._due += self._random.uniform(0.4, 1.6) / rate
        await asyncio.sleep(max(0.0, self._due - now))


async def _serve_connection(api: DemoApi, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request and close."""
    try:
        try:
            response = api.respond(*await _read_request(reader))
        except ApiError as error:
            response = error.response
        if response.chunks is None:
            await _write_body(writer, response)
        else:
            await _write_stream(reader, writer, response)
    except ConnectionCutError:
        writer.transport.abort()
    except (ConnectionError, asyncio.IncompleteReadError):
        return  # the client has closed the connection
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    """Return method, path and body. Raises ApiError if the request is not valid HTTP or too large."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.LimitOverrunError:
        raise ApiError(400, "the request's head is too long", code="invalid_request") from None
    parts = head[0].split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise ApiError(400, "this is not an HTTP/1.1 request", code="invalid_request")
    pairs = (line.partition(":") for line in head[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if "chunked" in headers.get("transfer-encoding", ""):
        raise ApiError(411, "a Content-Length is needed", code="length_required")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and len(length) < 20):
        raise ApiError(400, "Content-Length is not a number of bytes", code="invalid_request")
    if int(length) > MAX_BODY_BYTES:
        raise ApiError(413, f"the body is over {MAX_BODY_BYTES} bytes", code="body_too_large")
    return parts[0], parts[1], await reader.readexactly(int(length))


def _build_head(response: DemoResponse, **more: str) -> bytes:
    headers = {**_build_headers(response), "connection": "close", **more}
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _write_body(writer: asyncio.StreamWriter, response: DemoResponse) -> None:
    body = b"".join([piece async for piece in _send_body(response)])
    writer.write(_build_head(response, **{"content-length": str(len(body))}) + body)
    await writer.drain()


async def _write_stream(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, response: DemoResponse
) -> None:
    """Write the events in chunks, until the client closes the connection."""

    async def send() -> None:
        writer.write(_build_head(response, **{"transfer-encoding": "chunked"}))
        async for piece in _send_body(response):
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def wait_until_closed() -> None:
        while await reader.read(4096):
            continue

    sending, closed = asyncio.ensure_future(send()), asyncio.ensure_future(wait_until_closed())
    try:
        await asyncio.wait({sending, closed}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        sending.cancel()
        closed.cancel()
        await asyncio.gather(sending, closed, return_exceptions=True)
