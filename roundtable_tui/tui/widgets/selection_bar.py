"""The row above the input: the chosen mode, team, model and task."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.utils.text import single_line

CHOICE_KEYS = {"mode": "F2", "team": "F3", "model": "F4", "task": "F6"}
_GAP = "   "


class SelectionBar(Static):
    """One row; a click opens a choice. A single widget: each one delays the first frame."""

    DEFAULT_CSS = """
    SelectionBar {
        height: 1;
        background: $surface;
        padding: 0 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._spans: list[tuple[int, int, str]] = []

    def show(self, chosen: Mapping[str, str]) -> None:
        """Write the choices, by `CHOICE_KEYS`; a missing or empty one is shown as a dash."""
        parts: list[tuple[str, str]] = []
        self._spans, at = [], 0
        for name, key in CHOICE_KEYS.items():
            value = single_line(chosen.get(name, ""), 32) or "–"
            parts += [(f"{key} {name} ", "dim"), (value, "bold"), (_GAP, "")]
            end = at + len(key) + len(name) + 2 + measure_cells(value)
            self._spans.append((at, end, name))
            at = end + len(_GAP)
        self.update(Content.assemble(*parts[:-1]))

    async def on_click(self, event: events.Click) -> None:
        """Open the choice under the pointer."""
        x = event.x - self.gutter.left
        for start, end, name in self._spans:
            if start <= x < end:
                await self.run_action(f"screen.choose_{name}")
