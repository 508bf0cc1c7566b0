"""From rows to strips of exactly the width that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from textual.strip import Strip

from roundtable_tui.tui.widgets.stream.cells import width_of
from roundtable_tui.tui.widgets.stream.looks import Role, Row
from roundtable_tui.tui.widgets.stream.palette import Palette

LEFT = 1
RIGHT = 2
"""Cells to the left of the text; to its right: one of air, one for the scroll mark."""
_MARK = "▐"


class RowStrip(Strip):
    """A strip that knows at once that it need not be divided: the compositor asks each row in each frame."""

    __slots__ = ("_whole",)

    def __init__(self, segments: Iterable[Segment], cell_length: int) -> None:
        super().__init__(segments, cell_length)
        self._whole = [self]

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Return the pieces between the cuts."""
        return self._whole if cuts == [self._cell_length] else super().divide(cuts)


class StripMaker:
    """Makes strips in the colours of a palette, `width` cells each."""

    def __init__(self, palette: Palette, width: int) -> None:
        self.palette = palette
        self.width = width
        self.made = 0
        """How many strips were made: what tests count instead of time."""
        base = palette.style(Role.TEXT)
        self._left = Segment(" " * LEFT, base)
        self._right = Segment(" " * RIGHT, base)
        self._marked = Segment(" " * (RIGHT - 1), base), Segment(_MARK, palette.thumb)

    def make(self, row: Row, marked: bool = False) -> Strip:
        """Return a row as a strip, with the scroll mark at its right edge or without."""
        self.made += 1
        pieces, fill = row
        style = self.palette.style
        segments = [self._left]
        used = LEFT + RIGHT
        for text, look in pieces:
            segments.append(Segment(text, style(look)))
            used += width_of(text)
        if used < self.width:
            segments.append(Segment(" " * (self.width - used), style(fill)))
        if marked:
            segments.extend(self._marked)
        else:
            segments.append(self._right)
        if used > self.width:
            return Strip(segments, used).crop(0, self.width)
        return RowStrip(segments, self.width)

    def marked(self, strip: Strip, marked: bool) -> Strip:
        """Return a strip of `make` with the scroll mark where it had none, or without it where it had one."""
        segments = [*strip][:-1] if marked else [*strip][:-2]
        return RowStrip([*segments, *(self._marked if marked else (self._right,))], self.width)
