"""How many cells of a terminal a text takes, quickly where it is plain."""

from __future__ import annotations

import re

from rich.cells import cell_len, split_graphemes

# Whatever is not surely one cell wide: wide, combining and joining characters, and what is not listed here.
_UNSURE = re.compile(
    "[^ -~\xa0-\xac\xae-\u02ff\u0370-\u0377\u0384-\u0482\u2010-\u2015\u2018-\u201f\u2020-\u2027\u2030-\u205e"
    "\u20a0-\u20bf\u2190-\u2199\u2200-\u22ff\u2500-\u257f\u2580-\u259f\u25a0-\u25fc]"
)
# Terminals do not agree on how wide what these make of the sign before them is; without them they do.
_SHAKY = re.compile("[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")


def steady(text: str) -> str:
    """Return text without what joins, tints or restyles emoji: a family becomes its members side by side."""
    return text if text.isascii() else _SHAKY.sub("", text)


def is_plain(text: str) -> bool:
    """Tell whether every character of cleaned text takes exactly one cell."""
    return text.isascii() or _UNSURE.search(text) is None


def width_of(text: str) -> int:
    """Return the cells that text takes."""
    return len(text) if is_plain(text) else cell_len(text)


def graphemes(text: str) -> list[tuple[int, int, int]]:
    """Return (start, end, cells) of what stands in the terminal as one sign, in order."""
    return split_graphemes(text)[0]


def cut_to(text: str, width: int) -> str:
    """Return as much of text as fits into `width` cells, with an ellipsis where it was cut."""
    if width_of(text) <= width:
        return text
    if width <= 0:
        return ""
    if is_plain(text):
        return text[: width - 1] + "…"
    end = used = 0
    for _, stop, cells in graphemes(text):
        if used + cells > width - 1:
            break
        end, used = stop, used + cells
    return text[:end] + "…"
