"""Selected text: how it is shown, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from roundtable_tui.tui.widgets.stream.cells import width_of
from roundtable_tui.tui.widgets.stream.strips import LEFT

if TYPE_CHECKING:
    from rich.style import Style
    from textual.selection import Selection

    from roundtable_tui.tui.widgets.stream.document import StreamDocument


def with_selection(frame: list[Strip], top: int, selection: Selection, style: Style) -> list[Strip]:
    """Return the strips of the rows from `top` on, with what is selected of each in `style`."""
    shown: list[Strip] = []
    for y, strip in enumerate(frame, top):
        span = selection.get_span(y)
        if span is None:
            shown.append(strip)
            continue
        text = strip.text
        end = len(text.rstrip(" ▐")) if span[1] == -1 else span[1]
        first, last = width_of(text[: span[0]]), width_of(text[:end])
        if last <= first:
            shown.append(strip)
            continue
        width = strip.cell_length
        chosen = Segment.apply_style(strip.crop(first, last), post_style=style)
        segments = [*strip.crop(0, first), *chosen, *strip.crop(last, width)]
        shown.append(Strip((segment for segment in segments if segment.text), width))
    return shown


def picked_text(document: StreamDocument, selection: Selection) -> str:
    """Return what the selected rows say; rows of one line are joined as they were before wrapping."""
    if selection.start is None and selection.end is None:
        return document.plain_text()
    first = selection.start.y if selection.start else 0
    last = min(selection.end.y if selection.end else document.height, document.height - 1)
    out: list[str] = []
    for at, (block, row) in enumerate(document.window(first, last + 1 - first), first):
        span = selection.get_span(at)
        if span is None:
            continue
        shown = " " * LEFT + "".join(text for text, _ in block.row(row)[0])
        start, end = span[0], len(shown) if span[1] == -1 else span[1]
        said = block.text(row)
        if not said or (start <= LEFT and end >= len(shown.rstrip())):
            out.append(said)
        else:
            out.append(shown[max(LEFT, start) : end])
        if at < last and not block.goes_on(row):
            out[-1] = out[-1].rstrip() + "\n"
    return "".join(out).rstrip(" ")
