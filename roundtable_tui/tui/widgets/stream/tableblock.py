"""Some rows of a table as a block."""

from __future__ import annotations

from itertools import pairwise

from roundtable_tui.tui.widgets.stream.block import LEAST, LineBlock, cut
from roundtable_tui.tui.widgets.stream.cells import width_of
from roundtable_tui.tui.widgets.stream.inline import Inline
from roundtable_tui.tui.widgets.stream.looks import Attr, Piece, Role, Row
from roundtable_tui.tui.widgets.stream.table import Cell, Table, cells_of, lex_cell
from roundtable_tui.tui.widgets.stream.wrap import wrap

HEAD, DELIMITER, ROW = range(3)
_LINE: Piece = (" │ ", Role.TABLE_LINE)


class TableBlock(LineBlock):
    """Lines of one table; its rows lie side by side in columns that the whole table agrees on."""

    FULL = 32
    __slots__ = ("_version", "table")

    def __init__(
        self, table: Table, work: list[int], base: int = Role.TEXT, margin: tuple[Piece, ...] = ()
    ) -> None:
        super().__init__(work, base, margin)
        self.table = table
        self._version = -1

    def fits(self, width: int) -> bool:
        """Tell whether the rows are those of `width` cells and of the columns as they are now."""
        return self.width == width and self._version == self.table.version

    def layout(self, width: int) -> None:
        """Lay the rows out anew."""
        self._version = self.table.version
        super().layout(width)

    @property
    def _widths(self) -> list[int] | None:
        return self.table.widths(max(1, self.width - self.inset))

    def _wrap(self, line: int) -> None:
        self.work[0] += 1
        widths = self._widths
        if widths is None:
            self._put(line, list(range(len(self._list(line)))))
        elif self.kinds[line] == DELIMITER:
            self._put(line, [0])
        else:
            self._put(line, list(range(max(map(len, self._sides(line, widths))))))

    def _list(self, line: int) -> list[Row]:
        """Return the rows of a line where there is no room for columns: its cells one below the other."""
        kind = self.kinds[line]
        if kind == DELIMITER:
            return []
        room = max(LEAST, self.width - self.inset - 2)
        if kind == HEAD:
            text = " · ".join(self.table.heads)
            ends = [0, *wrap(text, room + 2), len(text)]
            return [([(text[a:b].rstrip(), Role.TABLE_HEAD)], self.base) for a, b in pairwise(ends)]
        out: list[Row] = []
        for column, source in enumerate(cells_of(self._lines[line])[: len(self.table)]):
            cell = lex_cell(source)
            label = f"{self.table.heads[column]}: " if column else ""
            for part in cell.lines:
                text = label + part.text
                spans = tuple((a + len(label), b + len(label), look) for a, b, look in part.spans)
                if label:
                    spans = ((0, len(label), Attr.TARGET), *spans)
                role = self.base if column else Role.TABLE_HEAD
                for a, b in pairwise([0, *wrap(text, room), len(text)]):
                    sign = "• " if not (column or out) else "  "
                    end = a + len(text[a:b].rstrip())
                    pieces = cut(text, spans, a, end, role) if end > a else []
                    out.append(([(sign, Role.BULLET), *pieces], self.base))
                label = ""
        return out

    def _sides(self, line: int, widths: list[int]) -> list[list[tuple[Inline, int, int]]]:
        """Return for each column the rows of its cell: (line of the cell, from, up to)."""
        growing = self._growing and line == len(self._lines) - 1
        sources = cells_of(self._lines[line])[: len(widths)]
        cells = [lex_cell(source, growing=growing) for source in sources]
        cells += [Cell((Inline(""),), 0)] * (len(widths) - len(cells))
        sides: list[list[tuple[Inline, int, int]]] = []
        for cell, width in zip(cells, widths, strict=True):
            side: list[tuple[Inline, int, int]] = []
            for part in cell.lines:
                starts = [0, *wrap(part.text, max(2, width))]
                side.extend(zip([part] * len(starts), starts, [*starts[1:], len(part.text)], strict=True))
            sides.append(side)
        return sides

    def row(self, index: int) -> Row:
        """Return the pieces of one row."""
        line, nth = self._rows[index], self._columns[index]
        widths = self._widths
        pieces: list[Piece] = list(self.margin)
        if widths is None:
            pieces += self._list(line)[nth][0]
        elif self.kinds[line] == DELIMITER:
            pieces.append(("─┼─".join("─" * width for width in widths), Role.TABLE_LINE))
        else:
            role = Role.TABLE_HEAD if self.kinds[line] == HEAD else self.base
            for column, side in enumerate(self._sides(line, widths)):
                if column:
                    pieces.append(_LINE)
                shown = side[nth] if nth < len(side) else (Inline(""), 0, 0)
                pieces.extend(self._cell(*shown, widths[column], self.table.aligns[column], role))
        return [piece for piece in pieces if piece[0]], self.base

    def _cell(
        self, shown: Inline, start: int, end: int, width: int, align: tuple[bool, bool], role: int
    ) -> list[Piece]:
        """Return a row of a cell, padded on the side or sides its column asks for."""
        while end > start and shown.text[end - 1] == " ":
            end -= 1
        pieces = cut(shown.text, shown.spans, start, end, role) if end > start else []
        spare = max(0, width - sum(width_of(text) for text, _ in pieces))
        left = spare // 2 if align == (True, True) else spare if align == (False, True) else 0
        return [(" " * left, role), *pieces, (" " * (spare - left), role)]

    def text(self, index: int) -> str:
        """Return the line as it was written, at its first row."""
        return self._lines[self._rows[index]] if self._columns[index] == 0 else ""

    def goes_on(self, index: int) -> bool:
        """Tell whether the line goes on in the next row."""
        return index + 1 < len(self._rows) and self._rows[index + 1] == self._rows[index]
