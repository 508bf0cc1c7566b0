"""Where the rows of a line begin: greedy, by words, by cells, and stable when text is only added.

`wrap` decides each break from the text up to one cell past the edge, so the rows before the last
one never change when a line grows. Wrapping may therefore go on from the last row's start.
"""

from __future__ import annotations

from roundtable_tui.tui.widgets.transcript.cells import graphemes, is_plain

# What should not begin a row in Chinese and Japanese text.
_NOT_FIRST = frozenset("、。，．・：；？！ー々）］｝」』】》〉〕”’")


def wrap(text: str, width: int, start: int = 0) -> list[int]:
    """Return the starts of the rows that follow the one at `start`.

    `width` is at least 2 cells. Spaces at the end of a row hang over its edge.
    """
    if not is_plain(text[start:]):
        return _wrap_cells(text, max(2, width), start)
    size = len(text)
    starts: list[int] = []
    while size - start > width:
        space = text.rfind(" ", start + 1, start + width + 1)
        if space < 0:
            start += width
        else:
            start = space + 1
            while start < size and text[start] == " ":
                start += 1
            if start == size:
                break
        starts.append(start)
    return starts


def _wrap_cells(text: str, width: int, start: int) -> list[int]:
    """Wrap text that has signs of other widths than one cell."""
    spans = graphemes(text[start:])
    starts: list[int] = []
    first = index = used = 0
    chance = 0
    count = len(spans)
    while index < count:
        begin, end, cells = spans[index]
        sign = text[start + begin : start + end]
        if used + cells <= width:
            used += cells
            index += 1
            if sign == " ":
                chance = index if index - first > 1 else chance
            elif (
                index < count
                and 2 in (cells, spans[index][2])
                and text[start + spans[index][0]] not in _NOT_FIRST
            ):
                chance = index
            continue
        if sign == " ":
            while index < count and text[start + spans[index][0] : start + spans[index][1]] == " ":
                index += 1
            if index == count:
                break
        elif chance > first:
            index = chance
        elif index == first:
            index += 1
            continue
        first = chance = index
        used = 0
        starts.append(start + spans[index][0])
    return starts
