"""The board of a run as a widget, and the styles of its parts."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from roundtable_tui.reports.board import AnswerBoard
from roundtable_tui.reports.board.draw import BoardLine, draw_board
from roundtable_tui.tui.widgets.run.rows.seat_style import get_seat_style

_ROLE_STYLES = {
    "head": "dim",
    "name": "bold",
    "meta": "dim",
    "final": "bold $text-success",
    "change": "$text-warning",
    "error": "$text-error",
}


class BoardView(Widget):
    """Shows a board, fitted to the width of the widget."""

    DEFAULT_CSS = "BoardView { height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.display = False
        self._board: AnswerBoard | None = None
        self.cursor: tuple[int, int] | None = None
        """(row, round) of the highlighted cell."""

    def move_cursor(self, cursor: tuple[int, int]) -> None:
        """Highlight a cell."""
        self.cursor = cursor
        self.refresh()

    def show(self, board: AnswerBoard | None) -> None:
        """Show a board; nothing for None or an empty one."""
        if board != self._board:
            self._board = board
            self.refresh(layout=True)
        self.display = board is not None and not board.is_empty

    @property
    def has_votes(self) -> bool:
        """Whether there is a board of answers that were compared."""
        return self._board is not None and any(one.votes for one in self._board.rounds)

    @property
    def round_count(self) -> int:
        """The number of rounds, if their answers were compared."""
        return len(self._board.rounds) if self._board and self.has_votes else 0

    def count_rows(self, width: int) -> int:
        """Return the rows of the board in `width` cells; 0 if it is empty."""
        return len(draw_board(self._board, width)) if self._board else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows of the board."""
        return self.count_rows(width)

    def render(self) -> Content:
        """Draw the board."""
        lines = draw_board(self._board, self.content_size.width, self.cursor) if self._board else []
        return Content("\n").join(Content.assemble(*style_line(line)) for line in lines)


def style_line(line: BoardLine) -> list[tuple[str, str]]:
    """Return a line of a board with the styles of its parts."""
    return [(text, _get_style(role)) for text, role in line]


def style_lines(lines: Sequence[BoardLine]) -> list[list[tuple[str, str]]]:
    """Return the lines of a board with the styles of their parts."""
    return [style_line(line) for line in lines]


def _get_style(role: str) -> str:
    if role.startswith("here "):
        return f"{_get_style(role.removeprefix('here '))} reverse".strip()
    if role.startswith("seat "):
        return f"bold {get_seat_style(int(role.removeprefix('seat ')))}"
    return _ROLE_STYLES.get(role, "")
