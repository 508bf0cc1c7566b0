"""The rows a view shows at the moment, as strips; and which of them look otherwise than a moment ago."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from textual.strip import Strip

from roundtable_tui.tui.widgets.stream.looks import Role
from roundtable_tui.tui.widgets.stream.strips import RowStrip, StripMaker

if TYPE_CHECKING:
    from roundtable_tui.tui.widgets.stream.block import Block
    from roundtable_tui.tui.widgets.stream.document import StreamDocument

KEPT = 512
"""Strips that are kept at most, those on the screen not counted."""
_MARKED = 1
_EMPTY = (Role.TEXT, Role.BLANK)
_ROW = 1 << 17


class Frame:
    """Strips for a window of rows. A strip is made once and kept for as long as what it shows."""

    def __init__(self, maker: StripMaker) -> None:
        self.maker = maker
        self.strips: list[Strip] = []
        self._keys: list[int] = []
        self._kept: dict[int, Strip] = {}
        self._blank = maker.make(([], Role.BLANK)), maker.make(([], Role.BLANK), True)

    def __len__(self) -> int:
        return len(self._kept)

    def forget(self, serial: int, first: int, last: int) -> None:
        """Take rows first..last-1 of a block for changed."""
        for row in range(first, last):
            key = serial * _ROW + row * 2
            self._kept.pop(key, None)
            self._kept.pop(key + _MARKED, None)

    def show(self, document: StreamDocument, top: int, height: int) -> list[int]:
        """Show the rows top..top+height-1; return which of the `height` rows differ from before."""
        first, last = thumb(height, top, document.height)
        kept = self._kept
        strips: list[Strip] = []
        keys: list[int] = []
        for block, begin, end in document.spans(top, height):
            base = block.serial * _ROW
            for row in range(begin, end):
                marked = first <= len(strips) < last
                key = base + row * 2 + marked
                strip = kept.get(key)
                if strip is None:
                    strip = kept[key] = self._made(block, row, kept.get(key ^ _MARKED), marked)
                keys.append(key)
                strips.append(strip)
        strips.extend([self._blank[False]] * (height - len(strips)))
        if len(kept) > KEPT + height:
            recent = list(kept)[-KEPT // 2 :]
            self._kept = {key: kept[key] for key in chain(recent, keys)}
        old, self.strips, self._keys = self.strips, strips, keys
        if len(old) != height:
            return list(range(height))
        return [y for y, (new, was) in enumerate(zip(strips, old, strict=True)) if new is not was]

    def _made(self, block: Block, row: int, other: Strip | None, marked: bool) -> Strip:
        """Return the strip of a row; `other` is the same with or without the mark, if it is at hand."""
        if isinstance(other, RowStrip):
            return self.maker.marked(other, marked)
        pieces, fill = block.row(row)
        if not pieces and fill in _EMPTY:
            return self._blank[marked]
        return self.maker.make((pieces, fill), marked)


def thumb(height: int, top: int, total: int) -> tuple[int, int]:
    """Return the rows first..last-1 of the view at which the scroll mark stands; none where all fits."""
    if total <= height:
        return 0, 0
    length = max(1, min(height - 1, height * height // total))
    first = round(top * (height - length) / (total - height))
    return first, first + length


def runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of the runs of neighbours in ascending rows; close ones are taken together."""
    begin = end = -1
    for row in rows:
        if begin < 0:
            begin = row
        elif row > end + 2:
            yield begin, end + 1 - begin
            begin = row
        end = row
    if begin >= 0:
        yield begin, end + 1 - begin
