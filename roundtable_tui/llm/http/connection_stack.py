"""An HTTP transport that takes an idle connection from a stack, however many there are.

The pool of the HTTP library examines the sockets of all idle connections before each request and after each
response. Where 32 participants begin together, that was a fifth of the time until the last of them was asked.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx2

MAX_IDLE_CONNECTIONS = 64
MAX_IDLE_S = 15.0
"""Many servers close a connection that has been idle for 20 s."""
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=1, keepalive_expiry=MAX_IDLE_S)


class ConnectionStack(httpx2.AsyncBaseTransport):
    """Transports of one connection each: a request takes the one that was used last, or a new one."""

    def __init__(self, create_transport: Callable[[httpx2.Limits], httpx2.AsyncBaseTransport]) -> None:
        """Prepare a stack without open connections.

        `create_transport` is given the limits of each transport. The first is created here: this imports what
        all of them need, which takes time, and finds a proxy that cannot be used.
        """
        self._create_transport = create_transport
        self._idle = deque([(time.monotonic(), create_transport(_LIMITS))])
        """Idle transports and since when (monotonic seconds); the one that was used last is at the end."""
        self._busy: set[httpx2.AsyncBaseTransport] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. Its transport is busy until the response is closed."""
        await self._close_idle()
        transport = self._idle.pop()[1] if self._idle else self._create_transport(_LIMITS)
        self._busy.add(transport)
        try:
            response = await transport.handle_async_request(request)
        except Exception:
            await self._release(transport, is_open=True)  # The next request over it connects again.
            raise
        except BaseException:
            await self._release(transport, is_open=False)
            raise
        socket = response.extensions.get("network_stream")

        async def release() -> None:
            # An idle socket is readable when it has been closed.
            is_open = socket is None or not socket.get_extra_info("is_readable")
            await self._release(transport, is_open=is_open)

        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _ReleasingStream(response.stream, release)
        return response

    async def aclose(self) -> None:
        """Close all connections, also those of responses that are being read."""
        transports = [transport for _, transport in self._idle] + list(self._busy)
        self._idle.clear()
        self._busy.clear()
        async with AsyncExitStack() as stack:
            for transport in transports:
                stack.push_async_callback(transport.aclose)

    async def _release(self, transport: httpx2.AsyncBaseTransport, *, is_open: bool) -> None:
        """Put a busy transport on the stack, or drop it: without a connection it would hide others."""
        if transport not in self._busy:  # All connections have been closed since.
            return
        self._busy.remove(transport)
        if is_open:
            self._idle.append((time.monotonic(), transport))
            await self._close_idle()
        else:
            await transport.aclose()

    async def _close_idle(self) -> None:
        """Close the connections that have been idle for too long, and the oldest of too many."""
        oldest = time.monotonic() - MAX_IDLE_S
        while self._idle and (len(self._idle) > MAX_IDLE_CONNECTIONS or self._idle[0][0] < oldest):
            await self._idle.popleft()[1].aclose()


class _ReleasingStream(httpx2.AsyncByteStream):
    """The body of a response; once it is closed, its connection is idle."""

    def __init__(self, body: httpx2.AsyncByteStream, release: Callable[[], Awaitable[None]]) -> None:
        self._body = body
        self._release: Callable[[], Awaitable[None]] | None = release

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            release, self._release = self._release, None
            if release is not None:
                await release()
