"""The demo under the ordinary client: an httpx2 transport, no socket, no port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from roundtable_tui.llm.demo.protocol import DemoApi
from roundtable_tui.llm.demo.stream import CutOff


class DemoTransport(httpx2.AsyncBaseTransport):
    """Answers `/v1/models`, `/v1/chat/completions` and `/v1/embeddings` of any host.

    `pace` is tokens per second (0: no waiting), `delay` seconds to the first token (`None`: the model's own).
    """

    def __init__(
        self, seed: int = 0, pace: float = 40.0, delay: float | None = None, faults: str = ""
    ) -> None:
        self._demo = DemoApi(seed, pace, delay, faults)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request; a stream is sent as it is made."""
        answer = await self._demo.handle(request.method, request.url.path, await request.aread())
        if answer.stream is None:
            return httpx2.Response(
                answer.status, json=answer.body, headers=dict(answer.headers), request=request
            )
        headers = {"content-type": "text/event-stream", **answer.headers}
        return httpx2.Response(answer.status, headers=headers, stream=_Body(answer.stream), request=request)


class _Body(httpx2.AsyncByteStream):
    """The event stream; closing it stops the maker at once."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                yield piece
        except CutOff:
            raise httpx2.RemoteProtocolError("the connection was dropped, as asked for") from None

    async def aclose(self) -> None:
        """Stop; called on cancel and at the end."""
        if (close := getattr(self._pieces, "aclose", None)) is not None:
            await close()
