"""Puts turns that stream at the same time in order, for output that shows one text after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Splitter = Callable[[str, bool], tuple[str, str]]
"""(text, turn has ended) -> (what can be printed now, what is held back)."""


@dataclass(frozen=True, slots=True)
class TurnPiece:
    """The next text of a turn; `is_last` once the turn has ended."""

    turn: str
    text: str
    is_last: bool


class TurnQueue:
    """Turns in the order they began: the first is printed as it streams, the others after it has ended."""

    def __init__(self, split: Splitter = lambda text, ended: (text, "")) -> None:
        self._split = split
        self._pending: dict[str, list[str]] = {}
        self._ended: set[str] = set()

    def __contains__(self, turn: str) -> bool:
        return turn in self._pending

    def __bool__(self) -> bool:
        return bool(self._pending)

    def start(self, turn: str, text: str = "") -> None:
        """Add a turn at the end, or replace what is pending of one that starts again."""
        self._pending[turn] = [text]
        self._ended.discard(turn)

    def add(self, turn: str, text: str) -> None:
        """Append streamed text to a turn; unknown turns are ignored."""
        if turn in self._pending:
            self._pending[turn].append(text)

    def end(self, turn: str) -> None:
        """Mark a turn as ended."""
        self._ended.add(turn)

    def end_all(self) -> None:
        """Mark all pending turns as ended."""
        self._ended.update(self._pending)

    def drain(self) -> Iterator[TurnPiece]:
        """Yield what can be printed now: text of the first turn, and of the next ones once it has ended."""
        while self._pending:
            turn = next(iter(self._pending))
            ended = turn in self._ended
            text, rest = self._split("".join(self._pending[turn]), ended)
            self._pending[turn] = [rest]
            if ended:
                del self._pending[turn]
            yield TurnPiece(turn, text, ended)
            if not ended:
                return
