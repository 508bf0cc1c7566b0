"""The card with the answer of a run: text, outcome, the seat it is from, and the keys for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from roundtable_tui.reports.board import AnswerBoard, make_board
from roundtable_tui.reports.identity import identify_seat
from roundtable_tui.tui.clipboard import copy
from roundtable_tui.tui.commands import format_short_key, make_binding_by_id
from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.run.answer_heading import replace_markers
from roundtable_tui.tui.widgets.run.rows.seat_style import get_seat_style, make_chip
from roundtable_tui.tui.widgets.run.rows.vote_bar import draw_vote_lines
from roundtable_tui.tui.widgets.transcript import StreamView
from roundtable_tui.tui.widgets.transcript.document_view import get_text_width
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.reports.report.types import Report

TURN, REASONING = "answer", "reasoning"
_FRAME_ROWS = _FRAME_CELLS = 2
_MIN_TEXT_ROWS = 1
_MAX_OUTCOME_ROWS = 3
_MAX_VOTE_LINES = 4
OUTCOME_CLASSES = {
    "agreed": "-good",
    "majority": "-good",
    "single": "-good",
    "merged": "-good",
    "produced": "-good",
    "no_consensus": "-warning",
    "against_majority": "-warning",
    "incomplete": "-warning",
    "budget_reached": "-warning",
    "stopped": "-warning",
}
"""The colour of the frame, by kind of outcome; a run that failed has that of errors."""
_COMMANDS = ("follow_up_run", "copy_answer", "export_run", "board")
_LABELS = {"follow_up_run": "follow up", "copy_answer": "copy", "export_run": "export", "board": "board"}


def make_answer_bindings() -> list[BindingType]:
    """Return the keys for the answer, and the numbers that open a seat's pane."""
    return [
        make_binding_by_id("copy_answer"),
        *(make_binding_by_id(name, "screen.") for name in _COMMANDS if name != "copy_answer"),
        *(Binding(str(n), f"screen.go_to({n})", show=False, id=f"pane_{n}") for n in range(10)),
    ]


class AnswerCard(Vertical):
    """Shows the answer of a run that has ended. What it says of the outcome is from the report."""

    HELP_TITLE = "Answer"
    BINDINGS: ClassVar[list[BindingType]] = make_answer_bindings()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.display = False
        self.view = StreamView()
        self.answer = ""
        self._has_text = self._fills = False
        self._reasoning = ""
        self._votes = Static("", id="card-votes", markup=False)
        self._outcome = Static("", id="card-outcome", markup=False)
        self._vote_rows = 0
        self._allowed_rows = 0
        self.expected_width = 0
        """Columns of the parent that count until there has been a layout."""

    def compose(self) -> ComposeResult:
        """Create the text, the votes and the line about the outcome."""
        yield self.view
        yield self._votes
        yield self._outcome

    def show(self, report: Report, hint: str = "", *, with_text: bool = True, reasoning: str = "") -> None:
        """Show the answer of a run that has ended, or why there is none.

        Args:
            report: The report.
            hint: What the user can do now, after the outcome.
            with_text: False if the answer is shown in another way, as a list of files.
            reasoning: The reasoning before the answer, raw, which fills the space below it.
        """
        self.answer = report.answer
        self._has_text = with_text and bool(report.answer.strip())
        author = single_line(report.names.get(report.by, ""), 40)
        title: list[tuple[str, str]] = [("Answer" if report.answer.strip() else "No answer", "bold")]
        if author and report.answer.strip():
            number = report.numbers.get(report.by, 0)
            chip = [make_chip(identify_seat(number)), (" ", "")] if number else []
            title += [(" · from ", "$text-muted"), *chip, (author, f"bold {get_seat_style(number)}")]
        self.border_title = Content.assemble(*title)
        kind = "-error" if report.status == "failed" else OUTCOME_CLASSES.get(report.outcome.kind, "-warning")
        self.remove_class("-good", "-warning", "-error")
        self.add_class(kind)
        self._fills, self._reasoning = False, ""
        if self._has_text:
            self._reasoning = reasoning
        self._write_text()
        self._write_votes(make_board(report), decided=bool(report.outcome.votes))
        mark = {"-good": "✓ ", "-warning": "! ", "-error": "✗ "}[kind]
        self._outcome.update(
            Content.assemble((mark, "bold"), ". ".join(filter(None, (describe_end(report), hint))))
        )
        self._write_keys()
        self.display = True

    def _write_text(self) -> None:
        """Write the answer, and below it the reasoning if the card fills the space."""
        self.view.clear()
        if not self._has_text:
            return
        self.view.begin(TURN)
        self.view.resplit(TURN, "", replace_markers(self.answer))
        self.view.end(TURN)
        if self._fills and self._reasoning.strip():
            self.view.begin(REASONING)
            self.view.document.name_reasoning(REASONING, "reasoning")
            self.view.resplit(REASONING, self._reasoning, "")
            self.view.end(REASONING)
            self.view.toggle_reasoning(REASONING)

    def _write_votes(self, board: AnswerBoard, *, decided: bool) -> None:
        """Write a line for each group of the last round, if there are several and they `decided`."""
        last = board.rounds[-1] if board.rounds and decided else None
        lines = draw_vote_lines(board, last, _MAX_VOTE_LINES) if last and len(last.votes) > 1 else []
        self._vote_rows = len(lines)
        self._votes.update(Content("\n").join(Content.assemble(*line) for line in lines))

    def hide(self) -> None:
        """Remove the card, when a run begins or is resumed."""
        self.display = False
        self.answer = ""
        self._has_text = False
        self._vote_rows = 0

    def count_rows(self) -> int:
        """Return the rows that the card takes if there is room for all of it."""
        return _FRAME_ROWS + self._count_text_rows() + self._vote_rows + self._count_outcome_rows()

    def _count_text_rows(self) -> int:
        """Return the rows of the answer in the width of the card, also before it is laid out."""
        if not self._has_text:
            return 0
        document = self.view.document
        document.set_width(get_text_width(max(1, self._width - _FRAME_CELLS)))
        while document.has_pending:
            document.parse_pending()
        document.rewrap(0, document.height)
        return max(1, document.height)

    def _count_outcome_rows(self) -> int:
        text = str(self._outcome.content)
        return min(
            _MAX_OUTCOME_ROWS, -(-max(1, measure_cells(text)) // max(1, self._width - _FRAME_CELLS - 2))
        )

    @property
    def _width(self) -> int:
        return (self.parent.size.width if isinstance(self.parent, Widget) else 0) or self.expected_width

    def fit(self, rows: int | None = None, *, fills: bool | None = None) -> None:
        """Make the card as high as its content, up to `rows`; None: as before.

        With `fills` it takes all the space, and the reasoning stands below the answer.
        """
        self._allowed_rows = self._allowed_rows if rows is None else rows
        if fills is not None and fills != self._fills:
            self._fills = fills
            self._write_text()
        if not self.display or not self.is_attached:
            return
        spare = self._allowed_rows - _FRAME_ROWS - self._count_outcome_rows()
        text = min(self._count_text_rows(), max(_MIN_TEXT_ROWS, spare))
        self._votes.display = bool(self._vote_rows) and spare - text >= self._vote_rows
        self.view.display = bool(text)
        self.view.styles.height = "1fr" if self._fills else text
        self.view.stop_following()
        self.view.scroll_home(animate=False)
        self.view.request_draw()

    def on_resize(self) -> None:
        """Fit the card to the new size."""
        self.fit()

    def on_descendant_focus(self) -> None:
        """Show the keys that work now."""
        self._write_keys()

    def on_descendant_blur(self) -> None:
        """Show how to get to the keys."""
        self._write_keys()

    def focus_text(self) -> None:
        """Give the card the focus."""
        self.screen.set_focus(self.view)

    def action_copy_answer(self) -> None:
        """Copy the answer."""
        copy(self.app, self.answer, "answer")

    def _write_keys(self) -> None:
        # Without an input nothing takes the keys as text: `esc` would leave the screen.
        works_now = self.has_focus_within or not hasattr(self.screen, "action_leave_input")
        keys = [
            f"{format_short_key(make_binding_by_id(name).key)} {_LABELS[name]}"
            for name in _COMMANDS
            if name == "copy_answer" or hasattr(self.screen, f"action_{name}")
        ]
        self.border_subtitle = Content(("" if works_now else "esc, then  ") + "  ".join(keys))


def describe_end(report: Report) -> str:
    """Return the outcome of the report; how the answer was reached where the outcome has no figures."""
    text, how = report.outcome.text, single_line(report.how, 400)
    if report.outcome.votes or not how or how in text:
        return text or how
    return how if text == "done" or how.startswith(text) else f"{text} · {how}"
