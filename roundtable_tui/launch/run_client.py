"""The client as one run uses it: its calls spend from one allowance for trying again."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from roundtable_tui.launch.backends import Backends
from roundtable_tui.llm.client import Allowance
from roundtable_tui.llm.types import ChatRequest, Limits, Piece, Server


class RunClient:
    """The table's way to the models in one run."""

    def __init__(self, backends: Backends) -> None:
        self._client = backends.client
        self._allowance = Allowance()

    def stream(self, server: Server, request: ChatRequest, limits: Limits) -> AsyncGenerator[Piece, None]:
        """Yield the client's pieces."""
        return self._client.stream(server, request, limits, self._allowance)
