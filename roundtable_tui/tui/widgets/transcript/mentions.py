"""Names of seats in texts, in the colours of the seats and with their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from roundtable_tui.tui.widgets.transcript.styles import ROLE_MASK, Piece, Role

_MAX_NAMES = 64
_MIN_NAME_CHARS = 2
_ROLES = frozenset(
    {Role.TEXT, Role.HEADING_1, Role.HEADING_2, Role.HEADING_3, Role.QUOTE, Role.REASONING, Role.TABLE_HEAD}
)
"""Roles of texts that are read as prose: not code, rules or notes."""
_TABLE_ROLES = frozenset({Role.TABLE_HEAD, Role.TABLE_LINE})


_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class SeatMarker(str):
    """The number of a seat that is drawn after its name. The text does not contain it."""

    __slots__ = ()


class Mentions:
    """Finds the names of seats, and the shapes of seats, in pieces of text.

    Args:
        names: Colour of each name, from 1. A name counts as a whole word, in its own spelling.
        shapes: Colour of each shape; none where texts of models may have such characters of their own.
        numbers: Number of the seat of each name, drawn raised after the name where the row has room.
    """

    def __init__(
        self,
        names: Mapping[str, int],
        shapes: Mapping[str, int] | None = None,
        numbers: Mapping[str, int] | None = None,
    ) -> None:
        known = [name for name in names if len(name) >= _MIN_NAME_CHARS and names[name]][:_MAX_NAMES]
        words = sorted(known, key=len, reverse=True)
        parts = [rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)"] if words else []
        parts += [re.escape(shape) for shape in shapes or ()]
        self._colors = {**{name: names[name] for name in known}, **(shapes or {})}
        self._markers = {
            name: SeatMarker(str(number).translate(_SUPERSCRIPTS)) for name, number in (numbers or {}).items()
        }
        self._pattern = re.compile("|".join(parts)) if parts else None

    def mark(self, pieces: Iterable[Piece], room: int = 0) -> list[Piece]:
        """Return pieces of a row with each name in the role of its seat.

        Numbers take up to `room` cells. Rows of tables have none: they would move the columns.
        """
        pieces = list(pieces)
        if self._pattern is None:
            return pieces
        if any(look & ROLE_MASK in _TABLE_ROLES for _, look in pieces):
            room = 0
        marked: list[Piece] = []
        for text, look in pieces:
            if look & ROLE_MASK not in _ROLES:
                marked.append((text, look))
                continue
            at = 0
            for found in self._pattern.finditer(text):
                if found.start() > at:
                    marked.append((text[at : found.start()], look))
                name = found.group()
                role = look & ~ROLE_MASK | Role.SEAT + self._colors[name]
                marked.append((name, role))
                marker = self._markers.get(name)
                if marker is not None and len(marker) <= room:
                    marked.append((marker, role))
                    room -= len(marker)
                at = found.end()
            if at < len(text):
                marked.append((text[at:], look))
        return marked


def skip_markers(pieces: Iterable[Piece], column: int, measure: Callable[[str], int] = len) -> int:
    """Return the column of a row without its markers that a column of the drawn row stands for.

    `measure` returns the length of a text in the unit of the columns: characters or cells.
    """
    found = 0
    for text, _ in pieces:
        taken = min(column, measure(text))
        column -= taken
        found += 0 if isinstance(text, SeatMarker) else taken
    return found + column
