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
    config = Config(partial(_serve, api), interface="asgi3", ws="none", log_config=None, log_level="critical")
    state = ServerState()
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: _Protocol(config, state, {}), host, port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "Choose another with --port (0 takes a free one)."
        raise RoundtableError(reason, where=f"{host}:{port}", hint=hint) from error
    bound = server.sockets[0].getsockname()
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    try:
        yield f"http://{shown}:{bound[1]}/v1"
    finally:
        server.close()
        for connection in state.connections:
            connection.transport.abort()
        await asyncio.gather(*state.tasks, return_exceptions=True)


class _Protocol(H11Protocol):
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
    body, has_more, declared = b"", True, int(dict(scope["headers"]).get(b"content-length", 0))
    while has_more and max(len(body), declared) <= MAX_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        has_more = message.get("more_body", False)
    response = api.respond(scope["method"], scope["path"], body, declared)

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
