"""The answer or the reasoning of a turn: turns pieces of a stream into lines in blocks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from roundtable_tui.tui.widgets.cells import simplify_emoji
from roundtable_tui.tui.widgets.transcript.blocks import Block, LineBlock
from roundtable_tui.tui.widgets.transcript.markdown.lines import Fence, LineKind, classify_line, pack_fence
from roundtable_tui.tui.widgets.transcript.markdown.table import MarkdownTable, is_delimiter, is_table_start
from roundtable_tui.tui.widgets.transcript.styles import Piece, Role
from roundtable_tui.tui.widgets.transcript.table_block import (
    TABLE_DELIMITER_LINE,
    TABLE_HEAD_LINE,
    TABLE_ROW_LINE,
    TableBlock,
)
from roundtable_tui.tui.widgets.transcript.text_block import TextBlock
from roundtable_tui.utils.text import sanitize

MAX_LINE_CHARS = 2048
"""Length at which a line is split into pieces, at a space if possible."""
_MAX_OVERRUN_CHARS = 64
_MAX_BACKTRACK_CHARS = 256
_MAX_PIECES = 256
_MIN_LARGE_PIECE_CHARS = 8192
_MAX_PARSE_CHARS = 1 << 18
"""Characters parsed by one call of `parse_pending` at most."""


class TextPart:
    """A growing text. `feed` only stores a piece; `parse_pending` makes lines of all new pieces."""

    def __init__(
        self,
        insert: Callable[[LineBlock], None],
        remove: Callable[[LineBlock], None],
        touch: Callable[[Block], None],
        *,
        work: list[int],
        base: int = Role.TEXT,
        margin: tuple[Piece, ...] = (),
    ) -> None:
        self._insert, self._remove, self._touch = insert, remove, touch
        self._work, self._base, self._margin = work, base, margin
        self._raw: list[str] = []
        self._pending: list[str] = []
        self.size = 0
        """Characters received."""
        self.has_pending = False
        """Whether `parse_pending` has left text for the next call."""
        self.is_closed = False
        """Whether the text is complete, and with it its last line."""
        self._whole: str | None = None
        """The complete text as another object holds it, to replace the received pieces."""
        self.blocks: list[LineBlock] = []
        self._restart()

    def _restart(self) -> None:
        self._open = ""
        self._rest = False
        self._growing = False
        self._blank = False
        self._fence: Fence | None = None
        self._table: MarkdownTable | None = None
        self._shared = False
        """Whether the lines are stored as slices of the complete text."""

    @property
    def is_empty(self) -> bool:
        """Whether no text was received."""
        return not (self._raw or self._pending)

    def feed(self, text: str) -> None:
        """Store the next piece of the stream. After the end of the text its last line grows again."""
        if self.is_closed:
            self.drop_lines()
            self.is_closed = False
        self.size += len(text)
        self._pending.append(text)
        if len(self._pending) > 2 * _MAX_PIECES:
            self._pending = ["".join(self._pending)]

    def share_text(self, whole: str) -> None:
        """Hold `whole` instead of the pieces once all are parsed, if they are the same text."""
        self._whole = whole
        if not self._raw and self._pending and self.text() == whole:
            self._pending = [whole]

    def text(self) -> str:
        """Return the raw text."""
        return "".join(self._raw) + "".join(self._pending)

    def tail(self, count: int) -> str:
        """Return the last `count` characters."""
        taken: list[str] = []
        for piece in (*reversed(self._pending), *reversed(self._raw)):
            taken.append(piece[-count:])
            count -= len(piece)
            if count <= 0:
                break
        return "".join(reversed(taken))

    def drop_lines(self) -> None:
        """Remove the lines but keep the text; the next `parse_pending` makes them again."""
        for block in self.blocks:
            self._remove(block)
        self.blocks.clear()
        self._pending = [self.text()]
        self._raw.clear()
        self._restart()

    def clear(self) -> None:
        """Remove all text."""
        self.drop_lines()
        self._pending.clear()
        self._whole = None
        self.size = 0
        self.is_closed = False

    def parse_pending(self, width: int) -> None:
        """Make lines of the text received since the last call, wrapped to `width` unless it is very long."""
        waiting = "".join(self._pending)
        end = min(len(waiting), _MAX_PARSE_CHARS)
        if end and "\ud800" <= waiting[end - 1] <= "\udbff":
            end -= 1  # Half of a surrogate pair: the other half is in the next piece.
        piece, rest = waiting[:end], waiting[end:]
        self._pending = [rest] if rest else []
        self.has_pending = len(rest) > 1
        if not piece:
            self._close_line(width)
            return
        self._raw.append(piece)
        if len(self._raw) > _MAX_PIECES:
            self._raw[-_MAX_PIECES:] = ["".join(self._raw[-_MAX_PIECES:])]
        if len(piece) > _MIN_LARGE_PIECE_CHARS:
            width = 0
        lines = (self._open + simplify_emoji(sanitize(piece))).split("\n")
        last = lines.pop()
        if lines or len(last) > MAX_LINE_CHARS + _MAX_OVERRUN_CHARS:
            self._drop_growing()
            for line in lines:
                self._add_line(self._split_long_line(line, width), width)
                self._rest = False
            last = self._split_long_line(last, width)
        self._open = last
        if last:
            self._update_growing(last, width)
        self._close_line(width)

    def _close_line(self, width: int) -> None:
        """Complete the growing line once the text is complete."""
        if not self.is_closed or self._pending:
            return
        if self._whole is not None and self.text() == self._whole:
            self._raw, self._shared = [self._whole], False
        self._whole = None
        if self._open:
            line, self._open = self._open, ""
            self._drop_growing()
            self._add_line(self._split_long_line(line, width), width)
            self._rest = False
        if self._raw and not self._shared:
            self._share_lines()

    def _share_lines(self) -> None:
        """Store the lines as slices of the complete text where they are in it as they are."""
        self._shared, at = True, 0
        self._raw = ["".join(self._raw)]
        for block in self.blocks:
            at = block.share_lines(self._raw[0], at)

    def _split_long_line(self, line: str, width: int) -> str:
        """Add the pieces of a very long line; return the rest of it."""
        at, size = 0, len(line)
        while size - at > MAX_LINE_CHARS + _MAX_OVERRUN_CHARS:
            end = _find_cut(line, at)
            self._add_line(line[at:end], width)
            self._rest = True
            at = end
        return line[at:] if at else line

    def _classify_line(self, text: str, growing: bool) -> tuple[int, Fence | None]:
        fence = self._fence
        if self._rest:
            return (LineKind.CODE if fence else LineKind.REST), fence
        if growing and fence is not None and (bare := text.strip()) and not bare.strip(fence.char):
            return LineKind.CLOSE, fence
        return classify_line(text, fence)

    def _add_line(self, text: str, width: int) -> None:
        """Add a complete line. Several blank lines count as one, and none is added at the end."""
        kind, after = self._classify_line(text, False)
        extra = pack_fence(after or self._fence)
        self._fence = after
        if kind == LineKind.BLANK:
            self._blank = bool(self.blocks)
            self._table = None
        elif self._is_table_row(kind, text):
            assert self._table is not None
            self._table.widen_for_row(text)
            self._get_table_block(self._table, width).add(TABLE_ROW_LINE, text)
        elif kind == LineKind.PROSE and is_delimiter(text) and self._is_table_head(text):
            head = self._drop_last()
            self._table = MarkdownTable(head, text)
            self._table.widen_for_row(head)
            block = self._get_table_block(self._table, width)
            block.add(TABLE_HEAD_LINE, head)
            block.add(TABLE_DELIMITER_LINE, text)
        else:
            self._table = None
            self._add_blank_line(width)
            self._get_text_block(width).add(kind, text, extra=extra)

    def _update_growing(self, text: str, width: int) -> None:
        """Show the line that is not complete yet."""
        kind, after = self._classify_line(text, True)
        extra = pack_fence(after or self._fence)
        if kind == LineKind.BLANK:
            return
        tabular = self._is_table_row(kind, text)
        if self._growing and isinstance(self.blocks[-1], TableBlock) != tabular:
            self._drop_growing()
        if tabular:
            assert self._table is not None
            self._table.widen_for_growing_row(text)
        if self._growing:
            block = self.blocks[-1]
            if isinstance(block, TextBlock):
                block.grow(kind, text, extra)
            else:
                block.grow(TABLE_ROW_LINE, text)
            self._touch(block)
            return
        self._growing = True
        if tabular:
            assert self._table is not None
            self._get_table_block(self._table, width).add(TABLE_ROW_LINE, text, growing=True)
        else:
            self._add_blank_line(width)
            self._get_text_block(width).add(kind, text, extra=extra, growing=True)

    def _is_table_row(self, kind: int, text: str) -> bool:
        """Return whether a line continues the table above it."""
        return (
            kind == LineKind.PROSE
            and not self._blank
            and self._table is not None
            and self._table.accepts_line(text)
        )

    def _is_table_head(self, delimiter: str) -> bool:
        """Return whether the line above a delimiter is the head of a table."""
        if self._blank or not self.blocks or not isinstance(self.blocks[-1], TextBlock):
            return False
        kind, text = self.blocks[-1].last
        return kind == LineKind.PROSE and is_table_start(text, delimiter)

    def _drop_growing(self) -> None:
        if self._growing:
            self._growing = False
            self._drop_last()

    def _drop_last(self) -> str:
        """Remove the last line, and its block if that is empty then; return the line."""
        block = self.blocks[-1]
        text = block.drop()[1]
        self._touch(block)
        if not len(block):
            self._remove(block)
            self.blocks.pop()
        return text

    def _add_blank_line(self, width: int) -> None:
        if self._blank:
            self._blank = False
            self._get_text_block(width).add(LineKind.BLANK, "")

    def _get_text_block(self, width: int) -> TextBlock:
        """Return the block for the next line of text."""
        last = self.blocks[-1] if self.blocks else None
        if not isinstance(last, TextBlock) or last.is_full:
            last = TextBlock(self._work, self._base, self._margin)
            self._append_block(last, width)
        self._touch(last)
        return last

    def _get_table_block(self, table: MarkdownTable, width: int) -> TableBlock:
        """Return the block for the next row of a table."""
        last = self.blocks[-1] if self.blocks else None
        if not isinstance(last, TableBlock) or last.is_full or last.table is not table:
            last = TableBlock(table, self._work, self._base, self._margin)
            self._append_block(last, width)
        self._touch(last)
        return last

    def _append_block(self, block: LineBlock, width: int) -> None:
        block.width = width
        if self.blocks:
            self.blocks[-1].pack()
        self.blocks.append(block)
        self._insert(block)


def _find_cut(text: str, at: int) -> int:
    """Return where to cut a long line that begins at `at`: after a space, never inside a grapheme."""
    space = text.rfind(" ", at + MAX_LINE_CHARS - _MAX_BACKTRACK_CHARS, at + MAX_LINE_CHARS)
    if space >= 0:
        return space + 1
    end = at + MAX_LINE_CHARS
    while end < at + MAX_LINE_CHARS + _MAX_OVERRUN_CHARS and unicodedata.combining(text[end]):
        end += 1
    return end
