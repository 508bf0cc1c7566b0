"""The plot of accuracy against tokens in a terminal: letters for the arms, half blocks for votes."""

from __future__ import annotations

from collections.abc import Callable

from roundtable_tui.bench.output.points import ParetoPlot
from roundtable_tui.utils.text import single_line

MIN_COLUMNS, MIN_ROWS = 30, 6
DEFAULT_COLUMNS, DEFAULT_ROWS = 78, 14
_LABEL_COLUMNS = 6
_UPPER, _LOWER, _BOTH = "▀", "▄", "█"
_INTERVAL, _BACKGROUND = "│", " "
_MAX_NAME_CHARS = 40
_UNIT = " tokens"


def render_plot(plot: ParetoPlot, columns: int = DEFAULT_COLUMNS, rows: int = DEFAULT_ROWS) -> str:
    """Return the plot as text of at most `columns` x `rows` cells, and a line for each arm below it.

    Half blocks are the votes of 1, 2, 3, ... answers of the pool; a letter with a line is an arm with its
    interval.
    """
    width = max(MIN_COLUMNS, columns) - _LABEL_COLUMNS - 2
    height = max(MIN_ROWS, rows) - 2
    cells = [[_BACKGROUND] * width for _ in range(height)]

    def column_of(tokens: float) -> int:
        return min(width - 1, max(0, round(plot.x_of(tokens) * (width - 1))))

    def row_of(accuracy: float) -> int:
        return min(height - 1, max(0, round((1 - plot.y_of(accuracy)) * (height - 1))))

    for point in plot.points:
        column = column_of(point.tokens)
        for row in range(row_of(point.high), row_of(point.low) + 1):
            cells[row][column] = _INTERVAL
    for _, accuracy, tokens in plot.curve:
        half = round((1 - plot.y_of(accuracy)) * (2 * height - 1))
        _add_half(cells, half, column_of(tokens))
    for point in plot.points:
        row, column = row_of(point.accuracy), column_of(point.tokens)
        while column < width - 1 and cells[row][column].isalpha():  # Two arms at one place.
            column += 1
        cells[row][column] = point.mark
    labels = {row_of(tick): f"{tick * 100:.0f} %" for tick in plot.accuracy_ticks}
    lines = [f"{labels.get(n, ''):>{_LABEL_COLUMNS}} ┤{''.join(row)}".rstrip() for n, row in enumerate(cells)]
    lines.append(" " * _LABEL_COLUMNS + " └" + "─" * width)
    lines.append(_render_token_axis(plot, column_of, width))
    return "\n".join([*lines, *_render_legend(plot)])


def _add_half(cells: list[list[str]], half: int, column: int) -> None:
    """Set one half of a cell; `half` counts half rows from the top."""
    row, is_lower = divmod(half, 2)
    before, new = cells[row][column], _LOWER if is_lower else _UPPER
    cells[row][column] = _BOTH if before in (_UPPER, _LOWER, _BOTH) and before != new else new


def _render_token_axis(plot: ParetoPlot, column_of: Callable[[float], int], width: int) -> str:
    """Return the labels that have room, each under its place."""
    margin = _LABEL_COLUMNS + 2
    out, end = "", margin + width
    for tick in plot.token_ticks:
        text = f"{tick:,}"
        start = margin + column_of(tick) - len(text) // 2
        if start > len(out) and start + len(text) <= end:
            out = out.ljust(start) + text
    return f"{out}{_UNIT}" if len(out) + len(_UNIT) <= end else out


def _render_legend(plot: ParetoPlot) -> list[str]:
    out = []
    for point in plot.points:
        mark = "*" if point.is_dominated else ""
        name = single_line(point.name, _MAX_NAME_CHARS)
        out.append(f"{point.mark} {name}{mark}: {point.accuracy * 100:.1f} % at {point.tokens:,.0f} tokens")
    if plot.curve:
        out.append(f"{_BOTH} votes of 1 to {plot.curve[-1][0]} single answers")
    return out
