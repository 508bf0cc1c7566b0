"""The model client of a run of one call: sends the client's own conversation instead of the run's prompt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from roundtable_tui.engine.calls.runner import ModelClient
from roundtable_tui.llm.types import ChatRequest, Limits, Server, StreamEvent
from roundtable_tui.proxy.reading.conversation import read_text


class MessagesClient:
    """Sends the messages of a client, as texts, with the parameters of the run."""

    def __init__(self, client: ModelClient, messages: Sequence[Mapping[str, Any]]) -> None:
        """`client` makes the calls; `messages` are those of a chat completion."""
        self._client = client
        self._messages = tuple(
            {"role": "system" if one["role"] == "developer" else str(one["role"]), "content": read_text(one)}
            for one in messages
        )

    def stream(self, server: Server, request: ChatRequest, limits: Limits) -> AsyncIterator[StreamEvent]:
        """Yield the events of the call."""
        return self._client.stream(server, replace(request, messages=self._messages), limits)

    def context_window(self, server: Server, model: str) -> int | None:
        """Return the tokens that a model can hold; None if unknown."""
        known = getattr(self._client, "context_window", None)
        return known(server, model) if known else None
