"""A client with short retry delays, and helpers to send requests and check their events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from roundtable_tui.llm.client import BackoffPolicy, Client
from roundtable_tui.llm.servers.capability_cache import CapabilityCache
from roundtable_tui.llm.types import (
    AttemptStarted,
    ChatRequest,
    Failed,
    Finished,
    Limits,
    Paused,
    Resplit,
    Server,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
)

HURRY = BackoffPolicy(base_delay_s=0.001, max_delay_s=0.002)


@asynccontextmanager
async def a_client(**options: Any) -> AsyncIterator[Client]:
    client = Client(**{"backoff": HURRY, "random": Random(1), **options})
    try:
        yield client
    finally:
        await client.aclose()


def request(prompt: str = "Why?", *, system: str = "", model: str = "fake", **options: Any) -> ChatRequest:
    said = [{"role": "user", "content": prompt}]
    if system:
        said.insert(0, {"role": "system", "content": system})
    return ChatRequest(model, said, **options)


async def pieces_of(
    client: Client, url: str, asked: ChatRequest | None = None, limits: Limits | None = None, **server: Any
) -> list[StreamEvent]:
    allowance = server.pop("allowance", None)
    caller = client.for_run(allowance) if allowance else client
    stream = caller.stream(Server("fake", url, **server), asked or request(), limits or Limits())
    return [piece async for piece in stream]


def shown(pieces: Sequence[StreamEvent]) -> tuple[str, str]:
    """Return (reasoning, answer) as a reader of the events displays them."""
    reasoning, answer = "", ""
    for piece in pieces:
        if isinstance(piece, AttemptStarted):
            reasoning, answer = "", ""
        elif isinstance(piece, Resplit):
            reasoning, answer = piece.reasoning, piece.answer
        elif isinstance(piece, ThinkingDelta):
            reasoning += piece.text
        elif isinstance(piece, TextDelta):
            answer += piece.text
    return reasoning, answer


def finished(pieces: Sequence[StreamEvent], *, whole: bool = True) -> Finished:
    """Return the last event; `whole` = these are all events, which are then checked for consistency."""
    last = pieces[-1]
    assert isinstance(last, Finished), last
    if whole:
        assert shown(pieces) == (last.reasoning, last.text)
        check(pieces)
    return last


def failed(pieces: Sequence[StreamEvent]) -> Failed:
    last = pieces[-1]
    assert isinstance(last, Failed), last
    check(pieces)
    assert 0 < len(last.message) <= 300 and "\n" not in last.message and "<" not in last.message
    return last


def check(pieces: Sequence[StreamEvent]) -> None:
    """Check the invariants of every call: one last event, attempts counted from 1."""
    assert not any(isinstance(piece, (Finished, Failed)) for piece in pieces[:-1])
    attempts = [piece.number for piece in pieces if isinstance(piece, AttemptStarted)]
    assert attempts == list(range(1, len(attempts) + 1))
    last = pieces[-1]
    assert isinstance(last, (Finished, Failed)) and last.attempts == len(attempts)


def waits(pieces: Sequence[StreamEvent]) -> list[Paused]:
    return [piece for piece in pieces if isinstance(piece, Paused)]


def forgetful(tmp_path: Any) -> CapabilityCache:
    return CapabilityCache(tmp_path / "servers.json")
