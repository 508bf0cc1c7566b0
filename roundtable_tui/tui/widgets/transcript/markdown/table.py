"""Tables: alignment, and widths of columns that share the available room."""

from __future__ import annotations

import re
from typing import NamedTuple

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.transcript.markdown.inline import Inline, lex_inline

MAX_COLUMNS = 32
MAX_COLUMN_CELLS = 240
"""Maximum natural width of a column in terminal cells."""
MIN_COLUMN_CELLS = 10
"""Minimum width of a column; if the columns do not fit, each row is shown as a list."""
GROWTH_STEP_CELLS = 8
SEPARATOR_CELLS = 3
"""Width of the separator between two columns."""

_DELIMITER = re.compile(r"^ {0,3}\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?$")
_SPLIT = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


class Cell(NamedTuple):
    """The parsed lines of a cell and the width of the widest."""

    lines: tuple[Inline, ...]
    width: int


def split_cells(line: str) -> list[str]:
    """Split a row into the sources of its cells."""
    line = line.strip()
    if line.startswith("|"):
        line = line[1:]
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    parts = [part.strip().replace("\\|", "|") for part in _SPLIT.split(line)]
    return parts[:MAX_COLUMNS]


def lex_cell(source: str, *, growing: bool = False) -> Cell:
    """Parse a cell; `<br>` separates its lines."""
    lines = tuple(lex_inline(part.strip(), growing=growing) for part in _BREAK.split(source))
    return Cell(lines, max(measure_cells(line.text) for line in lines))


def is_delimiter(line: str) -> bool:
    """Return whether a line is a delimiter row, as below the head of a table."""
    return "-" in line and "|" in line and _DELIMITER.match(line) is not None


class MarkdownTable:
    """The columns of a table: alignments and natural widths. `version` counts changes of the widths."""

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
        """Return whether a line continues this table."""
        return line.lstrip().startswith("|") if self.piped else "|" in line

    def widen_for_row(self, line: str) -> None:
        """Widen the columns for a complete row."""
        before = self._get_wanted_widths()
        self._growing = [0] * len(self._natural)
        for column, width in enumerate(self._widths_of(line)):
            self._natural[column] = max(self._natural[column], width)
        self._note_change(before)

    def widen_for_growing_row(self, line: str) -> None:
        """Widen the columns for a growing row, in steps of `GROWTH_STEP_CELLS`."""
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
        """Return the width of each column in `room` cells; None if the columns do not fit."""
        if room not in self._allotted:
            if len(self._allotted) > 8:
                self._allotted.clear()
            self._allotted[room] = _allot_widths(
                self._get_wanted_widths(), room - SEPARATOR_CELLS * (len(self._natural) - 1)
            )
        return self._allotted[room]


def is_table_start(head: str, delimiter: str) -> bool:
    """Return whether two lines are the head and the delimiter row of a table."""
    count = len(split_cells(delimiter))
    return "|" in head and len(split_cells(head)) == count and (count > 1 or head.lstrip().startswith("|"))


def _allot_widths(natural: list[int], room: int) -> list[int] | None:
    """Divide `room`: narrow columns get their natural width, wide ones equal parts of the rest."""
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
