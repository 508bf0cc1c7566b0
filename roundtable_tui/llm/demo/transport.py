"""The demo under the ordinary client, without a socket; its responses are sent at their pace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from random import Random

import httpx2

from roundtable_tui.llm.demo.responder import DemoApi, DemoResponse, Pace

_EVENTS_WITHOUT_PACE = 8
"""Events that are sent together if there is no pace: most of what one costs is its way through the socket."""


class ConnectionCutError(Exception):
    """The connection drops, as a fault asks."""


class DemoTransport(httpx2.AsyncBaseTransport):
    """Answers `/v1/models`, `/v1/chat/completions` and `/v1/embeddings` of any host."""

    def __init__(self, api: DemoApi) -> None:
        self._api = api

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request; a stream is sent as it is made."""
        response = self._api.respond(request.method, request.url.path, await request.aread())
        body = _BodyStream(send_body(response))
        return httpx2.Response(response.status, headers=build_headers(response), stream=body, request=request)


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


async def send_body(response: DemoResponse) -> AsyncGenerator[bytes, None]:
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


def build_headers(response: DemoResponse) -> Mapping[str, str]:
    """Return the HTTP headers of a response."""
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
