"""The row of tabs on a narrow screen: number, name and state of each pane."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events as ui
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.tui.widgets.run.rows.seat_style import Part, get_seat_style, make_chip
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.utils.text import single_line


class SeatTabs(Static):
    """One row with a tab for each pane; the shown one is highlighted, a click shows another."""

    DEFAULT_CSS = "SeatTabs { height: 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis; }"

    @dataclass
    class Picked(Message):
        """A tab was clicked."""

        seat: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._spans: list[tuple[int, int, str]] = []

    def show(self, panes: list[SeatPane], active: SeatPane | None) -> None:
        """Write a tab for each pane: names cut to fit, or none but that of the active pane for many panes.

        Tabs on the left are left out if the active one would not be in sight otherwise.
        """
        if not panes:
            return
        width = self.size.width
        room = max(4, width // len(panes) - 7) if width else 12
        tabs = [_make_tab(pane, room, is_active=pane is active) for pane in panes]
        if width and sum(map(_measure, tabs)) > width:
            tabs = [_make_tab(pane, room * (pane is active), is_active=pane is active) for pane in panes]
        first = self._find_first(tabs, panes.index(active) if active in panes else 0)
        parts: list[Part] = [("…", "dim")] if first else []
        at = len(parts)
        self._spans = [(0, at, pane.seat) for pane in reversed(panes[:first])]
        for pane, tab in zip(panes[first:], tabs[first:], strict=True):
            start, at = at, at + _measure(tab)
            self._spans.append((start, at, pane.seat))
            parts += tab
        if active is not None and (rest := width - at - 1) > 8:
            figures = active.frame_figures
            parts.append((f"{figures:>{rest}}" if len(figures) <= rest else "", "dim"))
        self.update(Content.assemble(*parts), layout=False)  # Always one row: the panes need no layout.

    def _find_first(self, tabs: list[list[Part]], shown: int) -> int:
        """Return the first tab with which the tab `shown` is in sight, between signs that more follow."""
        first, used = 0, sum(map(_measure, tabs[: shown + 1]))
        while self.size.width and first < shown and used + 2 > self.size.width:
            used -= _measure(tabs[first])
            first += 1
        return first

    def locate_tab(self, seat: str) -> tuple[int, int] | None:
        """Return (column, row) of a seat's tab on the screen; None if it has none."""
        start = next((start for start, _, name in self._spans if name == seat), None)
        return None if start is None else (self.region.x + start, self.region.y)

    def on_click(self, event: ui.Click) -> None:
        """Choose the tab under the pointer."""
        for start, end, seat in self._spans:
            if start <= event.x < end:
                self.post_message(self.Picked(seat))


def _make_tab(pane: SeatPane, room: int, *, is_active: bool) -> list[Part]:
    """Return number, name in at most `room` cells, and state of a pane."""
    name = truncate_cells(single_line(pane.seat_name, 40), room) if room else ""
    text = f" {name} {pane.state_sign} " if name else f"{pane.state_sign} "
    style = f"bold {get_seat_style(pane.identity.number)} on $panel" if is_active else "$text-muted"
    return [make_chip(pane.identity), (text, style)]


def _measure(tab: list[Part]) -> int:
    return sum(measure_cells(text) for text, _ in tab)
