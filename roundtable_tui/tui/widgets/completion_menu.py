"""The list of completions above the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.tui.completion import Candidate

MAX_ROWS = 6
_MAX_LABEL_CELLS = 30


class CompletionMenu(Static):
    """Shows candidates around a highlighted one. The input moves the highlight and takes a candidate."""

    DEFAULT_CSS = """
    CompletionMenu {
        height: auto;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        display: none;
    }
    """

    @dataclass
    class Chosen(Message):
        """A candidate was clicked."""

        candidate: Candidate

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self.candidates: list[Candidate] = []
        self._at = 0

    @property
    def current(self) -> Candidate | None:
        """The highlighted candidate; None if there are none."""
        return self.candidates[self._at] if self.candidates else None

    def show(self, candidates: Sequence[Candidate]) -> None:
        """Show candidates, the first one highlighted; an empty list hides the menu."""
        if self.candidates == (found := list(candidates)):
            return
        self.candidates, self._at = found, 0
        self.display = bool(found)
        self._write()

    def move(self, rows: int) -> None:
        """Move the highlight, around the ends."""
        if self.candidates:
            self._at = (self._at + rows) % len(self.candidates)
            self._write()

    @property
    def _first(self) -> int:
        """The first candidate shown."""
        return max(0, min(self._at - MAX_ROWS // 2, len(self.candidates) - MAX_ROWS))

    def _write(self) -> None:
        first = self._first
        shown = self.candidates[first : first + MAX_ROWS]
        labels = [single_line(one.label, 60) for one in shown]
        wide = min(_MAX_LABEL_CELLS, max(map(measure_cells, labels), default=0))
        lines: list[Content] = []
        for number, (one, label) in enumerate(zip(shown, labels, strict=True), first):
            style = "$block-cursor-foreground on $block-cursor-background" if number == self._at else ""
            gap = " " * max(2, wide + 2 - measure_cells(label))
            lines.append(
                Content.assemble((label, style or "bold"), gap, (single_line(one.detail, 120), "dim"))
            )
        if len(self.candidates) > MAX_ROWS:
            lines[-1] = Content.assemble(lines[-1], (f"   {self._at + 1} of {len(self.candidates)}", "dim"))
        self.update(Content("\n").join(lines))

    def on_click(self, event: events.Click) -> None:
        """Take the candidate under the pointer."""
        number = self._first + event.y - self.gutter.top
        if 0 <= number < len(self.candidates):
            self.post_message(self.Chosen(self.candidates[number]))
