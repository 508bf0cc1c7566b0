"""Replies of `/v1/responses`: whole, and as events. Turns of a panel are the summary of the reasoning."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.formats.base import sse
from roundtable_tui.proxy.formats.chat import KEEP_ALIVE
from roundtable_tui.proxy.running.pieces import Piece, RunEnd, UsageSum


class ResponsesFormat:
    """A reply in the format of responses."""

    def __init__(self, model: str) -> None:
        """`model` is the name that the client sent."""
        self._model = model
        self._id = f"resp_{secrets.token_hex(16)}"
        self._created = int(time.time())
        self._sequence = 0
        self._output: list[dict[str, Any]] = []
        """Items that are complete."""
        self._open: dict[str, Any] | None = None
        """The item that is being written."""
        self._text = ""
        """Its text so far."""

    def whole(self, end: RunEnd) -> Mapping[str, Any]:
        """Return the response."""
        items = [_reasoning_item(end.reasoning)] if end.reasoning else []
        if end.answer or not end.tool_calls:
            items.append(_message_item(end.answer))
        return self._response(end, [*items, *map(_call_item, end.tool_calls)])

    def start(self) -> Iterable[bytes]:
        """Return the events of a response that has begun."""
        for name in ("response.created", "response.in_progress"):
            yield self._event(name, response=self._frame("in_progress", []))

    def piece(self, piece: Piece) -> Iterable[bytes]:
        """Return the events of a piece; tool calls come at the end."""
        if piece.reasoning:
            yield from self._write("reasoning", piece.reasoning)
        if piece.content:
            yield from self._write("message", piece.content)

    def finish(self, end: RunEnd) -> Iterable[bytes]:
        """Return the events of the last items and of the end."""
        yield from self._close()
        for call in end.tool_calls:
            item = _call_item(call)
            at = {"output_index": len(self._output), "item_id": item["id"]}
            begun = item | {"arguments": "", "status": "in_progress"}
            yield self._event("response.output_item.added", output_index=at["output_index"], item=begun)
            yield self._event("response.function_call_arguments.delta", **at, delta=item["arguments"])
            yield self._event("response.function_call_arguments.done", **at, arguments=item["arguments"])
            yield self._event("response.output_item.done", output_index=at["output_index"], item=item)
            self._output.append(item)
        response = self._response(end, self._output)
        yield self._event(f"response.{response['status']}", response=response)

    def fail(self, error: ProxyError) -> Iterable[bytes]:
        """Return the events of an error in the middle."""
        fault = {"code": error.code, "message": error.message}
        yield self._event("error", **fault, param=error.param)
        response = self._frame("failed", self._output) | {"error": fault}
        yield self._event("response.failed", response=response)

    def keep_alive(self) -> bytes:
        """Return a comment, which clients skip."""
        return KEEP_ALIVE

    def _write(self, kind: str, text: str) -> Iterable[bytes]:
        """Return the events of a text in an item of this kind, which is begun if it is not open."""
        if self._open is None or self._open["type"] != kind:
            yield from self._close()
            item = _reasoning_item("") if kind == "reasoning" else _message_item("")
            empty = {"summary": []} if kind == "reasoning" else {"content": [], "status": "in_progress"}
            self._open, self._text = item, ""
            yield self._event("response.output_item.added", output_index=len(self._output), item=item | empty)
            yield self._event(f"response.{_part_name(kind)}.added", **self._place(), part=_part(kind, ""))
        self._text += text
        yield self._event(f"response.{_text_name(kind)}.delta", **self._place(), delta=text)

    def _close(self) -> Iterable[bytes]:
        if self._open is None:
            return
        kind, text = self._open["type"], self._text
        yield self._event(f"response.{_text_name(kind)}.done", **self._place(), text=text)
        yield self._event(f"response.{_part_name(kind)}.done", **self._place(), part=_part(kind, text))
        item = self._open | {"summary" if kind == "reasoning" else "content": [_part(kind, text)]}
        yield self._event("response.output_item.done", output_index=len(self._output), item=item)
        self._output.append(item)
        self._open = None

    def _place(self) -> dict[str, Any]:
        assert self._open is not None
        part = "summary_index" if self._open["type"] == "reasoning" else "content_index"
        return {"item_id": self._open["id"], "output_index": len(self._output), part: 0}

    def _event(self, name: str, **fields: Any) -> bytes:
        number, self._sequence = self._sequence, self._sequence + 1
        return sse({"type": name, "sequence_number": number, **fields}, name)

    def _frame(self, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "model": self._model,
            "output": output,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": None,
        }

    def _response(self, end: RunEnd, output: list[dict[str, Any]]) -> dict[str, Any]:
        is_cut = end.finish_reason == "length"
        more = {"incomplete_details": {"reason": "max_output_tokens"}} if is_cut else {}
        frame = self._frame("incomplete" if is_cut else "completed", output)
        return frame | more | {"usage": _usage_to_dict(end.usage), "roundtable": end.report}


def _part_name(kind: str) -> str:
    return "reasoning_summary_part" if kind == "reasoning" else "content_part"


def _text_name(kind: str) -> str:
    return "reasoning_summary_text" if kind == "reasoning" else "output_text"


def _part(kind: str, text: str) -> dict[str, Any]:
    if kind == "reasoning":
        return {"type": "summary_text", "text": text}
    return {"type": "output_text", "text": text, "annotations": []}


def _reasoning_item(text: str) -> dict[str, Any]:
    return {"type": "reasoning", "id": f"rs_{secrets.token_hex(12)}", "summary": [_part("reasoning", text)]}


def _message_item(text: str) -> dict[str, Any]:
    return {
        "type": "message",
        "id": f"msg_{secrets.token_hex(12)}",
        "status": "completed",
        "role": "assistant",
        "content": [_part("message", text)],
    }


def _call_item(call: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": f"fc_{secrets.token_hex(12)}",
        "call_id": call["id"],
        "name": call["function"]["name"],
        "arguments": call["function"]["arguments"],
        "status": "completed",
    }


def _usage_to_dict(usage: UsageSum) -> dict[str, Any]:
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total_tokens,
    }
