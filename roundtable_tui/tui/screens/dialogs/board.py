"""The board of a run: who gave which answer, who changed, and when."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from roundtable_tui.reports.board import AnswerBoard
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.run.board_view import BoardView

NO_BOARD = "No answers yet, or this mode does not compare any."


class BoardScreen(BaseDialog[None]):
    """Shows the board of a run, updated each second."""

    BINDINGS = [("escape,b", "dismiss", "Back")]
    DEFAULT_CSS = """
    BoardScreen { align: center middle; background: $background 60%; }
    BoardScreen > VerticalScroll {
        width: 90%;
        max-width: 140;
        height: auto;
        max-height: 90%;
        border: round $accent;
        border-title-style: bold;
        background: $surface;
        padding: 1 2;
    }
    """

    def __init__(self, make: Callable[[], AnswerBoard]) -> None:
        super().__init__()
        self._make_board = make

    def compose(self) -> ComposeResult:
        """Create the page."""
        with VerticalScroll() as page:
            page.border_title = "Board"
            page.border_subtitle = "esc back"
            yield BoardView(id="board")
            yield Static(NO_BOARD, id="no-board", markup=False)

    def on_mount(self) -> None:
        """Show the board, and update it."""
        self.write()
        self.set_interval(1.0, self.write)

    def write(self) -> None:
        """Show the current board."""
        board = self._make_board()
        self.query_one(BoardView).show(board)
        self.query_one("#no-board").display = board.is_empty
