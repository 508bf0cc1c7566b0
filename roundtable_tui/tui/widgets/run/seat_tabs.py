"""The row of tabs on a narrow screen: number, name and state of each pane."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events as ui
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from roundtable_tui.tui.widgets.run.rows.seat_style import get_seat_style, make_chip
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
        """Write a tab for each pane, names cut to fit."""
        if not panes:
            return
        room = max(4, self.size.width // len(panes) - 7) if self.size.width else 12
        parts: list[tuple[str, str]] = []
        self._spans, at = [], 0
        for pane in panes:
            chip, style = make_chip(pane.identity)
            text = f" {single_line(pane.seat_name, room)} {pane.state_sign} "
            length = len(chip) + len(text)
            self._spans.append((at, at + length, pane.seat))
            at += length
            shown = (
                f"bold {get_seat_style(pane.identity.number)} on $panel" if pane is active else "$text-muted"
            )
            parts += [(chip, style), (text, shown)]
        if active is not None and (rest := self.size.width - at - 1) > 8:
            figures = active.frame_figures
            parts.append((f"{figures:>{rest}}" if len(figures) <= rest else "", "dim"))
        self.update(Content.assemble(*parts), layout=False)  # Always one row: the panes need no layout.

    def locate_tab(self, seat: str) -> tuple[int, int] | None:
        """Return (column, row) of a seat's tab on the screen; None if it has none."""
        start = next((start for start, _, name in self._spans if name == seat), None)
        return None if start is None else (self.region.x + start, self.region.y)

    def on_click(self, event: ui.Click) -> None:
        """Choose the tab under the pointer."""
        for start, end, seat in self._spans:
            if start <= event.x < end:
                self.post_message(self.Picked(seat))
