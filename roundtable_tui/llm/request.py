"""The JSON body of one call."""

from __future__ import annotations

from typing import Any

from roundtable_tui import text
from roundtable_tui.llm.types import ChatRequest, Message


def build(request: ChatRequest) -> dict[str, Any]:
    """Return the body to send."""
    body: dict[str, Any] = {"model": request.model, "messages": messages(request.messages), "stream": True}
    body["stream_options"] = {"include_usage": True}
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    if request.seed is not None:
        body["seed"] = request.seed
    return body


def messages(given: Any) -> list[Message]:
    """Return messages that may be sent."""
    return [{"role": m["role"], "content": text.repair(m["content"])} for m in given if m["content"].strip()]
