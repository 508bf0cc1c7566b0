"""One run as a row of the index: written from its digest, read back for a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from roundtable_tui.runs.digest import Digest
from roundtable_tui.runs.terms import fold
from roundtable_tui.text import repair

COLUMNS = (
    "name, status, started, title, mode, question, team, models, seats, "
    "how, agreement, elapsed, tokens, turns, parent"
)
_SHOWN = 2000
"""Characters of a question that are kept; all of it is found."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One run in a list. Texts are raw: clean them before they are shown."""

    name: str
    """The folder's, which is the run's id."""
    status: str
    """One of `words.STATUSES`."""
    started: float
    """Seconds since the epoch."""
    title: str
    mode: str
    question: str
    """Its beginning, if it is a long one."""
    team: str
    models: tuple[str, ...]
    seats: tuple[str, ...]
    how: str
    agreement: float | None
    elapsed_s: float
    tokens: int
    turns: int
    parent: str

    @property
    def shown(self) -> str:
        """What the run is called: its title, else its question."""
        return self.title or self.question


def to_row(digest: Digest) -> tuple[object, ...]:
    """Return the values of `COLUMNS` without the name, and after them what `asked` is to be."""
    question = digest.question[:_SHOWN]
    texts = (
        digest.title, digest.mode, question, digest.team, "\n".join(digest.models), "\n".join(digest.seats),
        digest.how,
    )  # fmt: skip
    return (
        digest.status, digest.started, *map(repair, texts), digest.agreement, digest.elapsed_s,
        digest.tokens, digest.turns, repair(digest.parent), fold(f"{digest.title}\n{question}"),
    )  # fmt: skip


def from_row(row: Sequence[Any]) -> Entry:
    """Return the entry of a row of `COLUMNS`."""
    models, seats = (tuple(text.split("\n")) if text else () for text in row[7:9])
    values: list[Any] = [*row[:7], models, seats, *row[9:]]
    return Entry(*values)
