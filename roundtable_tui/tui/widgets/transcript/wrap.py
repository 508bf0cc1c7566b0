"""Greedy word wrap by cells that is stable when text is appended.

Each break depends only on the text up to one cell past the edge, so the rows before the last one never
change when a line grows, and wrapping can continue from the start of the last row.
"""

from __future__ import annotations

from roundtable_tui.tui.widgets.cells import iter_graphemes
from roundtable_tui.utils.terminal_cells import is_single_cell

# Characters that must not begin a row in Chinese and Japanese text.
_NO_LINE_START = frozenset("、。，．・：；？！ー々）］｝」』】》〉〕”’")


def wrap(text: str, width: int, first_start: int = 0) -> list[int]:
    """Return the starts of the rows after the row at `first_start`.

    Args:
        text: One line.
        width: Cells of a row, at least 2. Spaces at the end of a row may exceed it.
        first_start: Where the first row begins.
    """
    if not is_single_cell(text[first_start:]):
        return _wrap_cells(text, max(2, width), first_start)
    size = len(text)
    starts: list[int] = []
    while size - first_start > width:
        space = text.rfind(" ", first_start + 1, first_start + width + 1)
        if space < 0:
            first_start += width
        else:
            first_start = space + 1
            while first_start < size and text[first_start] == " ":
                first_start += 1
            if first_start == size:
                break
        starts.append(first_start)
    return starts


def _wrap_cells(text: str, width: int, start: int) -> list[int]:
    """Wrap text with characters that do not all take one cell."""
    spans = iter_graphemes(text[start:])
    starts: list[int] = []
    first = index = used = 0
    chance = 0
    count = len(spans)
    while index < count:
        begin, end, cells = spans[index]
        sign = text[start + begin : start + end]
        if used + cells <= width:
            used += cells
            index += 1
            if sign == " ":
                chance = index if index - first > 1 else chance
            elif (
                index < count
                and 2 in (cells, spans[index][2])
                and text[start + spans[index][0]] not in _NO_LINE_START
            ):
                chance = index
            continue
        if sign == " ":
            while index < count and text[start + spans[index][0] : start + spans[index][1]] == " ":
                index += 1
            if index == count:
                break
        elif chance > first:
            index = chance
        elif index == first:
            index += 1
            continue
        first = chance = index
        used = 0
        starts.append(start + spans[index][0])
    return starts
