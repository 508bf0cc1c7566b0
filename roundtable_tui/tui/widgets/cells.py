"""The width of text in terminal cells. Fast for text whose characters all take one cell."""

from __future__ import annotations

import re

from rich.cells import cell_len

from roundtable_tui.utils.terminal_cells import drop_undrawn, split_graphemes, use_terminal_widths

use_terminal_widths()

# Characters that may not be exactly one cell wide: wide, combining and joining ones, and all not listed here.
_MULTI_CELL = re.compile(
    "[^ -~\xa0-\xac\xae-\u02ff\u0370-\u0377\u0384-\u0482\u2010-\u2015\u2018-\u201f\u2020-\u2027\u2030-\u205e"
    "\u20a0-\u20bf\u2190-\u2199\u2200-\u22ff\u2500-\u257f\u2580-\u259f\u25a0-\u25fc]"
)


def simplify_emoji(text: str) -> str:
    """Remove emoji modifiers: a family becomes its members side by side."""
    return drop_undrawn(text)


def is_single_cell(text: str) -> bool:
    """Return whether every character of sanitized text takes exactly one cell."""
    return text.isascii() or _MULTI_CELL.search(text) is None


def measure_cells(text: str) -> int:
    """Return the width of text in cells."""
    return len(text) if is_single_cell(text) else cell_len(text)


def iter_graphemes(text: str) -> list[tuple[int, int, int]]:
    """Return (start, end, cells) of each grapheme, in order."""
    return split_graphemes(text)[0]


def truncate_cells(text: str, width: int) -> str:
    """Cut text to `width` cells, ending with an ellipsis if anything was cut."""
    if measure_cells(text) <= width:
        return text
    if width <= 0:
        return ""
    if is_single_cell(text):
        return text[: width - 1] + "…"
    end = used = 0
    for _, stop, cells in iter_graphemes(text):
        if used + cells > width - 1:
            break
        end, used = stop, used + cells
    return text[:end] + "…"
