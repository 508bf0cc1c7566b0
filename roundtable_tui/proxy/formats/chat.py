"""Chat completions: whole, and as a stream of chunks.

Finished turns come as `reasoning_content` (and `reasoning`, which other clients read), the answer as
`content`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.formats.base import sse
from roundtable_tui.proxy.running.pieces import Piece, RunEnd, UsageSum

KEEP_ALIVE = b": keep-alive\n\n"
DONE = "[DONE]"


class ChatFormat:
    """A reply in the format of chat completions."""

    def __init__(self, model: str, *, include_usage: bool = False) -> None:
        """`model` is the name that the client sent; `include_usage`: it asked for a chunk with the usage."""
        self._model = model
        self._include_usage = include_usage
        self._id = f"chatcmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())

    def whole(self, end: RunEnd) -> Mapping[str, Any]:
        """Return the completion."""
        message: dict[str, Any] = {"role": "assistant", "content": end.answer or None, "refusal": None}
        if end.reasoning:
            message |= {"reasoning_content": end.reasoning, "reasoning": end.reasoning}
        if end.tool_calls:
            message["tool_calls"] = list(end.tool_calls)
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": end.finish_reason}
        return {
            "id": self._id,
            "object": "chat.completion",
            "created": self._created,
            "model": self._model,
            "choices": [choice],
            "usage": usage_to_dict(end.usage),
            "roundtable": end.report,
        }

    def start(self) -> Iterable[bytes]:
        """Return the chunk with the role."""
        yield self._chunk({"role": "assistant", "content": ""})

    def piece(self, piece: Piece) -> Iterable[bytes]:
        """Return the chunks of a piece."""
        if piece.reasoning:
            yield self._chunk({"reasoning_content": piece.reasoning, "reasoning": piece.reasoning})
        if piece.content:
            yield self._chunk({"content": piece.content})
        if piece.tool_calls:
            yield self._chunk({"tool_calls": list(piece.tool_calls)})

    def finish(self, end: RunEnd) -> Iterable[bytes]:
        """Return the chunk with the finish reason, the one with the usage if asked for, and the end."""
        report = {"roundtable": end.report}
        yield self._chunk({}, end.finish_reason, {} if self._include_usage else report)
        if self._include_usage:
            yield sse({**self._frame(), "choices": [], "usage": usage_to_dict(end.usage), **report})
        yield sse(DONE)

    def fail(self, error: ProxyError) -> Iterable[bytes]:
        """Return the error as an event; the stream ends without a finish reason."""
        yield sse(error.to_dict())

    def keep_alive(self) -> bytes:
        """Return a comment, which clients skip."""
        return KEEP_ALIVE

    def _frame(self) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": self._model,
        }

    def _chunk(
        self,
        delta: Mapping[str, Any],
        finish_reason: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        usage = {"usage": None} if self._include_usage else {}
        return sse({**self._frame(), "choices": [choice], **usage, **(more or {})})


def usage_to_dict(usage: UsageSum) -> dict[str, Any]:
    """Return the usage as chat completions have it."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }
