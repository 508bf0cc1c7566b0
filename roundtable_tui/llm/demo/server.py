"""The demo on a real loopback port: `roundtable demo-server`, for anybody's client. Stdlib only.

One request a connection, at most 16 MB of body. A client that goes away stops its stream at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.demo.protocol import DemoApi, DemoResponse
from roundtable_tui.llm.demo.stream import CutOff

_MOST_BODY = 16 * 2**20
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


class _Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.answer = DemoResponse(
            status, {"error": {"message": why, "type": "invalid_request_error", "code": None}}
        )


@contextlib.asynccontextmanager
async def serve_demo(
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    pace: float = 40.0,
    *,
    delay: float | None = None,
    faults: str = "",
) -> AsyncIterator[str]:
    """Serve within the `async with`; its value is the base URL. `port` 0 takes a free one.

    `faults` is for every model, like `fail=3+slow`; see `faults.KINDS`. An address that cannot be had
    is a RoundtableError.
    """
    demo = DemoApi(seed, pace, delay, faults)
    talks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_talk(demo, reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    try:
        server = await asyncio.start_server(connected, host, port)
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
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def run_demo_server(
    host: str = "127.0.0.1",
    port: int = 8000,
    seed: int = 0,
    pace: float = 40.0,
    *,
    delay: float | None = None,
    faults: str = "",
) -> int:
    """Serve until interrupted; the base URL goes to stdout as one line. Returns the exit code."""

    async def forever() -> None:
        async with serve_demo(host, port, seed, pace, delay=delay, faults=faults) as url:
            print(url, flush=True)
            await asyncio.Event().wait()

    try:
        asyncio.run(forever())
    except KeyboardInterrupt:
        return 0
    except RoundtableError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


async def _talk(demo: DemoApi, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request and close."""
    try:
        try:
            method, path, body = await _request(reader)
            answer = await demo.handle(method, path, body)
        except _Refused as refused:
            answer = refused.answer
        if answer.stream is None:
            _write_whole(writer, answer)
        else:
            await _write_stream(reader, writer, answer)
        await writer.drain()
    except CutOff:
        writer.transport.abort()
    except (ConnectionError, asyncio.IncompleteReadError):
        return  # the client went away: nobody is left to tell
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    """Return method, path and body."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.LimitOverrunError:
        raise _Refused(400, "the request's head is too long") from None
    parts = head[0].split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise _Refused(400, "this is not an HTTP/1.1 request")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    if "chunked" in headers.get("transfer-encoding", ""):
        raise _Refused(411, "a Content-Length is needed")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise _Refused(400, "Content-Length is not a number")
    if int(length) > _MOST_BODY:
        raise _Refused(413, f"the body is over {_MOST_BODY} bytes")
    return parts[0], parts[1], await reader.readexactly(int(length))


def _head(answer: DemoResponse, content_type: str, **more: str) -> bytes:
    headers = {"content-type": content_type, "connection": "close", **more, **answer.headers}
    lines = [
        f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _write_whole(writer: asyncio.StreamWriter, answer: DemoResponse) -> None:
    body = json.dumps(answer.body).encode()
    writer.write(_head(answer, "application/json", **{"content-length": str(len(body))}) + body)


async def _write_stream(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: DemoResponse
) -> None:
    """Send the events in chunks, and stop as soon as the client hangs up."""
    stream = answer.stream
    assert stream is not None

    async def send() -> None:
        writer.write(
            _head(
                answer, "text/event-stream", **{"transfer-encoding": "chunked", "cache-control": "no-cache"}
            )
        )
        async for piece in stream:
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async def hang_up() -> None:
        while await reader.read(4096):
            continue

    sending = asyncio.ensure_future(send())
    gone = asyncio.ensure_future(hang_up())
    try:
        await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        for task in (sending, gone):
            task.cancel()
        await asyncio.gather(sending, gone, return_exceptions=True)
