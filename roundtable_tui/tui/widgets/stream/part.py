"""One running text of a turn, its answer or its reasoning: from pieces of a stream to lines in blocks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from roundtable_tui.text import clean

from .block import Block, TextBlock
from .lines import Fence, Kind, kind_of
from .looks import Piece, Role

LONGEST = 2048
"""Characters after which a line is kept in a further piece; it is cut at a space where there is one."""
_SLACK = 64
_BACK = 256
_MANY = 256
_LARGE = 8192
_JOINERS = frozenset(("\u200d", *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0x1F3FB, 0x1F400))))


class TextPart:
    """A text that only grows. `feed` costs nothing; `digest` makes lines of what has come since."""

    def __init__(
        self,
        insert: Callable[[TextBlock], None],
        remove: Callable[[TextBlock], None],
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
        self.blocks: list[TextBlock] = []
        self._restart()

    def _restart(self) -> None:
        self._open = ""
        self._rest = False
        self._growing = False
        self._blank = False
        self._fence: Fence | None = None

    @property
    def waiting(self) -> bool:
        """Whether text has come that is not yet lines."""
        return bool(self._pending)

    @property
    def empty(self) -> bool:
        """Whether nothing has come at all."""
        return not (self._raw or self._pending)

    def feed(self, text: str) -> None:
        """Keep the next piece of the stream."""
        self.size += len(text)
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

    def digest(self, width: int) -> None:
        """Make lines of what has come since the last time, wrapped to `width` unless there is a lot of it."""
        piece = "".join(self._pending)
        self._pending.clear()
        if piece and "\ud800" <= piece[-1] <= "\udbff":
            self._pending.append(piece[-1])  # half of a pair: the other half is in the next piece
            piece = piece[:-1]
        if not piece:
            return
        self._raw.append(piece)
        if len(self._raw) > _MANY:
            self._raw[-_MANY:] = ["".join(self._raw[-_MANY:])]
        if len(piece) > _LARGE:
            width = 0
        lines = (self._open + clean(piece)).split("\n")
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
        fence = after or self._fence
        self._fence = after
        if kind == Kind.BLANK:
            self._blank = bool(self.blocks)
            return
        self._space(width)
        self._block(width).add(kind, text, fence.indent if fence else 0)

    def _grow(self, text: str, width: int) -> None:
        """Show the line that has not ended yet."""
        kind, after = self._kind(text, True)
        fence = after or self._fence
        indent = fence.indent if fence else 0
        if kind == Kind.BLANK:
            return
        if self._growing:
            block = self.blocks[-1]
            block.grow(kind, text, indent)
            self._touch(block)
            return
        self._space(width)
        self._block(width).add(kind, text, indent, growing=True)
        self._growing = True

    def _drop_growing(self) -> None:
        if self._growing:
            self._growing = False
            self.blocks[-1].drop()
            self._touch(self.blocks[-1])

    def _space(self, width: int) -> None:
        if self._blank:
            self._blank = False
            self._block(width).add(Kind.BLANK, "")

    def _block(self, width: int) -> TextBlock:
        """Return the block that the next line goes to."""
        if not self.blocks or self.blocks[-1].full:
            block = TextBlock(self._work, self._base, self._margin)
            block.width = width
            self.blocks.append(block)
            self._insert(block)
        self._touch(self.blocks[-1])
        return self.blocks[-1]


def _cut(text: str, at: int) -> int:
    """Return where to cut a long line that begins at `at`: behind a space, never inside a sign."""
    space = text.rfind(" ", at + LONGEST - _BACK, at + LONGEST)
    if space >= 0:
        return space + 1
    end = at + LONGEST
    while end < at + LONGEST + _SLACK and (_joins(text[end]) or text[end - 1] == "\u200d"):
        end += 1
    return end


def _joins(char: str) -> bool:
    """Tell whether a character belongs to the one before it."""
    return char in _JOINERS or unicodedata.combining(char) != 0
