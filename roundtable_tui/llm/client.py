"""One model call over any OpenAI-compatible server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from roundtable_tui import text
from roundtable_tui.llm import address as addresses
from roundtable_tui.llm import request as requests
from roundtable_tui.llm import transport
from roundtable_tui.llm.attempt import Attempt as Sending
from roundtable_tui.llm.types import Attempt, ChatRequest, Failed, Finished, Limits, Piece, Server, Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI


def warm_up() -> None:
    """Import what a call needs; slow, made for a thread after the first frame."""
    import openai  # noqa: F401


class Client:
    """Calls models. One per event loop; it owns one HTTP client a server."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, int], AsyncOpenAI] = {}

    async def stream(
        self, server: Server, request: ChatRequest, limits: Limits
    ) -> AsyncGenerator[Piece, None]:
        """Ask a model; yield what comes. The last piece is `Finished` or `Failed`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        place = addresses.parse(server.base_url)
        key = server.key() if server.key else ""
        body = requests.build(request)

        async def send() -> Any:
            return await transport.post(
                self._line(server), place.url("/chat/completions"), body, key=key, connect_s=limits.connect_s
            )

        yield Attempt(1)
        sending = Sending(send, limits, turn_ends=began + limits.turn_s)
        async with aclosing(sending.pieces()) as pieces:
            async for piece in pieces:
                yield piece
        answer = sending.answer
        ttft = None if sending.first_content_at is None else sending.first_content_at - began
        elapsed = loop.time() - began
        usage = answer.usage or Usage(estimated=True)
        if (
            sending.exception
            or sending.error
            or sending.expired
            or not (sending.body.done or answer.finish_reason)
        ):
            why = sending.exception or sending.error or sending.expired or "the stream was cut"
            yield Failed(
                "server", text.one_line(f"{request.model} at {place.host}: {why}"), status=sending.status,
                text=answer.text, reasoning=answer.reasoning, usage=usage, ttft_s=ttft, elapsed_s=elapsed,
            )  # fmt: skip
            return
        yield Finished(
            answer.text, answer.reasoning, answer.finish_reason, answer.tools.best(), usage, ttft, elapsed
        )

    def _line(self, server: Server) -> AsyncOpenAI:
        place = addresses.parse(server.base_url)
        name = (place.base, id(server.transport))
        if name not in self._lines:
            self._lines[name] = transport.connect(place, server.transport)
        return self._lines[name]

    async def aclose(self) -> None:
        """Close all connections."""
        lines, self._lines = list(self._lines.values()), {}
        for line in lines:
            await line.close()
