"""Blocks of rows. A transcript is a list of them, each small enough to be wrapped again at little cost."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import count

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.transcript.markdown.inline import Span
from roundtable_tui.tui.widgets.transcript.packed_lines import PackedLines, find_lines
from roundtable_tui.tui.widgets.transcript.styles import Piece, Role, Row

_serials = count(1)
MIN_TEXT_CELLS = 8
"""Minimum width in cells for the text of a row after its indent."""


class Block:
    """Some rows of a transcript. `serial` identifies their content in caches."""

    __slots__ = ("changed_from", "height", "index", "serial", "width")

    def __init__(self) -> None:
        self.serial = next(_serials)
        self.index = -1
        self.height = 0
        self.width = 0
        """The width in cells that the rows are wrapped to; 0 while the height is an estimate."""
        self.changed_from: int | None = None
        """The first row that has changed since the last drawing; None for none."""

    def layout(self, width: int) -> None:
        """Wrap to `width` cells."""
        self.width = width
        self.invalidate()

    def fits(self, width: int) -> bool:
        """Return whether the rows are wrapped to `width` cells."""
        return self.width == width

    def invalidate(self) -> None:
        """Take a new serial, so that cached rows are not used any more."""
        self.serial = next(_serials)

    def row(self, index: int) -> Row:
        """Return the pieces of one row."""
        raise NotImplementedError

    def text(self, index: int) -> str:
        """Return a row as text for copying; the rows of a line can be concatenated."""
        return "".join(piece for piece, _ in self.row(index)[0])

    def continues_line(self, index: int) -> bool:
        """Return whether the next row belongs to the same line."""
        return False

    def locate_row(self, row: int) -> tuple[int, int]:
        """Return (line, column) of the start of a row, which do not depend on the width."""
        return row, 0

    def find_row(self, line: int, column: int) -> int:
        """Return the row that shows a column of a line."""
        return max(0, min(line, self.height - 1))


class LineBlock(Block):
    """Up to `FULL` lines. Two arrays hold the start of each row: its line, and the column in that line."""

    FULL = 64
    __slots__ = ("_columns", "_growing", "_lines", "_rows", "base", "inset", "kinds", "margin", "work")
    _lines: list[str] | PackedLines
    """A list while lines are added; packed once the block is complete."""

    def __init__(self, work: list[int], base: int = Role.TEXT, margin: tuple[Piece, ...] = ()) -> None:
        super().__init__()
        self._lines = []
        self.kinds = bytearray()
        self._rows = array("H")
        self._columns = array("H")
        self._growing = False
        """Whether the last line is not complete yet."""
        self.work = work
        self.base = base
        self.margin = margin
        self.inset = sum(measure_cells(text) for text, _ in margin)

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def is_full(self) -> bool:
        """Whether the block takes no more lines."""
        return len(self._lines) >= self.FULL

    @property
    def last(self) -> tuple[int, str]:
        """The kind and text of the last line."""
        return self.kinds[-1], self._lines[-1]

    def layout(self, width: int) -> None:
        """Wrap all lines to `width`."""
        super().layout(width)
        self._rows, self._columns = array("H"), array("H")
        for line in range(len(self._lines)):
            self._wrap(line)
        self.height = len(self._rows)

    def add(self, kind: int, text: str, *, growing: bool = False) -> None:
        """Append a line."""
        self._touch(self.height)
        self._unpack().append(text)
        self.kinds.append(kind)
        self._growing = growing
        if not self.width:
            self.height += 1
            return
        self._wrap(len(self._lines) - 1)
        self.height = len(self._rows)

    def grow(self, kind: int, text: str) -> None:
        """Replace the text of the growing line."""
        self.drop()
        self.add(kind, text, growing=True)

    def drop(self) -> tuple[int, str]:
        """Remove the last line; return its kind and text."""
        if self.width:
            first = bisect_right(self._rows, len(self._lines) - 2)
            del self._rows[first:], self._columns[first:]
            self.height = len(self._rows)
        else:
            self.height -= 1
        self._touch(self.height)
        self._growing = False
        return self.kinds.pop(), self._unpack().pop()

    def pack(self) -> None:
        """Store the lines in one string; the next change stores them one by one again."""
        if isinstance(self._lines, list):
            self._lines = PackedLines.join(self._lines)

    def share_lines(self, text: str, at: int) -> int:
        """Store the lines as slices of `text`, from `at` on, if all are in it; return where the last ends."""
        found, at = find_lines([self._lines[line] for line in range(len(self))], text, at)
        if found is None:
            self.pack()
        else:
            self._lines = found
        return at

    def _unpack(self) -> list[str]:
        """Return the lines as a list to change."""
        lines = self._lines
        if not isinstance(lines, list):
            lines = self._lines = [lines[line] for line in range(len(lines))]
        return lines

    def _touch(self, row: int) -> None:
        if self.changed_from is None or row < self.changed_from:
            self.changed_from = row

    def _wrap(self, line: int) -> None:
        """Append the rows of a line."""
        raise NotImplementedError

    def _add_rows(self, line: int, starts: list[int]) -> None:
        self._rows.extend([line] * len(starts))
        self._columns.extend(starts)
        self.work[1] += len(starts)

    def continues_line(self, index: int) -> bool:
        """Return whether the line continues in the next row."""
        return index + 1 < len(self._rows) and self._rows[index + 1] == self._rows[index]

    def locate_row(self, row: int) -> tuple[int, int]:
        """Return (line, column) of the start of a row."""
        return (self._rows[row], self._columns[row]) if row < len(self._rows) else (len(self._lines), 0)

    def find_row(self, line: int, column: int) -> int:
        """Return the row that shows a column of a line."""
        first = bisect_right(self._rows, line - 1)
        last = bisect_right(self._rows, line)
        return max(0, first, bisect_right(self._columns, column, first, last) - 1)


def slice_spans(text: str, spans: tuple[Span, ...], start: int, end: int, role: int) -> list[Piece]:
    """Split text[start:end] into pieces of one style each."""
    pieces: list[Piece] = []
    at = start
    for first, last, attr in spans:
        if first >= end:
            break
        first, last = max(first, at), min(last, end)
        if last <= at:
            continue
        if first > at:
            pieces.append((text[at:first], role))
        pieces.append((text[first:last], role | attr))
        at = last
    if at < end:
        pieces.append((text[at:end], role))
    return pieces
