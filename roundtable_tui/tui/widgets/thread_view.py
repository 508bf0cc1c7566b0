"""The earlier questions of a conversation, folded to one line each: question, answer, votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from roundtable_tui.engine.material.attachments import attachments_from_rows
from roundtable_tui.tui.conversation import ThreadEntry
from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.tui.widgets.run.board_view import style_line
from roundtable_tui.utils.text import single_line

PICTURES_HINT = " · i shows pictures"
MAX_ROWS, MAX_ROWS_SHORT = 3, 1
_MIN_TALL_ROWS = 30
_QUESTION_SHARE = 0.45
_MIN_VOTES_WIDTH = 70


def describe_attachments(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the attachments of a run's header in one line, safe to show; "" for none."""
    found = attachments_from_rows(rows)
    if not found:
        return ""
    hint = PICTURES_HINT if any(one.is_picture for one in found) else ""
    return f"attached: {', '.join(one.label for one in found)}{hint}"


class ThreadView(Static):
    """Rows for the newest earlier questions, the oldest on top; a click opens one."""

    DEFAULT_CSS = """
    ThreadView {
        height: auto;
        padding: 0 1;
        background: $surface;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        display: none;
    }
    """

    @dataclass
    class Opened(Message):
        """An earlier run was clicked."""

        folder: Path

    @dataclass
    class PicturesOpened(Message):
        """The row of attachments was clicked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self.runs: list[ThreadEntry] = []
        self.attached = ""
        """What is attached to the shown run, one line, safe to show."""
        self._shown: list[ThreadEntry] = []

    def show(self, runs: Sequence[ThreadEntry], attached: str = "") -> None:
        """Show earlier runs, oldest first, and what is attached to the run below; nothing hides the rows."""
        if self.runs != list(runs) or self.attached != attached:
            self.runs, self.attached = list(runs), attached
            self.display = bool(self.runs or attached)
            self.write()

    def on_resize(self) -> None:
        """Fit the rows to the new width."""
        self.write()

    def write(self) -> None:
        """Write the rows that fit."""
        most = MAX_ROWS if self.screen.size.height >= _MIN_TALL_ROWS else MAX_ROWS_SHORT
        self._shown = self.runs[-most:]
        hidden = len(self.runs) - len(self._shown)
        width = max(20, self.size.width - 2 or 78)
        rows = [
            self._draw_row(run, width, hidden if number == 0 else 0) for number, run in enumerate(self._shown)
        ]
        if self.attached:
            rows.append(Content.assemble(("▸ ", "dim"), (truncate_cells(self.attached, width - 2), "dim")))
        self.update(Content("\n").join(rows))

    def _draw_row(self, run: ThreadEntry, width: int, hidden: int) -> Content:
        sign = f"▸ +{hidden} " if hidden else "▸ "
        votes = style_line(run.votes) if width >= _MIN_VOTES_WIDTH else []
        end = [("  ", ""), *votes, ((" " if votes else "") + run.outcome, "dim")]
        room = width - measure_cells(sign) - sum(measure_cells(text) for text, _ in end) - 3
        question = truncate_cells(single_line(run.question, 400), max(10, int(room * _QUESTION_SHARE)))
        answer = truncate_cells(
            single_line(run.answer, 400) or "no answer", max(6, room - measure_cells(question))
        )
        return Content.assemble((sign, "dim"), (question, "dim"), (" · ", "dim"), (answer, ""), *end)

    def on_click(self, event: events.Click) -> None:
        """Open the run under the pointer."""
        row = event.y - self.gutter.top
        if self.attached and row == len(self._shown):
            self.post_message(self.PicturesOpened())
        folder = self._shown[row].folder if 0 <= row < len(self._shown) else None
        if folder is not None:
            self.post_message(self.Opened(folder))
