"""Paints changed rows of widgets that nothing covers, without putting the lines of the screen together.

For each frame, Textual's compositor asks all widgets around the changed regions for their rows, cuts these at
the edges of each other, and takes the foremost pieces. While 32 panes stream that was a seventh of the cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console
from textual._compositor import CompositorUpdate
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

WidgetPlaces = Mapping[Widget, tuple[Region, Region]]
"""Region and clip of each visible widget, from front to back."""


class DirectUpdate(CompositorUpdate):
    """Strips to write at (column, row)."""

    def __init__(self, strips: list[tuple[int, int, Strip]]) -> None:
        self.strips: Final = strips

    def render_segments(self, console: Console) -> str:
        """Return what to write to the terminal."""
        return "".join(
            [f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for x, y, strip in self.strips],
        )


class FrontMap:
    """Which widget is in front in each row of a screen."""

    def __init__(self, places: WidgetPlaces, size: Size) -> None:
        self.places: Final = places
        self._rows: list[list[tuple[int, int, Widget]]] = [[] for _ in range(size.height)]
        for widget, (region, clip) in places.items():
            x, y, width, height = region.intersection(clip)
            for row in self._rows[max(0, y) : max(0, y + height)]:
                row.append((x, x + width, widget))

    def render(self, regions: Iterable[Region]) -> DirectUpdate | None:
        """Return the update of some regions; None if one of them does not belong to one widget alone.

        Of a widget, only the rows of these regions are asked for.
        """
        strips: list[tuple[int, int, Strip]] = []
        for changed in sorted(regions):
            widget = self._find(changed)
            if widget is None:
                return None
            place, _ = self.places[widget]
            for y, strip in enumerate(widget.render_lines(changed - place.offset), changed.y):
                if strip.cell_length != changed.width:
                    return None
                strips.append((changed.x, y, strip))
        return DirectUpdate(strips)

    def _find(self, region: Region) -> Widget | None:
        """Return the widget that is in front in the whole region; None if there is no such one."""
        x, y, width, height = region
        end = x + width
        if y < 0 or y + height > len(self._rows):
            return None
        found: Widget | None = None
        for row in self._rows[y : y + height]:
            for first, last, widget in row:
                if first < end and last > x:
                    if first > x or last < end or (found is not None and found is not widget):
                        return None
                    found = widget
                    break
            else:
                return None
        return found
