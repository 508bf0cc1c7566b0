"""A client in a hurry, and the ways to ask it that these tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from roundtable_tui.llm.client import Client, Waits
from roundtable_tui.llm.servers.capability_cache import ServerMemory
from roundtable_tui.llm.types import (
    AnswerPiece,
    Attempt,
    ChatRequest,
    Failed,
    Finished,
    Limits,
    Piece,
    ReasoningPiece,
    Restated,
    Server,
    Waiting,
)

HURRY = Waits(base_s=0.001, cap_s=0.002)


@asynccontextmanager
async def a_client(**options: Any) -> AsyncIterator[Client]:
    client = Client(**{"waits": HURRY, "random": Random(1), **options})
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
) -> list[Piece]:
    allowance = server.pop("allowance", None)
    stream = client.stream(Server("fake", url, **server), asked or request(), limits or Limits(), allowance)
    return [piece async for piece in stream]


def shown(pieces: Sequence[Piece]) -> tuple[str, str]:
    """Return (reasoning, answer) as somebody sees them who draws the pieces."""
    reasoning, answer = "", ""
    for piece in pieces:
        if isinstance(piece, Attempt):
            reasoning, answer = "", ""
        elif isinstance(piece, Restated):
            reasoning, answer = piece.reasoning, piece.answer
        elif isinstance(piece, ReasoningPiece):
            reasoning += piece.text
        elif isinstance(piece, AnswerPiece):
            answer += piece.text
    return reasoning, answer


def finished(pieces: Sequence[Piece], *, whole: bool = True) -> Finished:
    """Return the last piece; `whole` = these are all the pieces, and they are checked."""
    last = pieces[-1]
    assert isinstance(last, Finished), last
    if whole:
        assert shown(pieces) == (last.reasoning, last.text)
        check(pieces)
    return last


def failed(pieces: Sequence[Piece]) -> Failed:
    last = pieces[-1]
    assert isinstance(last, Failed), last
    check(pieces)
    assert 0 < len(last.message) <= 300 and "\n" not in last.message and "<" not in last.message
    return last


def check(pieces: Sequence[Piece]) -> None:
    """Hold what is true of every call: one last piece, attempts counted from 1."""
    assert not any(isinstance(piece, (Finished, Failed)) for piece in pieces[:-1])
    attempts = [piece.number for piece in pieces if isinstance(piece, Attempt)]
    assert attempts == list(range(1, len(attempts) + 1))
    last = pieces[-1]
    assert isinstance(last, (Finished, Failed)) and last.attempts == len(attempts)


def waits(pieces: Sequence[Piece]) -> list[Waiting]:
    return [piece for piece in pieces if isinstance(piece, Waiting)]


def forgetful(tmp_path: Any) -> ServerMemory:
    return ServerMemory(tmp_path / "servers.json")
