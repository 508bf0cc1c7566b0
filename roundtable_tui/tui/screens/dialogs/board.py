"""The board of a run: who gave which answer, who changed, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.reports.board import AnswerBoard
from roundtable_tui.reports.word_diff import diff_words
from roundtable_tui.tui.commands import make_bindings
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.run.board_view import BoardView
from roundtable_tui.utils.text import sanitize, single_line

NO_BOARD = "No answers yet, or this mode does not compare any."
HINT = "arrows choose   enter turn   d difference   esc back"
_DIFF_STYLES = {"same": "", "removed": "strike $text-error", "added": "bold underline $text-success"}
"""Struck out and underlined, so that they differ without colours."""


class BoardScreen(BaseDialog[None]):
    """Shows the board of a run, updated each second."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *make_bindings("board"),
        Binding("b", "leave_board", "Back", show=False),
        *(Binding(key, f"move('{key}')", "Choose", show=False) for key in ("up", "down", "left", "right")),
        Binding("pageup", "scroll('page_up')", "A page up", show=False),
        Binding("pagedown", "scroll('page_down')", "A page down", show=False),
    ]
    HELP_PLACES = ("board", "app")
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
    BoardScreen #detail { margin-top: 1; height: auto; display: none; }
    """

    def __init__(self, make: Callable[[], AnswerBoard], get_turn_text: Callable[[str, int], str]) -> None:
        """Show what `make` returns; `get_turn_text` returns what a seat said in a round."""
        super().__init__()
        self._make_board = make
        self._get_turn_text = get_turn_text
        self._board: AnswerBoard | None = None
        self._detail = ""
        """`turn` or `difference`, which is shown below the board; "" for nothing."""

    def compose(self) -> ComposeResult:
        """Create the page."""
        with VerticalScroll() as page:
            page.border_title = "Board"
            page.border_subtitle = HINT
            yield BoardView(id="board")
            yield Static(NO_BOARD, id="no-board", markup=False)
            yield Static("", id="detail", markup=False)

    def on_mount(self) -> None:
        """Show the board, and update it."""
        self.write()
        self.set_interval(1.0, self.write)

    def write(self) -> None:
        """Show the current board."""
        board = self._board = self._make_board()
        view = self.query_one(BoardView)
        if view.cursor is None and not board.is_empty:
            view.cursor = (0, len(board.rounds) - 1)
        view.show(board)
        self.query_one("#no-board").display = board.is_empty

    # --- the turn of the highlighted cell --------------------------------------------------------

    def action_move(self, key: str) -> None:
        """Highlight another cell."""
        view = self.query_one(BoardView)
        if self._board is None or view.cursor is None:
            return
        row, at = view.cursor
        row += {"up": -1, "down": 1}.get(key, 0)
        at += {"left": -1, "right": 1}.get(key, 0)
        last_row, last = len(self._board.rows) - 1, len(self._board.rounds) - 1
        view.move_cursor((max(0, min(row, last_row)), max(0, min(at, last))))
        self._write_detail()

    def action_scroll(self, move: str) -> None:
        """Scroll the page."""
        getattr(self.query_one(VerticalScroll), f"scroll_{move}")()

    def action_show_turn(self) -> None:
        """Show what the seat said in the round of the highlighted cell."""
        self._detail = "turn"
        self._write_detail()

    def action_show_difference(self) -> None:
        """Show what the seat changed from the round before."""
        self._detail = "difference"
        self._write_detail()

    def action_leave_board(self) -> None:
        """Close the board."""
        self.dismiss()

    def _write_detail(self) -> None:
        detail, cursor = self.query_one("#detail", Static), self.query_one(BoardView).cursor
        if not self._detail or self._board is None or cursor is None:
            return
        row, at = self._board.rows[cursor[0]], cursor[1]
        number = self._board.rounds[at].round
        name, text = single_line(row.name, 40), sanitize(self._get_turn_text(row.seat, number)).strip()
        detail.display = True
        if self._detail == "turn":
            title = f"{name} · round {number}" if number else name
            detail.update(Content.assemble((title, "bold"), "\n", text or ("nothing said", "dim")))
        elif at == 0:
            line = "the first round: there is none before it"
            detail.update(Content.assemble((f"{name} · round {number}", "bold"), "\n", (line, "dim")))
        else:
            earlier = self._board.rounds[at - 1].round
            before = sanitize(self._get_turn_text(row.seat, earlier)).strip()
            title = f"{name} · round {earlier} → {number}"
            parts: list[tuple[str, str]] = []
            for kind, part in diff_words(before, text):
                if kind == "added" and parts and not parts[-1][0][-1].isspace():
                    parts.append((" ", ""))
                parts.append((part, _DIFF_STYLES[kind]))
            if before == text:
                parts = [("no change in wording", "dim")]
            detail.update(Content.assemble((title, "bold"), "\n", *parts))
