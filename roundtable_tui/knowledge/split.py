"""Split text at the ends of sections, else between paragraphs, sentences, lines or words, in this order.

Nothing is lost: the pieces put together are the text. A word is cut only where it is longer than a piece.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence

DEFAULT_SIZE_BYTES = 1200
"""Bytes of a passage at most: some 300 tokens. The smaller embedding models take 512."""
MIN_FILL_SHARE = 0.1
"""How full a piece is at least when a section ends it; smaller sections go with the next."""
_MAX_CHAR_BYTES = 4
"""Bytes of the widest character."""

_BREAK_PATTERNS = (
    (re.compile(r"\n[ \t]*\n"), 0.4),
    (re.compile(r"[.!?…][\"'”’)\]]*\s|[。！？]"), 0.5),
    (re.compile(r"\n"), 0.3),
    (re.compile(r"\s"), 0.0),
)
"""What a piece may end with, the best first, and how full it must be then at least."""


def split_text(
    text: str, size: int = DEFAULT_SIZE_BYTES, sections: Sequence[int] = ()
) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of each piece of `text`, in order; none has more than `size` bytes of UTF-8.

    `sections` are the places, in order, where sections begin. The smallest `size` is 4: any character
    has to fit.
    """
    size = max(_MAX_CHAR_BYTES, size)
    start = 0
    while start < len(text):
        window = text[start : start + size].encode()[:size].decode(errors="ignore")
        end = start + len(window)
        at = bisect_left(sections, start + max(1, size * MIN_FILL_SHARE))
        if at < len(sections) and sections[at] <= end:
            end = sections[at]
        elif end < len(text):
            best = _best_break(window)
            end = start + best if best else _before_combining_marks(text, start, end)
        yield start, end
        start = end


def _best_break(window: str) -> int:
    """Return the best end of a piece, as late in the window as possible; 0 if there is none."""
    for pattern, fullness in _BREAK_PATTERNS:
        end = 0
        for match in pattern.finditer(window):
            end = match.end()
        if end > len(window) * fullness:
            return end
    return 0


def _before_combining_marks(text: str, start: int, end: int) -> int:
    """Return `end`, or an earlier position that does not separate a combining mark from its letter."""
    at = end
    while at > start and unicodedata.combining(text[at]):
        at -= 1
    return at if at > start else end
