"""The demo's reply on the wire: server-sent events at a set pace, or one JSON body."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from roundtable_tui.llm.demo.reply import Reply

DONE = b"data: [DONE]\n\n"
_CREATED = 1
"""A fixed time: the same seed gives the same bytes."""


class CutOff(Exception):
    """The connection is to be dropped in the middle, as a fault asks."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Tokens per second (0: no waiting), seconds to the first token, and what a fault adds."""

    tokens_per_s: float = 40.0
    first_token_s: float = 0.3
    cut_after: int | None = None
    """Pieces after which the connection is dropped."""
    empty: bool = False
    """Nothing but the frame: a reply without a word."""


async def events(reply: Reply, pace: Pace, *, model: str, ident: str, usage: bool) -> AsyncIterator[bytes]:
    """Yield the SSE body: role, reasoning, content or tool call, finish reason, usage, [DONE]."""
    beat = _Beat(pace, ident)
    for number, delta in enumerate(deltas(reply) if not pace.empty else ()):
        if pace.cut_after is not None and number > pace.cut_after:
            raise CutOff
        await beat.next()
        yield _event(_chunk(model, ident, [{"index": 0, "delta": delta, "finish_reason": None}]))
    yield _event(_chunk(model, ident, [{"index": 0, "delta": {}, "finish_reason": reply.finish_reason}]))
    if usage:
        yield _event(_chunk(model, ident, [], usage=reply.usage()))
    yield DONE


async def whole(reply: Reply, pace: Pace, *, model: str, ident: str) -> dict[str, Any]:
    """Return the reply as one chat completion, after the time it would have streamed."""
    beat = _Beat(pace, ident)
    for _ in range(reply.usage()["completion_tokens"]):
        await beat.next()
    message: dict[str, Any] = {"role": "assistant", "content": "".join(reply.content) or None}
    if reply.reasoning:
        message["reasoning_content"] = "".join(reply.reasoning)
    if reply.tool:
        message["tool_calls"] = [
            {"id": f"call_{ident}", "type": "function"} | _call(reply.tool, "".join(reply.arguments))
        ]
    return {
        "id": ident,
        "object": "chat.completion",
        "created": _CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": reply.usage(),
    }


def deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    """Yield what each chunk adds, in order."""
    yield {"role": "assistant", "content": ""}
    for piece in reply.reasoning:
        yield {"reasoning_content": piece}
    for piece in reply.content:
        yield {"content": piece}
    for number, piece in enumerate(reply.arguments):
        first = {"id": "call_demo", "type": "function"} if number == 0 else {}
        yield {"tool_calls": [{"index": 0, **first, **_call(reply.tool if number == 0 else "", piece)}]}


def _call(name: str, arguments: str) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments} if name else {"arguments": arguments}}


def _chunk(model: str, ident: str, choices: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "object": "chat.completion.chunk",
        "created": _CREATED,
        "model": model,
        "choices": choices,
        **more,
    }


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


class _Beat:
    """When the next token is due: an uneven but repeatable rhythm that keeps the pace on average."""

    def __init__(self, pace: Pace, ident: str) -> None:
        self._pace = pace
        self._random = Random(ident)
        self._due: float | None = None

    async def next(self) -> None:
        """Wait until the next token is due; without a pace, let others run and go on."""
        if self._pace.tokens_per_s <= 0:
            await asyncio.sleep(self._pace.first_token_s if self._due is None else 0)
            self._due = 0.0
            return
        now = asyncio.get_running_loop().time()
        if self._due is None:
            self._due = now + self._pace.first_token_s
        else:
            self._due += self._random.uniform(0.4, 1.6) / self._pace.tokens_per_s
        await asyncio.sleep(max(0.0, self._due - now))
