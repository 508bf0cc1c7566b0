"""The card with the answer of a run: text, outcome, the seat it is from, and the keys for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from roundtable_tui.tui.clipboard import copy
from roundtable_tui.tui.commands import format_short_key, make_binding_by_id
from roundtable_tui.tui.widgets.run.answer_heading import replace_markers
from roundtable_tui.tui.widgets.transcript import StreamView
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.reports.report.types import Report

TURN = "answer"
MAX_SHARE = 0.45
"""Share of the rows above it all that the card may take."""
_FRAME_ROWS = 2
_MIN_TEXT_ROWS = 1
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


class AnswerCard(Vertical):
    """Shows the answer of a run that has ended. What it says of the outcome is from the report."""

    HELP_TITLE = "Answer"
    BINDINGS: ClassVar[list[BindingType]] = [
        make_binding_by_id("copy_answer"),
        *(make_binding_by_id(name, "screen.") for name in _COMMANDS if name != "copy_answer"),
        *(Binding(str(n), f"screen.go_to({n})", show=False, id=f"pane_{n}") for n in range(10)),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.display = False
        self.view = StreamView()
        self.answer = ""
        self._outcome = Static("", id="card-outcome", markup=False)

    def compose(self) -> ComposeResult:
        """Create the text and the line about the outcome."""
        yield self.view
        yield self._outcome

    def show(self, report: Report) -> None:
        """Show the answer of a run that has ended, or why there is none."""
        self.answer = report.answer
        author = single_line(report.names.get(report.by, ""), 40)
        title = "Answer" if report.answer.strip() else "No answer"
        self.border_title = Content.assemble((title, "bold"), f" · from {author}" if author else "")
        kind = "-error" if report.status == "failed" else OUTCOME_CLASSES.get(report.outcome.kind, "-warning")
        self.remove_class("-good", "-warning", "-error")
        self.add_class(kind)
        self.view.clear()
        if report.answer.strip():
            self.view.begin(TURN)
            self.view.resplit(TURN, "", replace_markers(report.answer))
            self.view.end(TURN)
        self._outcome.update(Content(describe_end(report)))
        self._write_keys()
        self.display = True
        self.call_after_refresh(self.fit)

    def hide(self) -> None:
        """Remove the card, when a run begins or is resumed."""
        self.display = False
        self.answer = ""

    def fit(self) -> None:
        """Make the card as high as its text, as far as there is room."""
        if not self.display or not self.is_attached or self.parent is None:
            return
        self.view.flush()
        above = self.parent.size.height if isinstance(self.parent, Widget) else 0
        line_rows = max(1, self._outcome.size.height)
        most = max(_MIN_TEXT_ROWS, int(above * MAX_SHARE) - _FRAME_ROWS - line_rows)
        rows = min(most, self.view.document.height) if self.answer.strip() else 0
        self.view.display = bool(rows)
        if rows:
            self.view.styles.height = rows
        self.view.stop_following()
        self.view.scroll_home(animate=False)

    def on_resize(self) -> None:
        """Fit the card to the new size."""
        self.call_after_refresh(self.fit)

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
        focused = self.has_focus_within
        keys = [
            f"{format_short_key(make_binding_by_id(name).key)} {_LABELS[name]}"
            for name in _COMMANDS
            if name == "copy_answer" or hasattr(self.screen, f"action_{name}")
        ]
        self.border_subtitle = Content(("" if focused else "esc, then  ") + "  ".join(keys))


def describe_end(report: Report) -> str:
    """Return the outcome of the report; how the answer was reached where the outcome has no figures."""
    text, how = report.outcome.text, single_line(report.how, 400)
    if report.outcome.votes or not how or how in text:
        return text or how
    return how if text == "done" or how.startswith(text) else f"{text} · {how}"
