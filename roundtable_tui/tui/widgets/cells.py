"""The width of text in terminal cells. Fast for text whose characters all take one cell."""

from __future__ import annotations

from rich.cells import cell_len

from roundtable_tui.utils.terminal_cells import (
    drop_undrawn,
    is_single_cell,
    split_graphemes,
    use_terminal_widths,
)

use_terminal_widths()


def simplify_emoji(text: str) -> str:
    """Remove emoji modifiers: a family becomes its members side by side."""
    return drop_undrawn(text)


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
