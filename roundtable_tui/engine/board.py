"""The board: the append-only list of entries that seats read from. Entries have one shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MODERATOR = "moderator"
"""The author of what the mode itself puts on the board."""
PERSON = "person"
"""The author, and the kind, of what the person says to the table; each seat hears it with its next prompt."""
_AUTHOR_NAMES = {MODERATOR: "Moderator", PERSON: "The person who asked"}


def display_name(author: str, name: str = "") -> str:
    """Return the name an author is shown under; `name` is the seat's, where it is a seat."""
    return _AUTHOR_NAMES.get(author) or name or author


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: who said what, in which round. `author` is a seat's id, or one of the authors above."""

    round: int
    author: str
    kind: str
    content: str
    name: str = ""
    """The seat's name when it said it: another persona may take the seat later. "" where it is no seat."""


class Board:
    """Entries in the order they were posted, with a cursor for each reader."""

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
        """Return what others have posted since `reader` last asked, and move its cursor."""
        start = self._read.get(reader, 0)
        self._read[reader] = len(self._entries)
        return [e for e in self._entries[start:] if e.author != reader]
