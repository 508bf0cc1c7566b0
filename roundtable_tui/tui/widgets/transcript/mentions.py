"""Names of seats in texts, in the colours of the seats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from roundtable_tui.tui.widgets.transcript.styles import ROLE_MASK, Piece, Role

_MAX_NAMES = 64
_MIN_NAME_CHARS = 2
_ROLES = frozenset(
    {Role.TEXT, Role.HEADING_1, Role.HEADING_2, Role.HEADING_3, Role.QUOTE, Role.REASONING, Role.TABLE_HEAD}
)
"""Roles of texts that are read as prose: not code, rules or notes."""


class Mentions:
    """Finds the names of seats, and the shapes of seats, in pieces of text.

    Args:
        names: Colour of each name, from 1. A name counts as a whole word, in its own spelling.
        shapes: Colour of each shape; none where texts of models may have such characters of their own.
    """

    def __init__(self, names: Mapping[str, int], shapes: Mapping[str, int] | None = None) -> None:
        known = [name for name in names if len(name) >= _MIN_NAME_CHARS and names[name]][:_MAX_NAMES]
        words = sorted(known, key=len, reverse=True)
        parts = [rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)"] if words else []
        parts += [re.escape(shape) for shape in shapes or ()]
        self._colors = {**{name: names[name] for name in known}, **(shapes or {})}
        self._pattern = re.compile("|".join(parts)) if parts else None

    def mark(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Return pieces of a row with each name in the role of its seat."""
        if self._pattern is None:
            return list(pieces)
        marked: list[Piece] = []
        for text, look in pieces:
            if look & ROLE_MASK not in _ROLES:
                marked.append((text, look))
                continue
            at = 0
            for found in self._pattern.finditer(text):
                if found.start() > at:
                    marked.append((text[at : found.start()], look))
                color = self._colors[found.group()]
                marked.append((found.group(), look & ~ROLE_MASK | Role.SEAT + color))
                at = found.end()
            if at < len(text):
                marked.append((text[at:], look))
        return marked
