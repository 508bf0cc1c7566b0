"""Where a text is cut: before a heading, between paragraphs, sentences, lines or words, in this order.

Nothing is lost: the pieces put together are the text. A word is cut only where it is longer than a piece.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SIZE = 1600
"""Bytes of a passage at most: some 400 tokens, what the smaller embedding models can take."""
_WIDEST = 4
"""Bytes of the widest character."""

_PLACES = (
    (re.compile(r"\n(?=#{1,6} )"), 0.25),
    (re.compile(r"\n[ \t]*\n"), 0.4),
    (re.compile(r"[.!?…][\"'”’)\]]*\s|[。！？]"), 0.5),
    (re.compile(r"\n"), 0.3),
    (re.compile(r"\s"), 0.0),
)
"""What a piece may end with, the best first, and how full it must be then at least."""


def cut(text: str, size: int = SIZE) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of each piece of `text`, in order; none has more than `size` bytes of UTF-8.

    The smallest `size` is 4: any character has to fit.
    """
    start = 0
    while start < len(text):
        window = (
            text[start : start + max(_WIDEST, size)].encode()[: max(_WIDEST, size)].decode(errors="ignore")
        )
        end = start + len(window)
        if end < len(text):
            best = _best(window)
            end = start + best if best else _between_characters(text, start, end)
        yield start, end
        start = end


def _best(window: str) -> int:
    """Return where to end a piece, as late in the window as a good place allows; 0: nowhere."""
    for pattern, fullness in _PLACES:
        end = 0
        for match in pattern.finditer(window):
            end = match.end()
        if end > len(window) * fullness:
            return end
    return 0


def _between_characters(text: str, start: int, end: int) -> int:
    """Return `end`, or the place before it where no mark is parted from its letter."""
    at = end
    while at > start and unicodedata.combining(text[at]):
        at -= 1
    return at if at > start else end
