"""The model clients of a run of one call: they send the client's own request instead of the run's prompt."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from roundtable_tui.llm.client import Client
from roundtable_tui.llm.errors.classify import format_error
from roundtable_tui.llm.finish_reasons import find_fault_cut
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.stream.chunk import read_chunk
from roundtable_tui.llm.types import (
    AttemptStarted,
    CallError,
    ChatRequest,
    Failed,
    Finished,
    Limits,
    Paused,
    Server,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    Usage,
)
from roundtable_tui.proxy.reading.conversation import read_text
from roundtable_tui.proxy.running.pieces import Piece
from roundtable_tui.utils.text import to_safe_json

_NOT_PASSED = ("model", "stream", "stream_options", "roundtable")
"""Fields of a body that are the proxy's."""


class MessagesClient:
    """Sends the messages of a client, as texts, with the parameters of the run."""

    def __init__(self, client: Client, messages: Sequence[Mapping[str, Any]], *, is_live: bool) -> None:
        """Create the client.

        Args:
            client: makes the calls.
            messages: those of a chat completion.
            is_live: the text is sent as it comes, so that no other attempt may follow on a part of it.
        """
        self._client, self._is_live = client, is_live
        self._messages = tuple(
            {"role": "system" if one["role"] == "developer" else str(one["role"]), "content": read_text(one)}
            for one in messages
        )
        self._overflow: Failed | None = None

    async def stream(
        self, server: Server, request: ChatRequest, limits: Limits
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield the events of the call."""
        if self._overflow is not None:  # The run tries a shorter prompt, but the messages are the same.
            yield replace(self._overflow, usage=Usage())
            return
        request = replace(request, messages=self._messages)
        text = reasoning = ""
        async with aclosing(self._client.stream(server, request, limits)) as found:
            async for event in found:
                if isinstance(event, TextDelta):
                    text += event.text
                elif isinstance(event, ThinkingDelta):
                    reasoning += event.text
                elif self._is_live and text and isinstance(event, Paused | AttemptStarted):
                    why = event.reason.removesuffix("; retrying") if isinstance(event, Paused) else "cut off"
                    yield Failed(
                        "cut", f"the answer is not whole: {why}", text=text, reasoning=reasoning,
                        usage=_guess(request, text + reasoning), cut="fault",
                    )  # fmt: skip
                    return
                if isinstance(event, Failed) and event.kind == "context":
                    self._overflow = event
                yield event

    def context_window(self, server: Server, model: str) -> int | None:
        """Return None: the messages are not made to fit."""
        return None


class WholeBodyClient:
    """Sends the whole body of a client, tools included; pieces of tool calls go to the client unchanged."""

    def __init__(self, client: Client, body: Mapping[str, Any], emit: Callable[[Piece], None]) -> None:
        """`body` is that of a chat completion; `emit` gets the pieces of tool calls."""
        self._client, self._emit = client, emit
        self._body = {name: value for name, value in body.items() if name not in _NOT_PASSED}
        self.text = ""
        """The text of the answer."""
        self.finish_reason = "stop"
        self._calls: dict[int, dict[str, Any]] = {}
        self._failed: Failed | None = None

    @property
    def tool_calls(self) -> tuple[Mapping[str, Any], ...]:
        """The tool calls, whole."""
        return tuple(self._calls[index] for index in sorted(self._calls))

    async def stream(
        self, server: Server, request: ChatRequest, limits: Limits
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield the events of the call; a reply of tool calls alone is recorded as a text that names them."""
        if self._failed is not None:
            yield replace(self._failed, usage=Usage())
            return
        stream_options = {"include_usage": True}
        body = {**self._body, "model": request.model, "stream": True, "stream_options": stream_options}
        reasoning, usage, began, first = "", None, time.monotonic(), None
        yield AttemptStarted(1)
        async with aclosing(self._client.stream_objects(server, body, limits)) as values:
            async for value in values:
                if isinstance(value, CallError):
                    said = "".join((self.text, reasoning, *map(_describe, self.tool_calls)))
                    usage = usage or (_estimate(body, said) if said else Usage())
                    self._failed = replace(
                        _build_failed(request.model, server, value, self.text, reasoning), usage=usage
                    )
                    yield self._failed
                    return
                chunk = read_chunk(value)
                first = first or time.monotonic()
                if chunk.reasoning:
                    reasoning += chunk.reasoning
                    yield ThinkingDelta(chunk.reasoning)
                if chunk.answer:
                    self.text += chunk.answer
                    yield TextDelta(chunk.answer)
                self._add_tool_calls(value)
                self.finish_reason = chunk.finish_reason or self.finish_reason
                usage = chunk.usage or usage
        text = "\n\n".join(filter(None, (self.text, *map(_describe, self.tool_calls))))
        yield Finished(
            text=text,
            reasoning=reasoning,
            finish_reason=self.finish_reason,
            usage=usage or _estimate(body, text + reasoning),
            ttft_s=first and first - began,
            elapsed_s=time.monotonic() - began,
        )

    def _add_tool_calls(self, value: Mapping[str, Any]) -> None:
        deltas = _read_tool_calls(value)
        for position, delta in enumerate(deltas):
            index = delta.get("index")
            at = index if isinstance(index, int) else position
            function = delta.get("function")
            call = self._calls.setdefault(
                at, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
            )
            call["id"] = delta.get("id") or call["id"]
            if isinstance(function, Mapping):
                call["function"]["name"] = function.get("name") or call["function"]["name"]
                arguments = function.get("arguments")
                call["function"]["arguments"] += arguments if isinstance(arguments, str) else ""
        if deltas:
            rows = ({"index": position, **delta} for position, delta in enumerate(deltas))
            self._emit(Piece(tool_calls=tuple(rows)))


def _read_tool_calls(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the pieces of tool calls of a chunk, or of a whole message."""
    choices = value.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, Mapping):
        return []
    said = choice.get("delta") or choice.get("message")
    calls = said.get("tool_calls") if isinstance(said, Mapping) else None
    return [call for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []


def _describe(call: Mapping[str, Any]) -> str:
    return f"Tool call: {call['function']['name']} {call['function']['arguments']}"


def _build_failed(model: str, server: Server, fault: CallError, text: str, reasoning: str) -> Failed:
    message = format_error(model, server.name, fault.reason, fault.hint)
    cut = find_fault_cut(fault.kind) if text.strip() else ""
    return Failed(fault.kind, message, fault.status, text=text, reasoning=reasoning, cut=cut)


def _guess(request: ChatRequest, said: str) -> Usage:
    """Return the estimated usage of an attempt that was not whole."""
    prompt = estimate_tokens(*(one["content"] for one in request.messages))
    return Usage(prompt, estimate_tokens(said), estimated=True)


def _estimate(body: Mapping[str, Any], said: str) -> Usage:
    prompt = estimate_tokens(to_safe_json([body.get("messages"), body.get("tools")]))
    return Usage(prompt, estimate_tokens(said), estimated=True)
