"""How many panes stand side by side, so that the grid has no holes."""

from __future__ import annotations

from math import ceil, lcm

MIN_PANE_CELLS = 38
"""Two panes fit side by side from 80 columns on."""
MIN_PANE_ROWS = 6
"""Rows of a pane in which text can be read; with fewer the grid scrolls, or one pane is shown at a time."""
_COMFORTABLE_ROWS = 9


def choose_columns(count: int, width: int, height: int) -> int:
    """Return the number of columns for `count` panes in `width` x `height` cells."""
    widest = min(max(1, count), max(1, width // MIN_PANE_CELLS))
    columns = min(_count_usual_columns(count), widest)
    while columns < widest and ceil(count / columns) * _COMFORTABLE_ROWS > height:
        columns += 1
    return columns


def _count_usual_columns(count: int) -> int:
    return max(1, count) if count <= 3 else 2 if count == 4 else 3 if count <= 9 else 4


def does_fit(count: int, width: int, height: int) -> bool:
    """Return whether `count` panes can be read side by side without scrolling."""
    rows = ceil(count / choose_columns(count, width, height))
    return width >= 2 * MIN_PANE_CELLS and rows * MIN_PANE_ROWS <= height


def span_columns(count: int, columns: int) -> tuple[int, list[int]]:
    """Return the columns of a finer grid, and how many each pane takes: those of the last row stretch."""
    rest = count % columns or columns
    fine = lcm(columns, rest)
    return fine, [fine // columns] * (count - rest) + [fine // rest] * min(rest, count)
