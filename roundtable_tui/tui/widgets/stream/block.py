"""Blocks: a transcript is a list of them, each so small that wrapping it again costs nothing to speak of."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import count

from .cells import graphemes, is_plain, width_of
from .lines import Dressed, dress
from .looks import Piece, Role, Row
from .wrap import wrap

_serials = count(1)
LEAST = 8
"""Cells that a row has for its text at least, whatever stands before it."""


class Block:
    """Some rows of a transcript. `serial` changes when rows that were there may have changed."""

    __slots__ = ("changed_from", "height", "index", "serial", "width")

    def __init__(self) -> None:
        self.serial = next(_serials)
        self.index = -1
        self.height = 0
        self.width = 0
        """The width in cells its rows are wrapped to; 0 while its height is a guess."""
        self.changed_from: int | None = None
        """The first row that has changed since the last drawing."""

    def layout(self, width: int) -> None:
        """Wrap to `width` cells."""
        self.width = width
        self.renew()

    def renew(self) -> None:
        """Make sure that nobody takes a row drawn before for one of now."""
        self.serial = next(_serials)

    def row(self, index: int) -> Row:
        """Return the pieces of one row."""
        raise NotImplementedError

    def text(self, index: int) -> str:
        """Return what a row says, for copying."""
        return "".join(piece for piece, _ in self.row(index)[0]).rstrip()

    def goes_on(self, index: int) -> str | None:
        """Return what joins this row to the next of the same line; None at the end of a line."""
        return None

    def place(self, row: int) -> tuple[int, int]:
        """Return (line, column) of the beginning of a row: the same after wrapping to another width."""
        return row, 0

    def find(self, line: int, column: int) -> int:
        """Return the row in which a column of a line is shown."""
        return max(0, min(line, self.height - 1))


class TextBlock(Block):
    """Up to `FULL` lines of Markdown; where rows begin stands in two arrays of integers: line, column."""

    FULL = 64
    __slots__ = (
        "_columns",
        "_last",
        "_lines",
        "_rows",
        "base",
        "indents",
        "inset",
        "kinds",
        "margin",
        "work",
    )

    def __init__(self, work: list[int], base: int = Role.TEXT, margin: tuple[Piece, ...] = ()) -> None:
        super().__init__()
        self.margin = margin
        self.inset = sum(width_of(text) for text, _ in margin)
        self._lines: list[str] = []
        self.kinds = bytearray()
        self.indents = bytearray()
        self._rows = array("H")
        self._columns = array("H")
        self._last: Dressed | None = None
        """The growing line as it is shown, while there is one."""
        self.base = base
        self.work = work

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def full(self) -> bool:
        """Whether the next line belongs to another block."""
        return len(self._lines) >= self.FULL

    def layout(self, width: int) -> None:
        """Wrap all lines to `width`."""
        super().layout(width)
        self._rows, self._columns = array("H"), array("H")
        last = len(self._lines) - 1
        for line in range(len(self._lines)):
            growing = line == last and self._last is not None
            dressed = self._dressed(line, growing)
            if growing:
                self._last = dressed
            self._wrap(line, dressed)
        self.height = len(self._rows)

    def add(self, kind: int, text: str, indent: int = 0, *, growing: bool = False) -> None:
        """Add a line at the end."""
        self._touch(self.height)
        self._lines.append(text)
        self.kinds.append(kind)
        self.indents.append(indent)
        if not self.width:
            self.height += 1
            self._last = Dressed() if growing else None
            return
        dressed = self._dressed(len(self._lines) - 1, growing)
        self._last = dressed if growing else None
        self._wrap(len(self._lines) - 1, dressed)
        self.height = len(self._rows)

    def grow(self, kind: int, text: str, indent: int = 0) -> None:
        """Give the growing line its new text; its rows are wrapped on from the last one where possible."""
        line = len(self._lines) - 1
        old, same_kind = self._last, self.kinds[line] == kind
        self._lines[line] = text
        self.kinds[line] = kind
        self.indents[line] = indent
        if not self.width:
            return
        new = self._last = self._dressed(line, True)
        first = bisect_right(self._rows, line - 1)
        if (
            same_kind
            and old is not None
            and old.lead_width == new.lead_width
            and old.stretch == new.stretch
            and new.text.startswith(old.text)
        ):
            keep = max(first, len(self._rows) - 1)
            if old.lead != new.lead or old.role != new.role or old.spans != new.spans[: len(old.spans)]:
                self._touch(first)
            else:
                self._touch(keep)
            start = self._columns[keep]
            more = wrap(new.text, self._room(new), start, hard=new.hard)
            self._columns.extend(more)
            self._rows.extend([line] * len(more))
            self.work[1] += 1 + len(more)
        else:
            self._touch(first)
            del self._rows[first:], self._columns[first:]
            self._wrap(line, new)
        self.height = len(self._rows)

    def drop(self) -> tuple[int, str]:
        """Take the last line away; return its kind and text."""
        line = len(self._lines) - 1
        if self.width:
            first = bisect_right(self._rows, line - 1)
            del self._rows[first:], self._columns[first:]
            self.height = len(self._rows)
        else:
            self.height -= 1
        self._touch(self.height)
        self._last = None
        self.indents.pop()
        return self.kinds.pop(), self._lines.pop()

    def _touch(self, row: int) -> None:
        if self.changed_from is None or row < self.changed_from:
            self.changed_from = row

    def _dressed(self, line: int, growing: bool = False) -> Dressed:
        self.work[0] += 1
        return dress(self.kinds[line], self._lines[line], indent=self.indents[line], growing=growing)

    def _room(self, dressed: Dressed) -> int:
        return max(LEAST, self.width - self.inset - dressed.lead_width)

    def _wrap(self, line: int, dressed: Dressed) -> None:
        starts = wrap(dressed.text, self._room(dressed), hard=dressed.hard)
        self._rows.append(line)
        self._columns.append(0)
        if starts:
            self._columns.extend(starts)
            self._rows.extend([line] * len(starts))
        self.work[1] += 1 + len(starts)

    def dressed_at(self, row: int) -> tuple[Dressed, int, int]:
        """Return the line that a row shows, and the columns from which and up to which it shows it."""
        line, start = self._rows[row], self._columns[row]
        last = self._last is not None and line == len(self._lines) - 1
        dressed = self._last if last and self._last is not None else self._dressed(line)
        more = row + 1 < len(self._rows) and self._rows[row + 1] == line
        end = self._columns[row + 1] if more else len(dressed.text)
        return dressed, start, end

    def row(self, index: int) -> Row:
        """Return the pieces of one row: what leads it, then its text by spans."""
        dressed, start, end = self.dressed_at(index)
        if dressed.stretch:
            room = self.width - self.inset
            return [*self.margin, (dressed.stretch * room, dressed.role)], self.base
        lead = dressed.hang if start else dressed.lead
        base = self.base
        pieces: list[Piece] = [*self.margin, *((text, look or base) for text, look in lead)]
        role = dressed.role or base
        fill = dressed.fill or base
        if not dressed.hard:
            while end > start and dressed.text[end - 1] == " ":
                end -= 1
        if end > start:
            pieces.extend(cut(dressed, start, end, role))
        return pieces, fill

    def text(self, index: int) -> str:
        """Return what a row says; what leads its line stands before the first row only."""
        dressed, start, end = self.dressed_at(index)
        lead = "" if start else "".join(piece for piece, _ in dressed.lead)
        return lead + dressed.text[start:end].rstrip() if not dressed.stretch else "---"

    def goes_on(self, index: int) -> str | None:
        """Return " " or "" where the line goes on in the next row."""
        if index + 1 >= len(self._rows) or self._rows[index + 1] != self._rows[index]:
            return None
        dressed, _, end = self.dressed_at(index)
        return " " if dressed.text[end - 1] == " " else ""

    def place(self, row: int) -> tuple[int, int]:
        """Return (line, column) of the beginning of a row."""
        return (self._rows[row], self._columns[row]) if row < len(self._rows) else (len(self._lines), 0)

    def find(self, line: int, column: int) -> int:
        """Return the row in which a column of a line is shown."""
        first = bisect_right(self._rows, line - 1)
        last = bisect_right(self._rows, line)
        return max(0, first, bisect_right(self._columns, column, first, last) - 1)


def cut(dressed: Dressed, start: int, end: int, role: int) -> list[Piece]:
    """Return text[start:end] of a dressed line in pieces of one look each."""
    text = dressed.text
    if not dressed.spans:
        return [(text[start:end], role)]
    sound = (
        None if is_plain(text[start:end]) else {start + first for first, _, _ in graphemes(text[start:end])}
    )
    pieces: list[Piece] = []
    at = start
    for first, last, attr in dressed.spans:
        if last <= at:
            continue
        if first >= end:
            break
        for edge, look in ((max(first, at), role), (min(last, end), role | attr)):
            while sound is not None and edge not in sound and edge < end:
                edge += 1
            if edge > at:
                pieces.append((text[at:edge], look))
                at = edge
    if at < end:
        pieces.append((text[at:end], role))
    return pieces
