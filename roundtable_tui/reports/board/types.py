"""The parts of a board, as frozen dataclasses. Texts are raw: sanitize them before display."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeatAnswer:
    """A seat in a round."""

    answer: str
    """Its final answer, verbatim; "" if it gave none."""
    group: int | None
    """The group of the board, from 0; None without an answer, or where answers were not compared."""
    change: str = ""
    """toward_majority, away_from_majority or neither if its answer changed in this round, else ""."""
    failed: bool = False
    """True if its turn failed and no answer came."""
    is_final: bool = False
    """True in the last round, if this is the answer of the run."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A seat and its answers."""

    seat: str
    name: str
    """Its name at the end, after those it had before: `Dan (was Bob)`."""
    number: int
    """Its number among the seats, from 1; 0 for the captain."""
    cells: tuple[SeatAnswer, ...]
    """One for each round."""


@dataclass(frozen=True, slots=True)
class BoardRound:
    """A round: its votes and what the captain said of it."""

    round: int
    """From 1; 0 in modes without rounds."""
    votes: tuple[tuple[int, int], ...]
    """(group of the board, number of seats), largest first; empty where answers were not compared."""
    split: str
    """The votes as text: `2:1`, `3 of 3 agree`; "" where answers were not compared."""
    verdict: str
    """The captain's verdict as one line; "" if there is none."""
    decides: bool
    """True for the round that the answer of the run is from."""


@dataclass(frozen=True, slots=True)
class AnswerBoard:
    """Seats and rounds. A group keeps its number over the rounds as long as seats hold its answer."""

    rounds: tuple[BoardRound, ...]
    rows: tuple[BoardRow, ...]
    """In the order of the seats."""
    groups: tuple[str, ...]
    """The answer of each group, verbatim, as it was first given."""
    leaders: tuple[int, ...]
    """The number of the seat that gave the answer of each group first."""
    shapes: tuple[str, ...]
    """The sign of each group: the shape of that seat, or another one if it began several groups."""
    final_group: int | None
    """The group of the answer of the run; None if there is no answer yet, or it is in none of them."""

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to show."""
        return not self.rounds
