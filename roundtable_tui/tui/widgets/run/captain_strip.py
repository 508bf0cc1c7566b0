"""Two rows in place of the captain's pane, while the seats work: state, votes, and what it said last."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from roundtable_tui.reports.board import AnswerBoard
from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.tui.widgets.run.rows.seat_style import Part
from roundtable_tui.tui.widgets.run.rows.vote_bar import draw_vote_bar
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane
from roundtable_tui.utils.text import single_line

_KEY = "0 opens it"


class CaptainStrip(Static):
    """Shows the head pane of a run in two rows; a click opens the pane."""

    DEFAULT_CSS = """
    CaptainStrip {
        display: none;
        height: 2;
        padding: 0 1;
        background: $surface;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    class Opened(Message):
        """The strip was clicked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._last_drawn: object = None
        self.said = ""
        """What the captain or the mode said last, one line."""
        self.board: AnswerBoard | None = None
        """The board whose last round has the votes."""

    def reset_run(self) -> None:
        """Forget the run before."""
        self.said, self.board, self._last_drawn = "", None, None

    def show(self, head: SeatPane) -> None:
        """Write the two rows."""
        votes = self._draw_votes()
        name = "Votes" if head.is_seatless and votes else single_line(head.seat_name, 40)
        figures = "" if head.is_seatless else head.progress.format_figures()
        left = [
            ("" if head.is_seatless else f"{head.state_sign} ", ""),
            (name, "bold"),
            (f"  {figures}" if figures else "", "dim"),
        ]
        width = self.content_size.width
        used = sum(measure_cells(text) for text, _ in [*left, *votes])
        parts = [*left, ("   " if votes else "", ""), *votes]
        if (rest := width - used - 3 * bool(votes)) > len(_KEY):
            parts.append((f"{_KEY:>{rest}}", "dim"))
        said = truncate_cells(self.said, max(1, width))
        drawn = (width, *parts, said)
        if drawn != self._last_drawn:
            self._last_drawn = drawn
            self.update(Content.assemble(*parts, "\n", (said, "dim")), layout=False)

    def _draw_votes(self) -> list[Part]:
        if self.board is None or not self.board.rounds:
            return []
        return draw_vote_bar(self.board, self.board.rounds[-1], self.content_size.width // 2)

    def on_click(self) -> None:
        """Open the pane."""
        self.post_message(self.Opened())
