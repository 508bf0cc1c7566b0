"""From rows to strips of exactly the width asked for, kept while they are likely to be asked for again."""

from __future__ import annotations

from collections import OrderedDict

from rich.segment import Segment
from textual.strip import Strip

from .cells import width_of
from .looks import Role, Row
from .palette import Palette

Key = tuple[int, int, bool]
"""Serial of a block, row in it, and whether the scroll mark stands at its right edge."""

LEFT = 1
RIGHT = 2
"""Cells to the left of the text; to its right: one of air, one for the scroll mark."""
_MARK = "▐"


class StripMaker:
    """Makes strips in the colours of a palette, `width` cells each."""

    def __init__(self, palette: Palette, width: int) -> None:
        self.palette = palette
        self.width = width
        self.made = 0
        """How many strips were made: what tests count instead of time."""

    def make(self, row: Row, marked: bool = False) -> Strip:
        """Return a row as a strip."""
        self.made += 1
        pieces, fill = row
        style = self.palette.style
        base = style(Role.TEXT)
        segments = [Segment(" " * LEFT, base)]
        used = LEFT + RIGHT
        for text, look in pieces:
            segments.append(Segment(text, style(look)))
            used += width_of(text)
        if used < self.width:
            segments.append(Segment(" " * (self.width - used), style(fill)))
        if marked:
            segments.append(Segment(" " * (RIGHT - 1), base))
            segments.append(Segment(_MARK, self.palette.thumb))
        else:
            segments.append(Segment(" " * RIGHT, base))
        if used > self.width:
            return Strip(segments, used).crop(0, self.width)
        return Strip(segments, self.width)


class StripCache:
    """The strips used last, a bounded number of them."""

    def __init__(self, limit: int = 512) -> None:
        self._strips: OrderedDict[Key, Strip] = OrderedDict()
        self.limit = limit

    def __len__(self) -> int:
        return len(self._strips)

    def get(self, key: Key) -> Strip | None:
        """Return a strip if it is still there."""
        strip = self._strips.get(key)
        if strip is not None:
            self._strips.move_to_end(key)
        return strip

    def put(self, key: Key, strip: Strip) -> None:
        """Keep a strip; the one that was not asked for longest goes."""
        self._strips[key] = strip
        while len(self._strips) > self.limit:
            self._strips.popitem(last=False)

    def drop(self, serial: int, first: int, last: int) -> None:
        """Forget rows first..last-1 of a block."""
        for row in range(first, last):
            self._strips.pop((serial, row, False), None)
            self._strips.pop((serial, row, True), None)

    def clear(self) -> None:
        """Forget all."""
        self._strips.clear()
