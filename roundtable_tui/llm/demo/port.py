"""Serve the demo on a port, for any client: an ASGI application on the HTTP of uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.demo.responder import MAX_BODY_BYTES, DemoApi
from roundtable_tui.llm.demo.wire import ApiError


@contextlib.asynccontextmanager
async def serve_demo(api: DemoApi, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve within the `async with`, whose value is the base URL (0: a free port). Raises RoundtableError."""
    config = Config(  # What is given here is not taken from the environment.
        partial(_serve, api), http=_Protocol, interface="asgi3", ws="none", workers=1, proxy_headers=False,
        log_config=None, log_level="critical",
    )  # fmt: skip
    state = ServerState()
    try:
        connect = partial(_Protocol, config, state, {})
        server = await asyncio.get_running_loop().create_server(connect, host, port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "Choose another with --port (0 takes a free one)."
        raise RoundtableError(reason, where=f"{host}:{port}", hint=hint) from error
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"
    finally:
        server.close()
        for connection in state.connections:
            connection.transport.abort()
        await asyncio.gather(*state.tasks, return_exceptions=True)


class _Protocol(H11Protocol):
    def data_received(self, data: bytes) -> None:
        """Drop what comes after the request: each connection answers one."""
        if self.cycle is None or self.cycle.more_body:
            super().data_received(data)

    def eof_received(self) -> Any:
        """Close soon: a client may close its sending side at once and wait for a short answer."""
        return self.loop.call_later(0.1, self.transport.close)  # Not None: asyncio does not close it now.

    def send_400_response(self, msg: str) -> None:
        """Refuse in the form of the API what is not HTTP; uvicorn is just handling the error of h11."""
        status = getattr(sys.exception(), "error_status_hint", 400)
        message = f"this is not a valid HTTP request: {sys.exception()}"
        refusal = ApiError(status, message, code="invalid_request").response
        head = "".join(f"{name}: {value}\r\n" for name, value in refusal.headers.items())
        start = f"HTTP/1.1 {status} {refusal.reason_phrase}\r\nconnection: close\r\n"
        self.transport.write(f"{start}{head}\r\n".encode() + refusal.content)
        self.transport.close()


async def _serve(api: DemoApi, scope: Any, receive: Any, send: Any) -> None:
    """Answer one request; uvicorn drops the connection if this raises an error."""
    body, has_more, declared = bytearray(), True, int(dict(scope["headers"]).get(b"content-length", 0))
    while has_more and max(len(body), declared) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        has_more = message.get("more_body", False)
    response = api.respond(scope["method"], scope["path"], bytes(body), declared)

    async def stream() -> None:
        headers = [*response.headers.raw, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        async for piece in response.aiter_bytes():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    streaming = asyncio.ensure_future(stream())
    # Once the request is read, the next event is that the client has closed the connection.
    asyncio.ensure_future(receive()).add_done_callback(lambda _: streaming.cancel())
    await streaming
