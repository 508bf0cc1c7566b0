"""Tables: aligned as they come, columns as wide as their cells, narrowed fairly where there is no room."""

from __future__ import annotations

import re
from typing import NamedTuple

from roundtable_tui.tui.widgets.transcript.cells import measure_cells
from roundtable_tui.tui.widgets.transcript.markdown.inline import Inline, lex_inline

MAX_COLUMNS = 32
MAX_COLUMN_CELLS = 240
"""Cells that one column asks for at most."""
MIN_COLUMN_CELLS = 10
"""Cells below which a column is not narrowed: then each row is shown as a short list."""
GROWTH_STEP_CELLS = 8
SEPARATOR_CELLS = 3
"""Cells of the line between two columns."""

_DELIMITER = re.compile(r"^ {0,3}\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?$")
_SPLIT = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


class Cell(NamedTuple):
    """The lines of a cell, without their markers, and the width of the widest."""

    lines: tuple[Inline, ...]
    width: int


def split_cells(line: str) -> list[str]:
    """Return the source of the cells of a table row."""
    line = line.strip()
    if line.startswith("|"):
        line = line[1:]
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    parts = [part.strip().replace("\\|", "|") for part in _SPLIT.split(line)]
    return parts[:MAX_COLUMNS]


def lex_cell(source: str, *, growing: bool = False) -> Cell:
    """Return a cell as it is shown, before any wrapping."""
    lines = tuple(lex_inline(part.strip(), growing=growing) for part in _BREAK.split(source))
    return Cell(lines, max(measure_cells(line.text) for line in lines))


def is_delimiter(line: str) -> bool:
    """Tell whether a line is the one under the head of a table."""
    return "-" in line and "|" in line and _DELIMITER.match(line) is not None


class MarkdownTable:
    """What the rows of one table share: alignment and natural widths. `version` counts the changes."""

    def __init__(self, head: str, delimiter: str) -> None:
        marks = split_cells(delimiter)
        self.heads = [lex_inline(cell).text for cell in split_cells(head)]
        self.aligns = [(m.startswith(":"), m.endswith(":")) for m in marks]
        self.piped = head.lstrip().startswith("|")
        self._natural = [1] * len(marks)
        self._growing = [0] * len(marks)
        self._allotted: dict[int, list[int] | None] = {}
        self.version = 0

    def __len__(self) -> int:
        return len(self._natural)

    def accepts_line(self, line: str) -> bool:
        """Tell whether a line goes on with this table."""
        return line.lstrip().startswith("|") if self.piped else "|" in line

    def widen_for_row(self, line: str) -> None:
        """Widen the columns for a row that is whole."""
        before = self._get_wanted_widths()
        self._growing = [0] * len(self._natural)
        for column, width in enumerate(self._widths_of(line)):
            self._natural[column] = max(self._natural[column], width)
        self._note_change(before)

    def widen_for_growing_row(self, line: str) -> None:
        """Widen the columns for a row that is still growing, by steps of `STEP` cells."""
        before = self._get_wanted_widths()
        self._growing = [0] * len(self._natural)
        for column, width in enumerate(self._widths_of(line)):
            if width > self._natural[column]:
                self._growing[column] = -(-width // GROWTH_STEP_CELLS) * GROWTH_STEP_CELLS
        self._note_change(before)

    def _widths_of(self, line: str) -> list[int]:
        return [
            min(MAX_COLUMN_CELLS, lex_cell(source).width)
            for source in split_cells(line)[: len(self._natural)]
        ]

    def _get_wanted_widths(self) -> list[int]:
        return [max(pair) for pair in zip(self._natural, self._growing, strict=True)]

    def _note_change(self, before: list[int]) -> None:
        if self._get_wanted_widths() != before:
            self.version += 1
            self._allotted.clear()

    def allot_widths(self, room: int) -> list[int] | None:
        """Return the width of each column in `room` cells; None where the columns do not fit."""
        if room not in self._allotted:
            if len(self._allotted) > 8:
                self._allotted.clear()
            self._allotted[room] = _allot_widths(
                self._get_wanted_widths(), room - SEPARATOR_CELLS * (len(self._natural) - 1)
            )
        return self._allotted[room]


def is_table_start(head: str, delimiter: str) -> bool:
    """Tell whether two lines begin a table."""
    count = len(split_cells(delimiter))
    return "|" in head and len(split_cells(head)) == count and (count > 1 or head.lstrip().startswith("|"))


def _allot_widths(natural: list[int], room: int) -> list[int] | None:
    """Share `room` among columns: narrow ones get what they ask for, wide ones equal parts of the rest."""
    if sum(natural) <= room:
        return list(natural)
    if room < sum(min(width, MIN_COLUMN_CELLS) for width in natural):
        return None
    widths = [0] * len(natural)
    left = sorted(range(len(natural)), key=natural.__getitem__)
    while left:
        share = room // len(left)
        if natural[left[0]] > share:
            break
        widths[left[0]] = natural[left[0]]
        room -= natural[left.pop(0)]
    for place, column in enumerate(left):
        widths[column] = room // len(left) + (place < room % len(left))
    return widths
