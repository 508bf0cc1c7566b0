"""One running text of a turn, its answer or its reasoning: from pieces of a stream to lines in blocks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from roundtable_tui.tui.widgets.transcript.blocks import (
    DELIMITER,
    HEAD,
    ROW,
    Block,
    LineBlock,
    TableBlock,
    TextBlock,
)
from roundtable_tui.tui.widgets.transcript.cells import steady
from roundtable_tui.tui.widgets.transcript.markdown.lines import Fence, Kind, extra_of, kind_of
from roundtable_tui.tui.widgets.transcript.markdown.table import Table, is_delimiter, matches
from roundtable_tui.tui.widgets.transcript.styles import Piece, Role
from roundtable_tui.utils.text import clean

LONGEST = 2048
"""Characters after which a line is kept in a further piece; it is cut at a space where there is one."""
_SLACK = 64
_BACK = 256
_MANY = 256
_LARGE = 8192
_BITE = 1 << 18
"""Characters that one `digest` makes lines of at most."""


class TextPart:
    """A text that only grows. `feed` costs nothing; `digest` makes lines of what has come since."""

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
        """Characters that have come."""
        self.behind = False
        """Whether `digest` has left some for the next time."""
        self.closed = False
        """Whether nothing more is to come: the last line is then a line like any other."""
        self.blocks: list[LineBlock] = []
        self._restart()

    def _restart(self) -> None:
        self._open = ""
        self._rest = False
        self._growing = False
        self._blank = False
        self._fence: Fence | None = None
        self._table: Table | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing has come at all."""
        return not (self._raw or self._pending)

    def feed(self, text: str) -> None:
        """Keep the next piece of the stream."""
        self.size += len(text)
        self.closed = False
        self._pending.append(text)
        if len(self._pending) > 2 * _MANY:
            self._pending = ["".join(self._pending)]

    def text(self) -> str:
        """Return all that has come, as it came."""
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

    def fold(self) -> None:
        """Give the lines up; the text stays, and the next `digest` makes them again."""
        for block in self.blocks:
            self._remove(block)
        self.blocks.clear()
        self._pending = [self.text()]
        self._raw.clear()
        self._restart()

    def clear(self) -> None:
        """Forget everything."""
        self.fold()
        self._pending.clear()
        self.size = 0
        self.closed = False

    def digest(self, width: int) -> None:
        """Make lines of what has come since the last time, wrapped to `width` unless there is a lot of it."""
        waiting = "".join(self._pending)
        end = min(len(waiting), _BITE)
        if end and "\ud800" <= waiting[end - 1] <= "\udbff":
            end -= 1  # half of a pair: the other half comes with the next piece
        piece, rest = waiting[:end], waiting[end:]
        self._pending = [rest] if rest else []
        self.behind = len(rest) > 1
        if not piece:
            self._close(width)
            return
        self._raw.append(piece)
        if len(self._raw) > _MANY:
            self._raw[-_MANY:] = ["".join(self._raw[-_MANY:])]
        if len(piece) > _LARGE:
            width = 0
        lines = (self._open + steady(clean(piece))).split("\n")
        last = lines.pop()
        if lines or len(last) > LONGEST + _SLACK:
            self._drop_growing()
            for line in lines:
                self._take(self._pieces(line, width), width)
                self._rest = False
            last = self._pieces(last, width)
        self._open = last
        if last:
            self._grow(last, width)
        self._close(width)

    def _close(self, width: int) -> None:
        """Take the growing line for whole, once nothing more is to come."""
        if self.closed and self._open and not self._pending:
            line, self._open = self._open, ""
            self._drop_growing()
            self._take(self._pieces(line, width), width)
            self._rest = False

    def _pieces(self, line: str, width: int) -> str:
        """Keep the pieces of a very long line, and return what is left of it."""
        at, size = 0, len(line)
        while size - at > LONGEST + _SLACK:
            end = _cut(line, at)
            self._take(line[at:end], width)
            self._rest = True
            at = end
        return line[at:] if at else line

    def _kind(self, text: str, growing: bool) -> tuple[int, Fence | None]:
        fence = self._fence
        if self._rest:
            return (Kind.CODE if fence else Kind.REST), fence
        if growing and fence is not None and (bare := text.strip()) and not bare.strip(fence.char):
            return Kind.CLOSE, fence
        return kind_of(text, fence)

    def _take(self, text: str, width: int) -> None:
        """Keep a closed line. Blank lines wait for what follows them, and several count as one."""
        kind, after = self._kind(text, False)
        extra = extra_of(after or self._fence)
        self._fence = after
        if kind == Kind.BLANK:
            self._blank = bool(self.blocks)
            self._table = None
        elif self._in_table(kind, text):
            assert self._table is not None
            self._table.fit(text)
            self._table_block(self._table, width).add(ROW, text)
        elif kind == Kind.PROSE and is_delimiter(text) and self._heads_table(text):
            head = self._drop_last()
            self._table = Table(head, text)
            self._table.fit(head)
            block = self._table_block(self._table, width)
            block.add(HEAD, head)
            block.add(DELIMITER, text)
        else:
            self._table = None
            self._space(width)
            self._text_block(width).add(kind, text, extra=extra)

    def _grow(self, text: str, width: int) -> None:
        """Show the line that has not ended yet."""
        kind, after = self._kind(text, True)
        extra = extra_of(after or self._fence)
        if kind == Kind.BLANK:
            return
        tabular = self._in_table(kind, text)
        if self._growing and isinstance(self.blocks[-1], TableBlock) != tabular:
            self._drop_growing()
        if tabular:
            assert self._table is not None
            self._table.stretch(text)
        if self._growing:
            block = self.blocks[-1]
            if isinstance(block, TextBlock):
                block.grow(kind, text, extra)
            else:
                block.grow(ROW, text)
            self._touch(block)
            return
        self._growing = True
        if tabular:
            assert self._table is not None
            self._table_block(self._table, width).add(ROW, text, growing=True)
        else:
            self._space(width)
            self._text_block(width).add(kind, text, extra=extra, growing=True)

    def _in_table(self, kind: int, text: str) -> bool:
        """Tell whether a line is the next row of the table before it."""
        return kind == Kind.PROSE and not self._blank and self._table is not None and self._table.takes(text)

    def _heads_table(self, delimiter: str) -> bool:
        """Tell whether the line before a delimiter is the head of a table."""
        if self._blank or not self.blocks or not isinstance(self.blocks[-1], TextBlock):
            return False
        kind, text = self.blocks[-1].last
        return kind == Kind.PROSE and matches(text, delimiter)

    def _drop_growing(self) -> None:
        if self._growing:
            self._growing = False
            self._drop_last()

    def _drop_last(self) -> str:
        """Take the last line away, and its block if it was alone in it."""
        block = self.blocks[-1]
        text = block.drop()[1]
        self._touch(block)
        if not len(block):
            self._remove(block)
            self.blocks.pop()
        return text

    def _space(self, width: int) -> None:
        if self._blank:
            self._blank = False
            self._text_block(width).add(Kind.BLANK, "")

    def _text_block(self, width: int) -> TextBlock:
        """Return the block that the next line of text goes to."""
        last = self.blocks[-1] if self.blocks else None
        if not isinstance(last, TextBlock) or last.full:
            last = TextBlock(self._work, self._base, self._margin)
            self._append(last, width)
        self._touch(last)
        return last

    def _table_block(self, table: Table, width: int) -> TableBlock:
        """Return the block that the next row of a table goes to."""
        last = self.blocks[-1] if self.blocks else None
        if not isinstance(last, TableBlock) or last.full or last.table is not table:
            last = TableBlock(table, self._work, self._base, self._margin)
            self._append(last, width)
        self._touch(last)
        return last

    def _append(self, block: LineBlock, width: int) -> None:
        block.width = width
        self.blocks.append(block)
        self._insert(block)


def _cut(text: str, at: int) -> int:
    """Return where to cut a long line that begins at `at`: behind a space, never inside a sign."""
    space = text.rfind(" ", at + LONGEST - _BACK, at + LONGEST)
    if space >= 0:
        return space + 1
    end = at + LONGEST
    while end < at + LONGEST + _SLACK and unicodedata.combining(text[end]):
        end += 1
    return end
