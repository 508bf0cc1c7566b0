"""The board: an append-only list of entries that seats read from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MODERATOR = "moderator"
"""Author of entries that the mode itself posts."""
PERSON = "person"
"""Author and kind of messages of the user; each seat gets them with its next prompt."""
_AUTHOR_NAMES = {MODERATOR: "Moderator", PERSON: "The person who asked"}


def display_name(author: str, name: str = "") -> str:
    """Return the display name of an author; `name` is the name of the seat, if the author is one."""
    return _AUTHOR_NAMES.get(author) or name or author


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `author` is the id of a seat, MODERATOR or PERSON."""

    round: int
    author: str
    kind: str
    content: str
    name: str = ""
    """The name of the seat at that time; "" if the author is not a seat."""


class Board:
    """Entries in posting order, with a read cursor for each seat."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._read: dict[str, int] = {}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def post(self, entry: Entry) -> None:
        """Add an entry at the end."""
        self._entries.append(entry)

    def news(self, reader: str) -> list[Entry]:
        """Return the entries of others since the last call for `reader`, and advance its cursor."""
        start = self._read.get(reader, 0)
        self._read[reader] = len(self._entries)
        return [e for e in self._entries[start:] if e.author != reader]


def ring_neighbours(seats: Sequence[str], seat: str) -> tuple[str, ...]:
    """Return the seats before and after a seat, the last of which is beside the first."""
    if seat not in seats:
        return tuple(seats)
    place = seats.index(seat)
    near = (seats[place - 1], seats[(place + 1) % len(seats)])
    return tuple(dict.fromkeys(one for one in near if one != seat))
