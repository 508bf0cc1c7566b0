"""The client as a run uses it: where a server does not know a model, the nearest it has is named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from roundtable_tui.errors import RoundtableError
from roundtable_tui.launch.backends import Backends
from roundtable_tui.llm.types import ChatRequest, Failed, Limits, Piece, Server
from roundtable_tui.settings import near
from roundtable_tui.text import one_line

LOOK_S = 5.0


class Helpful:
    """Calls through the backends' client."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends

    async def stream(
        self, server: Server, request: ChatRequest, limits: Limits
    ) -> AsyncGenerator[Piece, None]:
        """Yield the client's pieces; the failure "model" says which model may have been meant."""
        async with aclosing(self._backends.client.stream(server, request, limits)) as pieces:
            async for piece in pieces:
                if (
                    isinstance(piece, Failed)
                    and piece.kind == "model"
                    and (hint := await self._hint(server, request))
                ):
                    piece = replace(piece, message=f"{piece.message.rstrip('.')}. {hint}")
                yield piece

    async def _hint(self, server: Server, request: ChatRequest) -> str:
        try:
            async with asyncio.timeout(LOOK_S):
                known = await self._backends.models(server)
        except (RoundtableError, TimeoutError):
            return ""  # It was only to be helpful; the failure itself is told.
        if request.model in known:
            return ""
        if (close := near(request.model, known)) is not None:
            return f"Did you mean {one_line(close, 80)}?"
        return f"It offers {one_line(', '.join(known[:8]), 200)}" if known else ""
