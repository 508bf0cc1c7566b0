"""The block of lines of a table, in columns or, where they have no room, with cells below each other."""

from __future__ import annotations

from itertools import pairwise

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.transcript.blocks import MIN_TEXT_CELLS, LineBlock, slice_spans
from roundtable_tui.tui.widgets.transcript.markdown.inline import Inline
from roundtable_tui.tui.widgets.transcript.markdown.table import Cell, MarkdownTable, lex_cell, split_cells
from roundtable_tui.tui.widgets.transcript.styles import Attr, Piece, Role, Row
from roundtable_tui.tui.widgets.transcript.wrap import wrap

TABLE_HEAD_LINE, TABLE_DELIMITER_LINE, TABLE_ROW_LINE = range(3)
_COLUMN_SEPARATOR: Piece = (" │ ", Role.TABLE_LINE)


class TableBlock(LineBlock):
    """Lines of one table, in columns whose widths are those of the whole table."""

    FULL = 32
    __slots__ = ("_version", "table")

    def __init__(
        self, table: MarkdownTable, work: list[int], base: int = Role.TEXT, margin: tuple[Piece, ...] = ()
    ) -> None:
        super().__init__(work, base, margin)
        self.table = table
        self._version = -1

    def fits(self, width: int) -> bool:
        """Return whether the rows are wrapped to `width` cells and to the current columns."""
        return self.width == width and self._version == self.table.version

    def layout(self, width: int) -> None:
        """Wrap to `width` cells and the current columns."""
        self._version = self.table.version
        super().layout(width)

    @property
    def _widths(self) -> list[int] | None:
        return self.table.allot_widths(max(1, self.width - self.inset))

    def _wrap(self, line: int) -> None:
        self.work[0] += 1
        widths = self._widths
        if widths is None:
            self._add_rows(line, list(range(len(self._wrap_stacked(line)))))
        elif self.kinds[line] == TABLE_DELIMITER_LINE:
            self._add_rows(line, [0])
        else:
            self._add_rows(line, list(range(max(map(len, self._wrap_columns(line, widths))))))

    def _wrap_stacked(self, line: int) -> list[Row]:
        """Return the rows of a line with its cells below each other, for a width too small for columns."""
        kind = self.kinds[line]
        if kind == TABLE_DELIMITER_LINE:
            return []
        room = max(MIN_TEXT_CELLS, self.width - self.inset) - 2
        if kind == TABLE_HEAD_LINE:
            text = " · ".join(self.table.heads)
            ends = [0, *wrap(text, room + 2), len(text)]
            return [([(text[a:b].rstrip(), Role.TABLE_HEAD)], self.base) for a, b in pairwise(ends)]
        out: list[Row] = []
        for column, source in enumerate(split_cells(self._lines[line])[: len(self.table)]):
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
                    pieces = slice_spans(text, spans, a, end, role) if end > a else []
                    out.append(([(sign, Role.BULLET), *pieces], self.base))
                label = ""
        return out

    def _wrap_columns(self, line: int, widths: list[int]) -> list[list[tuple[Inline, int, int]]]:
        """Return for each column the rows of its cell: (line of the cell, start, end)."""
        growing = self._growing and line == len(self._lines) - 1
        sources = split_cells(self._lines[line])[: len(widths)]
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
            pieces += self._wrap_stacked(line)[nth][0]
        elif self.kinds[line] == TABLE_DELIMITER_LINE:
            pieces.append(("─┼─".join("─" * width for width in widths), Role.TABLE_LINE))
        else:
            role = Role.TABLE_HEAD if self.kinds[line] == TABLE_HEAD_LINE else self.base
            for column, side in enumerate(self._wrap_columns(line, widths)):
                if column:
                    pieces.append(_COLUMN_SEPARATOR)
                shown = side[nth] if nth < len(side) else (Inline(""), 0, 0)
                pieces.extend(self._pad_cell(*shown, widths[column], self.table.aligns[column], role))
        return [piece for piece in pieces if piece[0]], self.base

    def _pad_cell(
        self, shown: Inline, start: int, end: int, width: int, align: tuple[bool, bool], role: int
    ) -> list[Piece]:
        """Return a row of a cell, padded according to the alignment of its column."""
        while end > start and shown.text[end - 1] == " ":
            end -= 1
        pieces = slice_spans(shown.text, shown.spans, start, end, role) if end > start else []
        spare = max(0, width - sum(measure_cells(text) for text, _ in pieces))
        left = spare // 2 if align == (True, True) else spare if align == (False, True) else 0
        return [(" " * left, role), *pieces, (" " * (spare - left), role)]

    def text(self, index: int) -> str:
        """Return the source line for its first row, "" for the others."""
        return self._lines[self._rows[index]] if self._columns[index] == 0 else ""
