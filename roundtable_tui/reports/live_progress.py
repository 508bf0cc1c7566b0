"""Progress for a terminal, with the text that the captain or the only seat is writing."""

from __future__ import annotations

import io
import shutil
import time
from typing import TextIO

from roundtable_tui.engine import events
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.reports.progress import ProgressPrinter
from roundtable_tui.reports.styled_answer import make_console
from roundtable_tui.utils.text import sanitize

_MAX_LIVE_CHARS = 3000
"""The end of the text that is drawn at each update."""
_MAX_LIVE_ROWS = 20
_KEPT_ROWS = 4
"""Rows of the terminal that are left to the progress before the text."""
_CLEAR_ROW, _CLEAR_ROW_ABOVE = "\r\x1b[K", "\x1b[A\x1b[2K"


class LiveProgressPrinter(ProgressPrinter):
    """Prints progress, and above the status line the end of the text that is being written.

    The block is redrawn in place and removed when a line is printed; what was written is not kept.
    """

    def __init__(self, stream: TextIO, *, show_answers: bool = False) -> None:
        super().__init__(stream, show_answers=show_answers)
        self._speaker = ""
        """The seat whose text is shown: the captain, or the only seat."""
        self._deciding: set[str] = set()
        """Turns that give a decision, which is not shown as text."""
        self._turn = ""
        self._text = ""
        self._drawn_rows: list[str] = []

    def __call__(self, event: events.Event) -> None:
        """Print an event."""
        match event:
            case events.RunStarted():
                seats = [seat for seat in event.seats if seat.get("captain")] or event.seats
                self._speaker = str(seats[0].get("seat", "")) if len(seats) == 1 else ""
            case events.TurnQueued(decides=True):
                self._deciding.add(event.turn)
            case events.TurnStarted(seat=self._speaker) if event.turn not in self._deciding:
                self._turn, self._text = event.turn, ""
            case events.AnswerDelta(turn=self._turn):
                self._text += event.text
            case events.TurnResplit(turn=self._turn):
                self._text = event.text
            case events.TurnFinished(turn=self._turn) | events.TurnFailed(turn=self._turn):
                self._turn = self._text = ""
        super().__call__(event)

    def _draw_status(self) -> None:
        now = time.monotonic()
        if not self._is_draw_due(now):
            return
        rows = [*self._render_text(), self._format_status(now)]
        if rows != self._drawn_rows:
            self._write(self._clear_sequence() + "\n".join(rows))
            self._drawn_rows = rows

    def _clear_status(self) -> None:
        if self._drawn_rows:
            self._write(self._clear_sequence())
            self._drawn_rows = []

    def _clear_sequence(self) -> str:
        return _CLEAR_ROW + _CLEAR_ROW_ABOVE * (len(self._drawn_rows) - 1)

    def _render_text(self) -> list[str]:
        """Draw the end of the text as rows with styles."""
        if not self._text.strip():
            return []
        from rich.markdown import Markdown

        text = self._text
        if len(text) > _MAX_LIVE_CHARS:
            cut = text.find("\n", len(text) - _MAX_LIVE_CHARS)
            text = text[cut + 1 if cut >= 0 else -_MAX_LIVE_CHARS :]
        drawn = io.StringIO()
        make_console(drawn).print(Markdown(replace_marks(sanitize(text)), hyperlinks=False))
        height = shutil.get_terminal_size().lines
        most = max(1, min(_MAX_LIVE_ROWS, height - _KEPT_ROWS))
        return drawn.getvalue().rstrip("\n").split("\n")[-most:]
