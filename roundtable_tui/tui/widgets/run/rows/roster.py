"""The roster: a line for each seat, or for each file of a fan-out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from roundtable_tui.engine import events
from roundtable_tui.reports.board import AnswerBoard
from roundtable_tui.tui.widgets.row_list import RowList
from roundtable_tui.tui.widgets.run.answer_card import AnswerCard, make_answer_bindings
from roundtable_tui.tui.widgets.run.rows.file_rows import FileRow, FileRows
from roundtable_tui.tui.widgets.run.rows.roster_rows import (
    Stance,
    find_stance,
    make_side_row,
    make_stance_row,
    measure_names,
)
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane


class Roster(RowList):
    """Shows the seats of a run with their states, after the end with their stances; or the files."""

    BINDINGS: ClassVar[list[BindingType]] = make_answer_bindings()
    """The keys that the answer's card names work here too: `esc` in a seat's pane leads to the roster."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.is_beside = False
        """Whether the list stands beside a pane and has few cells."""
        self.reset_run()

    def reset_run(self, base_filename: str = "") -> None:
        """Forget the run before."""
        self.files = FileRows(base_filename)
        self._write: Callable[[], None] | None = None
        self._stances: dict[str, Stance] = {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to copy the answer only while its card is shown."""
        return action != "copy_answer" or any(card.display for card in self.screen.query(AnswerCard))

    def action_copy_answer(self) -> None:
        """Copy the answer of the run."""
        self.screen.query_one(AnswerCard).action_copy_answer()

    def find_file(self, key: str) -> FileRow | None:
        """Return the file of a row; None if it is that of a seat."""
        return self.files.find(key)

    def take_file(self, event: events.Event) -> bool:
        """Take an event of a call; return whether its row has changed."""
        return self.files.take(event)

    def take_stances(self, panes: Sequence[SeatPane], board: AnswerBoard) -> None:
        """Keep what each seat said in the end."""
        self._stances = {pane.seat: find_stance(pane, board) for pane in panes}

    def on_resize(self) -> None:
        """Fit the rows to the new width."""
        super().on_resize()
        if self._write is not None:
            self._write()

    def show_files(self, panes: Sequence[SeatPane]) -> None:
        """Write a row for each call."""
        self._write = partial(self.show_files, panes)
        self.show(self.files.draw(self.size.width, {pane.seat: pane.identity for pane in panes}))

    def show_seats(self, panes: Sequence[SeatPane]) -> None:
        """Write a row for each seat."""
        self._write = partial(self.show_seats, panes)
        width = self.size.width
        digits = max((len(str(pane.identity.number)) for pane in panes), default=1)
        if self._stances and not self.is_beside:
            cells = measure_names(panes)
            rows = [make_stance_row(one, self._stances[one.seat], width, cells, digits) for one in panes]
        else:
            rows = [make_side_row(one, width, digits) for one in panes]
        self.show([(one.seat, row) for one, row in zip(panes, rows, strict=True)])
