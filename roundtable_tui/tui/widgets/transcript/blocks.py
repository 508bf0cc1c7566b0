"""Blocks of rows. A transcript is a list of them, each small enough to be wrapped again at little cost."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import count, pairwise

from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.tui.widgets.transcript.markdown.inline import Inline, Span
from roundtable_tui.tui.widgets.transcript.markdown.lines import RenderedLine, fit_prefix, render_line
from roundtable_tui.tui.widgets.transcript.markdown.table import Cell, MarkdownTable, lex_cell, split_cells
from roundtable_tui.tui.widgets.transcript.styles import Attr, Piece, Role, Row
from roundtable_tui.tui.widgets.transcript.wrap import wrap

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

    def __init__(self, work: list[int], base: int = Role.TEXT, margin: tuple[Piece, ...] = ()) -> None:
        super().__init__()
        self._lines: list[str] = []
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
        self._lines.append(text)
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
        return self.kinds.pop(), self._lines.pop()

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

    def locate_row(self, row: int) -> tuple[int, int]:
        """Return (line, column) of the start of a row."""
        return (self._rows[row], self._columns[row]) if row < len(self._rows) else (len(self._lines), 0)

    def find_row(self, line: int, column: int) -> int:
        """Return the row that shows a column of a line."""
        first = bisect_right(self._rows, line - 1)
        last = bisect_right(self._rows, line)
        return max(0, first, bisect_right(self._columns, column, first, last) - 1)


class TextBlock(LineBlock):
    """Lines of Markdown. `extras` holds the packed code fence of each line."""

    __slots__ = ("_shown", "extras")

    def __init__(self, work: list[int], base: int = Role.TEXT, margin: tuple[Piece, ...] = ()) -> None:
        super().__init__(work, base, margin)
        self.extras = bytearray()
        self._shown: RenderedLine | None = None
        """The growing line as rendered, while there is one."""

    def add(self, kind: int, text: str, *, growing: bool = False, extra: int = 0) -> None:
        """Append a line."""
        self.extras.append(extra)
        self._shown = None
        super().add(kind, text, growing=growing)

    def drop(self) -> tuple[int, str]:
        """Remove the last line; return its kind and text."""
        self.extras.pop()
        self._shown = None
        return super().drop()

    def grow(self, kind: int, text: str, extra: int = 0) -> None:
        """Replace the text of the growing line; wrap only its last row again where possible."""
        line = len(self._lines) - 1
        old, same_kind = self._shown, self.kinds[line] == kind
        self._lines[line], self.kinds[line], self.extras[line] = text, kind, extra
        if not self.width:
            return
        new = self._shown = self._render_line(line)
        first = bisect_right(self._rows, line - 1)
        if old is None or not (same_kind and _is_continuation(old, new)):
            self._touch(first)
            del self._rows[first:], self._columns[first:]
            self._wrap(line)
        else:
            last = len(self._rows) - 1
            same = old.role == new.role and old.lead == new.lead and old.spans == new.spans[: len(old.spans)]
            self._touch(last if same else first)
            self._add_rows(line, wrap(new.text, self._get_text_width(new), self._columns[last]))
        self.height = len(self._rows)

    def _render_line(self, line: int) -> RenderedLine:
        self.work[0] += 1
        growing = self._growing and line == len(self._lines) - 1
        rendered = render_line(self.kinds[line], self._lines[line], extra=self.extras[line], growing=growing)
        return fit_prefix(rendered, max(0, self.width - self.inset - MIN_TEXT_CELLS))

    def _get_text_width(self, rendered: RenderedLine) -> int:
        return max(MIN_TEXT_CELLS, self.width - self.inset - rendered.lead_width)

    def _wrap(self, line: int) -> None:
        rendered = self._render_line(line)
        if self._growing and line == len(self._lines) - 1:
            self._shown = rendered
        self._add_rows(line, [0, *wrap(rendered.text, self._get_text_width(rendered))])

    def get_rendered_line(self, row: int) -> tuple[RenderedLine, int, int]:
        """Return the line that a row shows, with its first and end column."""
        line, start = self._rows[row], self._columns[row]
        shown = self._shown if line == len(self._lines) - 1 else None
        rendered = shown or self._render_line(line)
        more = row + 1 < len(self._rows) and self._rows[row + 1] == line
        end = self._columns[row + 1] if more else len(rendered.text)
        return rendered, start, end

    def row(self, index: int) -> Row:
        """Return the pieces of one row: its lead, then its text by spans."""
        rendered, start, end = self.get_rendered_line(index)
        if rendered.stretch:
            room = self.width - self.inset
            return [*self.margin, (rendered.stretch * room, rendered.role)], self.base
        lead = rendered.hang if start else rendered.lead
        pieces: list[Piece] = [*self.margin, *((text, look or self.base) for text, look in lead)]
        while end > start and rendered.text[end - 1] == " ":
            end -= 1
        if end > start:
            pieces.extend(slice_spans(rendered.text, rendered.spans, start, end, rendered.role or self.base))
        return pieces, rendered.fill or self.base

    def text(self, index: int) -> str:
        """Return a row as text; only the first row of a line has its lead."""
        rendered, start, end = self.get_rendered_line(index)
        if rendered.stretch:
            return "---"
        copied = rendered.copy_text
        lead = "".join(piece for piece, _ in rendered.lead) if copied is None else copied
        return ("" if start else lead) + rendered.text[start:end]

    def continues_line(self, index: int) -> bool:
        """Return whether the line continues in the next row."""
        return index + 1 < len(self._rows) and self._rows[index + 1] == self._rows[index]


def _is_continuation(old: RenderedLine, new: RenderedLine) -> bool:
    """Return whether the rows of `old`, except the last, are also rows of `new`."""
    return old.lead_width == new.lead_width and old.stretch == new.stretch and new.text.startswith(old.text)


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


NOTES = {
    "done": ("✓", Role.NOTE_DONE),
    "cut": ("✂", Role.NOTE_CUT),
    "failed": ("✗", Role.NOTE_FAILED),
    "stopped": ("■", Role.NOTE_STOPPED),
    "waiting": ("◌", Role.NOTE_WAITING),
}


class HeadBlock(Block):
    """A rule with the title of a turn; below a blank row unless it is the first."""

    __slots__ = ("color", "first", "title")

    def __init__(self, title: str, first: bool, color: int = 0) -> None:
        super().__init__()
        self.title, self.first, self.color = title, first, color
        self.height = (0 if first else 1) + (1 if title else 0)

    def row(self, index: int) -> Row:
        """Return the blank row or the rule."""
        if not self.title or (index == 0 and not self.first):
            return [], Role.BLANK
        title = truncate_cells(self.title, max(1, self.width - 5))
        line = "─" * (self.width - measure_cells(title) - 5)
        return [
            ("── ", Role.RULE),
            (title, Role.SEAT + self.color if self.color else Role.TITLE),
            (f" {line}─", Role.RULE),
        ], Role.BLANK


class GapBlock(Block):
    """One blank row, or none."""

    def row(self, index: int) -> Row:
        """Return the blank row."""
        return [], Role.BLANK

    def show(self, shown: bool) -> bool:
        """Show or hide the row; return whether this was a change."""
        if self.height == int(shown):
            return False
        self.height = int(shown)
        self.changed_from = 0
        return True


class FoldBlock(Block):
    """The line above a turn's reasoning, or in place of it while that is folded."""

    __slots__ = ("head", "tail", "turn")

    def __init__(self, turn: str) -> None:
        super().__init__()
        self.turn = turn
        self.head = ""
        self.tail = ""

    def show(self, head: str, tail: str) -> bool:
        """Show `head` and the end of `tail` that fits; return whether this was a change."""
        if (head, tail) == (self.head, self.tail) and self.height:
            return False
        self.head, self.tail = head, tail
        self.height = 1
        self.changed_from = 0
        return True

    def hide(self) -> None:
        """Hide the line."""
        self.height = 0
        self.changed_from = 0

    def row(self, index: int) -> Row:
        """Return the line."""
        pieces: list[Piece] = [(truncate_cells(self.head, self.width), Role.FOLD)]
        room = self.width - measure_cells(self.head) - 3
        if self.tail and room >= MIN_TEXT_CELLS:
            pieces.append(("  …" + _take_last_words(self.tail, room - 1), Role.REASONING | Attr.ITALIC))
        return pieces, Role.BLANK


class NoteBlock(Block):
    """How a turn ended, or why it waits: a sign and wrapped text."""

    __slots__ = ("_starts", "kind", "note", "spaced")

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self.note = ""
        self.spaced = False
        self._starts: list[int] = []

    def show(self, kind: str, note: str, spaced: bool) -> None:
        """Show `note`, or nothing if `kind` is empty or plain success; `spaced` adds a blank row above."""
        self.kind, self.note, self.spaced = kind, note, spaced
        self.layout(self.width)
        self.changed_from = 0

    def layout(self, width: int) -> None:
        """Wrap the note."""
        super().layout(width)
        if not self.kind or not (self.note or self.kind != "done"):
            self.height = 0
            return
        self._starts = [0, *wrap(self.note, max(MIN_TEXT_CELLS, width - 2))]
        self.height = len(self._starts) + self.spaced

    def row(self, index: int) -> Row:
        """Return a row of the note."""
        index -= self.spaced
        if index < 0:
            return [], Role.BLANK
        sign, role = NOTES[self.kind]
        start = self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.note)
        return [("  " if index else f"{sign} ", role), (self.note[start:end].rstrip(), role)], Role.BLANK


def _take_last_words(text: str, width: int) -> str:
    """Return the end of a text that fits, from the start of a word if one is near."""
    if measure_cells(text) <= width:
        return text
    text = text[-width:]
    while measure_cells(text) > width:
        text = text[1:]
    space = text.find(" ", 0, 12)
    return text[space + 1 :] if space >= 0 else text


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
        room = max(MIN_TEXT_CELLS, self.width - self.inset - 2)
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

    def continues_line(self, index: int) -> bool:
        """Return whether the line continues in the next row."""
        return index + 1 < len(self._rows) and self._rows[index + 1] == self._rows[index]
