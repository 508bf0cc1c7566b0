"""Selected text: how it is shown, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.strip import Strip

from .cells import width_of
from .strips import LEFT

if TYPE_CHECKING:
    from textual.selection import Selection
    from textual.widget import Widget

    from .document import StreamDocument


def with_selection(widget: Widget, frame: list[Strip], top: int, selection: Selection) -> list[Strip]:
    """Return the strips of the rows from `top` on, with what is selected of each in other colours."""
    style = widget.screen.get_component_rich_style("screen--selection")
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
        parts = [strip.crop(0, first), strip.crop(first, last).apply_style(style), strip.crop(last, width)]
        shown.append(Strip.join(part for part in parts if part.cell_length))
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
        if start <= LEFT and end >= len(shown.rstrip()):
            out.append(block.text(row))
        else:
            out.append(shown[max(LEFT, start) : end])
        if at < last and not block.goes_on(row):
            out[-1] = out[-1].rstrip() + "\n"
    return "".join(out).rstrip(" ")
