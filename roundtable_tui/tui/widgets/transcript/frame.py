"""The visible rows of a view as cached strips, and which of them have changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.transcript.palette import Palette
from roundtable_tui.tui.widgets.transcript.styles import Role, Row

if TYPE_CHECKING:
    from rich.style import Style

    from roundtable_tui.tui.widgets.transcript.blocks import Block
    from roundtable_tui.tui.widgets.transcript.document import StreamDocument


LEFT_MARGIN_CELLS = 1
RIGHT_MARGIN_CELLS = 2
"""Cells to the left of the text, and to its right: a space and the scroll mark."""
_SCROLL_MARK = "▐"


class RowStrip(Strip):
    """A strip that is not divided at its own end, as the compositor asks of each row in each frame."""

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Return the pieces between the cuts."""
        return [self] if cuts == [self._cell_length] else super().divide(cuts)


class StripMaker:
    """Makes strips of `width` cells in the colours of a palette.

    Neighbouring text of one style is one segment: the colours of a segment take more bytes than its text.
    """

    def __init__(self, palette: Palette, width: int) -> None:
        self.palette = palette
        self.width = width
        self.made = 0
        """Number of strips made, for tests of the cost."""
        self._base = palette.get_style(Role.TEXT)

    def make(self, row: Row, marked: bool = False) -> Strip:
        """Make a strip of a row, with or without the scroll mark."""
        self.made += 1
        pieces, fill = row
        style = self.palette.get_style
        segments = [Segment(" " * LEFT_MARGIN_CELLS, self._base)]
        used = LEFT_MARGIN_CELLS + RIGHT_MARGIN_CELLS
        for text, look in pieces:
            _append(segments, text, style(look))
            used += measure_cells(text)
        if used < self.width:
            _append(segments, " " * (self.width - used), style(fill))
        _append(segments, " " * (RIGHT_MARGIN_CELLS - marked), self._base)
        if marked:
            segments.append(Segment(_SCROLL_MARK, self.palette.thumb))
        if used > self.width:
            return Strip(segments, used).crop(0, self.width)
        return RowStrip(segments, self.width)

    def set_mark(self, strip: Strip, marked: bool) -> Strip:
        """Return a strip of `make` with the scroll mark added or removed."""
        *segments, last = strip
        if marked:
            segments += [Segment(last.text[:-1], last.style), Segment(_SCROLL_MARK, self.palette.thumb)]
        else:
            segments[-1] = Segment(segments[-1].text + " ", segments[-1].style)
        return RowStrip(segments, self.width)


def _append(segments: list[Segment], text: str, style: Style) -> None:
    """Add text to segments, to the last one if it has the same style."""
    if segments[-1].style is style:
        segments[-1] = Segment(segments[-1].text + text, style)
    else:
        segments.append(Segment(text, style))


MAX_CACHED_STRIPS = 128
"""Maximum number of cached strips, in addition to the visible ones."""
_MARKED = 1
_EMPTY = (Role.TEXT, Role.BLANK)
_ROW_LIMIT = 1 << 17


class Frame:
    """The strips of the visible rows. A strip is made once and cached while its row is unchanged."""

    def __init__(self, maker: StripMaker) -> None:
        self.maker = maker
        self.strips: list[Strip] = []
        self._keys: list[int] = []
        self._kept: dict[int, Strip] = {}
        self._blank = maker.make(([], Role.BLANK)), maker.make(([], Role.BLANK), True)

    def __len__(self) -> int:
        return len(self._kept)

    def invalidate_rows(self, serial: int, first: int, last: int) -> None:
        """Drop the cached strips of the rows first..last-1 of a block."""
        for row in range(first, last):
            key = serial * _ROW_LIMIT + row * 2
            self._kept.pop(key, None)
            self._kept.pop(key + _MARKED, None)

    def update_rows(self, document: StreamDocument, top: int, height: int) -> list[int]:
        """Show the rows top..top+height-1; return the indices from 0 of those that have changed."""
        first, last = locate_thumb(height, top, document.height)
        kept = self._kept
        strips: list[Strip] = []
        keys: list[int] = []
        for block, begin, end in document.iter_block_spans(top, height):
            base = block.serial * _ROW_LIMIT
            for row in range(begin, end):
                marked = first <= len(strips) < last
                key = base + row * 2 + marked
                strip = kept.get(key)
                if strip is None:
                    other = kept.get(key ^ _MARKED)
                    strip = kept[key] = self._get_strip(block, row, other, marked, document)
                keys.append(key)
                strips.append(strip)
        strips.extend([self._blank[False]] * (height - len(strips)))
        if len(kept) > MAX_CACHED_STRIPS + height:
            recent = list(kept)[-MAX_CACHED_STRIPS // 2 :]
            self._kept = {key: kept[key] for key in chain(recent, keys)}
        old, self.strips, self._keys = self.strips, strips, keys
        if len(old) != height:
            return list(range(height))
        return [y for y, (new, was) in enumerate(zip(strips, old, strict=True)) if new is not was]

    def _get_strip(
        self, block: Block, row: int, other: Strip | None, marked: bool, document: StreamDocument
    ) -> Strip:
        """Return the strip of a row; `other` is its cached strip with the opposite mark, if any."""
        if isinstance(other, RowStrip):
            return self.maker.set_mark(other, marked)
        pieces, fill = block.row(row)
        if not pieces and fill in _EMPTY:
            return self._blank[marked]
        return self.maker.make((document.mark_mentions(pieces), fill), marked)


def locate_thumb(height: int, top: int, total: int) -> tuple[int, int]:
    """Return first and end row of the scroll mark in the view; (0, 0) if all rows fit."""
    if total <= height:
        return 0, 0
    length = max(1, min(height - 1, height * height // total))
    first = round(top * (height - length) / (total - height))
    return first, first + length


def group_runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of runs in ascending rows; runs with a gap of one row are merged."""
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
