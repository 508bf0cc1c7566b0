"""The responses of the fake server, and their bytes on the wire."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reply:
    """One response. By default it is a healthy stream; set the fields that differ."""

    text: str = ""
    """The answer, sent word by word unless `pieces` divides it."""
    pieces: Sequence[str] | None = None
    reasoning: str = ""
    reasoning_field: str = "reasoning_content"
    tool: Mapping[str, Any] | str | None = None
    """The arguments of a call of the tool that the request offers, sent in two pieces."""
    calls: Sequence[tuple[str, Mapping[str, Any] | str]] = ()
    """Calls of the offered tools, as (name, arguments); as JSON in prose if the request offers none."""
    decision: Mapping[str, Any] | None = None
    """The same as JSON schema answer, as tool call or as prose, whichever the request asks for."""
    finish_reason: str | None = "stop"
    usage: Mapping[str, Any] | None = field(default_factory=lambda: {"auto": True})
    """Sent in a last chunk if the request asks for it; None = never. {"auto": True} counts words."""
    done: bool = True
    """Send [DONE]."""

    first_delay: float = 0.0
    """Seconds before the first token."""
    delay: float = 0.0
    """Seconds before each further piece."""
    gate: asyncio.Event | None = None
    """Nothing is sent before this is set: holds a turn without depending on time."""
    gates: Mapping[int, asyncio.Event] = field(default_factory=dict)
    """{k: event}: after k pieces, wait for the event."""
    cut_after: int | None = None
    """Drop the connection after this number of pieces."""
    error_after: int | None = None
    """Send `error_data` after this number of pieces, and end the stream."""
    error_data: bytes = b'data: {"error": {"message": "the engine is gone", "code": 500}}\n\n'
    stall_after: int | None = None
    """Send nothing after this number of pieces until the client disconnects; 0 = no first token."""
    comments_every: float | None = None
    """Seconds between keep-alive comments while waiting or stalling."""
    linger: bool = False
    """Leave the body open after [DONE]."""
    burst: bool = False
    """Send everything in one write."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | Mapping[str, Any] | Sequence[Any] | None = None
    """Sent unchanged, with its length, instead of a stream; mappings and lists as JSON."""
    raw: Sequence[bytes] | None = None
    """Sent instead of the events, one HTTP chunk each."""
    chunks: Sequence[Any] | None = None
    """JSON objects sent instead of the usual chunks; a str is sent unchanged as the data of an event."""
    wire: bytes | None = None
    """Sent instead of the whole response, status line included; then the connection is closed."""

    def events(self, request: Mapping[str, Any]) -> list[bytes]:
        """Return the events of this answer to `request`, without [DONE]."""
        if self.raw is not None:
            return list(self.raw)
        if self.chunks is not None:
            return [event(chunk) for chunk in self.chunks]
        text, tool = self.text, self.tool
        if self.decision is not None:
            if request.get("tools"):
                tool = self.decision
            else:
                text += json.dumps(self.decision, ensure_ascii=False)
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{self.reasoning_field: piece} for piece in words(self.reasoning)]
        deltas += [{"content": piece} for piece in (self.pieces if self.pieces is not None else words(text))]
        deltas += _tool_deltas(tool, request)
        if self.calls and request.get("tools"):
            deltas += [{"tool_calls": [call]} for call in _native_calls(self.calls)]
        elif self.calls:
            deltas.append({"content": "\n".join(_prose_calls(self.calls))})
        events = [event(chunk(request, delta)) for delta in deltas]
        if self.finish_reason is not None:
            is_call = tool is not None or bool(self.calls and request.get("tools"))
            reason = "tool_calls" if is_call and self.finish_reason == "stop" else self.finish_reason
            events.append(event(chunk(request, {}, reason)))
        if self.usage is not None and (request.get("stream_options") or {}).get("include_usage"):
            events.append(event({**chunk(request, {}), "choices": [], "usage": self._usage(request, text)}))
        return events

    def whole(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return this answer as one completion, for a request without `stream`."""
        text = self.text if self.pieces is None else "".join(self.pieces)
        if self.decision is not None:
            text += json.dumps(self.decision, ensure_ascii=False)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if self.calls and request.get("tools"):
            message["tool_calls"] = _native_calls(self.calls)
        elif self.calls:
            message["content"] += "\n".join(_prose_calls(self.calls))
        return {
            **chunk(request, {}),
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason}],
            "usage": self._usage(request, text),
        }

    def _usage(self, request: Mapping[str, Any], text: str) -> dict[str, Any]:
        if self.usage is not None and "auto" not in self.usage:
            return dict(self.usage)
        sent = sum(len(str(message.get("content"))) for message in request.get("messages", []))
        sent += len(json.dumps(request.get("tools") or ""))
        prompt, completion = max(1, sent // 4), max(1, len(words(text)) + len(words(self.reasoning)))
        return {
            "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion
        }  # fmt: skip


def error(
    status: int, message: str = "no", *, headers: Mapping[str, str] | None = None, **fields: Any
) -> Reply:
    """Return an error response in OpenAI's format: `{"error": {"message": ..., ...}}`."""
    return Reply(status=status, headers=headers or {}, body={"error": {"message": message, **fields}})


def page(title: str = "Log in", status: int = 200) -> Reply:
    """Return an HTML page."""
    html = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Reply(status=status, headers={"content-type": "text/html"}, body=html)


def words(text: str) -> list[str]:
    """Split text into words with the blanks after them; joined they give the text."""
    return re.findall(r"\s*\S+\s*?(?=\s|$)|\s+", text) if text else []


def event(data: Any) -> bytes:
    """Return one server-sent event."""
    if not isinstance(data, str):
        data = json.dumps(data)
    return f"data: {data}\n\n".encode("utf-8", "surrogatepass")


def chunk(request: Mapping[str, Any], delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    """Return one chunk of a stream."""
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": request.get("model", "fake"),
        "choices": [{"index": 0, "delta": dict(delta), "finish_reason": finish}],
    }


def _native_calls(calls: Sequence[tuple[str, Mapping[str, Any] | str]]) -> list[dict[str, Any]]:
    return [
        {
            "index": at, "id": f"call_{at + 1}", "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for at, (name, given) in enumerate(calls)
    ]  # fmt: skip


def _prose_calls(calls: Sequence[tuple[str, Mapping[str, Any] | str]]) -> list[str]:
    return [
        f'{{"tool": "{name}", "arguments": {given if isinstance(given, str) else json.dumps(given)}}}'
        for name, given in calls
    ]


def _tool_deltas(tool: Mapping[str, Any] | str | None, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    if tool is None:
        return []
    offered = (request.get("tools") or [{}])[0].get("function") or {}
    arguments = tool if isinstance(tool, str) else json.dumps(tool)
    half = len(arguments) // 2
    name = offered.get("name", "tool")
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
    rest = [{"index": 0, "function": {"arguments": part}} for part in (arguments[:half], arguments[half:])]
    return [{"tool_calls": [call]} for call in (first, *rest)]
