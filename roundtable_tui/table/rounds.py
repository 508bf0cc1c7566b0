"""Rounds that are counted while they are run: the person may raise or lower how many there are to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator


class Rounds:
    """`for number in table.rounds("round", 3)`: 1, 2, 3, or as far as `limit` has come to be meanwhile."""

    def __init__(self, name: str, limit: int, opens: Callable[[int, int], None]) -> None:
        self.name = name
        self.limit = limit
        self.number = 0
        """The round that runs."""
        self._opens = opens

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if self.last:
            raise StopIteration
        self.number += 1
        self._opens(self.number, self.limit)
        return self.number

    @property
    def last(self) -> bool:
        """True when no round is to follow, as things stand."""
        return self.number >= self.limit

    def change(self, limit: int) -> int:
        """Set the limit, never below the round that runs, and return it."""
        self.limit = max(limit, self.number, 1)
        return self.limit
