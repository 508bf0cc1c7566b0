"""Serve the demo on a port, for any client: one request per connection.

When a client closes it, its stream ends at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import h11
import httpx2

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.demo.request import ApiError, check_size
from roundtable_tui.llm.demo.responder import DemoApi

_READ_BYTES = 65_536


@contextlib.asynccontextmanager
async def serve_demo(api: DemoApi, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve within the `async with`; its value is the base URL.

    Args:
        api: the demo.
        host: the address to listen at.
        port: the port; 0 takes a free one.

    Raises:
        RoundtableError: the address is not available.
    """
    connections: set[asyncio.Task[None]] = set()

    def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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


async def _serve_connection(api: DemoApi, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request and close."""
    connection = h11.Connection(h11.SERVER)
    closing: list[asyncio.Task[None]] = []
    try:
        try:
            response = api.respond(*await _read_request(connection, reader))
            if (serving := asyncio.current_task()) is not None:
                closing.append(asyncio.ensure_future(_cancel_when_closed(serving, reader)))
        except ApiError as error:
            response = error.response
        headers = [*response.headers.raw, (b"connection", b"close")]
        writer.write(connection.send(h11.Response(status_code=response.status_code, headers=headers)) or b"")
        async for piece in response.aiter_bytes():
            writer.write(connection.send(h11.Data(data=piece)) or b"")
            await writer.drain()
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        await writer.drain()
    except httpx2.RemoteProtocolError:
        writer.transport.abort()
    except (ConnectionError, h11.LocalProtocolError):
        return  # The client has closed the connection, or asked with HEAD: then there is no body.
    finally:
        for task in closing:
            task.cancel()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _cancel_when_closed(serving: asyncio.Task[None], reader: asyncio.StreamReader) -> None:
    """Cancel a task once the client has closed the connection; what it sends until then is dropped."""
    with contextlib.suppress(ConnectionError):
        while await reader.read(_READ_BYTES):
            pass
    serving.cancel()


async def _read_request(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    """Return method, path and body. Raises ApiError if the request is not valid HTTP or too large."""
    method, path, body = "", "", bytearray()
    try:
        while True:
            match connection.next_event():
                case h11.NEED_DATA:
                    connection.receive_data(await reader.read(_READ_BYTES))
                case h11.Request() as head:
                    method, path = head.method.decode(), head.target.decode()
                    check_size(int(dict(head.headers).get(b"content-length", 0)))
                case h11.Data() as piece:
                    body += piece.data
                    check_size(len(body))
                case h11.EndOfMessage():
                    return method, path, bytes(body)
                case h11.ConnectionClosed():
                    raise ConnectionResetError
    except h11.RemoteProtocolError as error:
        what = f"this is not a valid HTTP request: {error}"
        raise ApiError(error.error_status_hint, what, code="invalid_request") from error
