"""The block of lines of Markdown. While the last line grows, only its last row is wrapped again."""

from __future__ import annotations

from bisect import bisect_right

from roundtable_tui.tui.widgets.transcript.blocks import MIN_TEXT_CELLS, LineBlock, slice_spans
from roundtable_tui.tui.widgets.transcript.markdown.lines import RenderedLine, fit_prefix, render_line
from roundtable_tui.tui.widgets.transcript.styles import Piece, Role, Row
from roundtable_tui.tui.widgets.transcript.wrap import wrap


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
        self._unpack()[line], self.kinds[line], self.extras[line] = text, kind, extra
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


def _is_continuation(old: RenderedLine, new: RenderedLine) -> bool:
    """Return whether the rows of `old`, except the last, are also rows of `new`."""
    return old.lead_width == new.lead_width and old.stretch == new.stretch and new.text.startswith(old.text)
