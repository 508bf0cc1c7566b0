"""The place in a text where what was looked for stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from roundtable_tui.runs.terms import parse
from roundtable_tui.text import clean

_BEFORE = 3
"""A third of the room is for what stands before the place."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text on one line, and where in it the hits are."""

    text: str
    hits: tuple[tuple[int, int], ...] = ()


def snippet(text: str, typed: str, width: int) -> Snippet:
    """Return about `width` characters of `text` around the first of what is typed, else its beginning."""
    text = " ".join(clean(text).split())
    words = [re.escape(term.text).replace(r"\ ", r"\s+") for term in parse(typed)]
    pattern = re.compile("|".join(sorted(words, key=len, reverse=True)) or "(?!)", re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, first.start() - width // _BEFORE) if first else 0
    if start:  # At the beginning of a word.
        start = text.find(" ", start, first.start() if first else None) + 1 or start
    end = start + width
    if end < len(text):  # At the end of one.
        end = max(text.rfind(" ", first.end() if first else start, end), start + width // _BEFORE)
    piece = text[start:end]
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shown = before + piece + after
    return Snippet(shown, tuple(match.span() for match in pattern.finditer(shown)))
