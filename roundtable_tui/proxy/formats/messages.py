"""Replies of `/v1/messages` (the format of Anthropic). Turns of a panel are a thinking block."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.formats.base import sse
from roundtable_tui.proxy.running.pieces import Piece, RunEnd, UsageSum
from roundtable_tui.utils.nesting import load_json

_STOP_REASONS = {"length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}
PING = sse({"type": "ping"}, "ping")


class MessagesFormat:
    """A reply in the format of messages."""

    def __init__(self, model: str) -> None:
        """`model` is the name that the client sent."""
        self._model = model
        self._id = f"msg_{secrets.token_hex(12)}"
        self._index = 0
        self._open = ""
        """The type of the block that is being written; "" for none."""

    def whole(self, end: RunEnd) -> Mapping[str, Any]:
        """Return the message."""
        content: list[dict[str, Any]] = []
        if end.reasoning:
            content.append({"type": "thinking", "thinking": end.reasoning, "signature": ""})
        if end.answer:
            content.append({"type": "text", "text": end.answer})
        content += [_tool_use(call) | {"input": _read_arguments(call)} for call in end.tool_calls]
        stop = {"stop_reason": _stop_reason(end), "usage": _usage_to_dict(end.usage)}
        return self._frame() | {"content": content, **stop, "roundtable": end.report}

    def start(self) -> Iterable[bytes]:
        """Return the event of a message that has begun."""
        yield sse({"type": "message_start", "message": self._frame()}, "message_start")

    def piece(self, piece: Piece) -> Iterable[bytes]:
        """Return the events of a piece; tool calls come at the end."""
        if piece.reasoning:
            yield from self._write("thinking", {"type": "thinking_delta", "thinking": piece.reasoning})
        if piece.content:
            yield from self._write("text", {"type": "text_delta", "text": piece.content})

    def finish(self, end: RunEnd) -> Iterable[bytes]:
        """Return the events of the tool calls and of the end."""
        yield from self._close()
        for call in end.tool_calls:
            yield from self._begin("tool_use", _tool_use(call))
            delta = {"type": "input_json_delta", "partial_json": call["function"]["arguments"]}
            yield self._delta(delta)
            yield from self._close()
        delta = {"stop_reason": _stop_reason(end), "stop_sequence": None}
        usage = _usage_to_dict(end.usage)
        row = {"type": "message_delta", "delta": delta, "usage": usage, "roundtable": end.report}
        yield sse(row, "message_delta")
        yield sse({"type": "message_stop"}, "message_stop")

    def fail(self, error: ProxyError) -> Iterable[bytes]:
        """Return the error as an event."""
        yield sse(self.error_body(error), "error")

    def keep_alive(self) -> bytes:
        """Return a ping."""
        return PING

    def error_body(self, error: ProxyError) -> Mapping[str, Any]:
        """Return the error as Anthropic's clients read it."""
        return {
            "type": "error",
            "error": {"type": _ERROR_TYPES.get(error.status, "api_error"), "message": error.message},
        }

    def _write(self, kind: str, delta: Mapping[str, Any]) -> Iterable[bytes]:
        if self._open != kind:
            yield from self._close()
            empty = {"thinking": "", "signature": ""} if kind == "thinking" else {"text": ""}
            yield from self._begin(kind, {"type": kind, **empty})
        yield self._delta(delta)

    def _begin(self, kind: str, block: Mapping[str, Any]) -> Iterable[bytes]:
        self._open = kind
        row = {"type": "content_block_start", "index": self._index, "content_block": block}
        yield sse(row, "content_block_start")

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        row = {"type": "content_block_delta", "index": self._index, "delta": delta}
        return sse(row, "content_block_delta")

    def _close(self) -> Iterable[bytes]:
        if self._open:
            yield sse({"type": "content_block_stop", "index": self._index}, "content_block_stop")
            self._open, self._index = "", self._index + 1

    def _frame(self) -> dict[str, Any]:
        return {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }


def _stop_reason(end: RunEnd) -> str:
    return _STOP_REASONS.get(end.finish_reason, "end_turn")


def _tool_use(call: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": {}}


def _read_arguments(call: Mapping[str, Any]) -> Any:
    try:
        return load_json(call["function"]["arguments"] or "{}")
    except (ValueError, RecursionError):
        return {}


def _usage_to_dict(usage: UsageSum) -> dict[str, Any]:
    return {
        "input_tokens": max(0, usage.prompt_tokens - usage.cached_tokens),
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation_input_tokens": 0,
        "output_tokens": usage.completion_tokens,
    }
