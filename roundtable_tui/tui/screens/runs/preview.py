"""The preview of a run: question, participants, figures, board and answer."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.errors import RoundtableError
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.search import make_snippet
from roundtable_tui.history.summary import RunSummary
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.reports.board import AnswerBoard, make_board
from roundtable_tui.reports.report import make_report
from roundtable_tui.reports.wording import status_label
from roundtable_tui.tui.widgets.run.board_view import BoardView
from roundtable_tui.tui.widgets.transcript import StreamView
from roundtable_tui.utils.dates import format_date
from roundtable_tui.utils.format import format_duration
from roundtable_tui.utils.text import sanitize, single_line

_MAX_QUESTION_CHARS = 600
_MAX_EXCERPT_CHARS = 160


class RunPreview(Vertical):
    """Shows the summary of a run, with the match of the search above the answer."""

    DEFAULT_CSS = """
    RunPreview {
        border-left: solid $panel-lighten-2;
        & > #facts { height: auto; max-height: 60%; padding: 0 1 1 1; }
        & > BoardView { max-height: 50%; padding: 0 1; margin-top: 1; }
        & > StreamView { height: 1fr; }
    }
    """

    def compose(self) -> ComposeResult:
        """Create the facts, the board and the answer."""
        yield Static(id="facts", markup=False)
        yield BoardView(id="board")
        yield StreamView(id="answer")

    def show_board(self, board: AnswerBoard) -> None:
        """Show the board of the run, once its record has been read."""
        self.query_one(BoardView).show(board)

    def show(self, summary: RunSummary | None, status: str = "", typed: str = "") -> None:
        """Show a run with its status; `typed` is the search text to highlight."""
        self.query_one(BoardView).show(None)
        view = self.query_one(StreamView)
        view.clear()
        facts = self.query_one("#facts", Static)
        if summary is None:
            facts.update("")
            return
        facts.update(_format_facts(summary, status or summary.status, typed))
        shown = "answer" if summary.answer.strip() else "said"
        if summary.answer.strip():
            view.begin("answer", "Answer")
            view.feed("answer", replace_marks(summary.answer))
            view.end("answer", summary.how if summary.status == "complete" else "")
        elif summary.full_text.strip():
            view.begin("said", "Transcript")
            view.feed("said", replace_marks(summary.full_text))
            view.end("said", "no answer", "cut")
        view.scroll_to_turn(shown)


def read_board(folder: Path) -> AnswerBoard | None:
    """Read the board of a run; None if its record cannot be read."""
    try:
        return make_board(make_report(read_run(folder).events))
    except (RoundtableError, ValueError):
        return None


def _format_facts(digest: RunSummary, status: str, typed: str) -> Content:
    parts: list[tuple[str, str]] = []
    if digest.title:
        parts.append((f"{single_line(digest.title)}\n", "bold $text-accent"))
    if digest.question:
        question = "\n".join(sanitize(digest.question)[:_MAX_QUESTION_CHARS].split("\n")[:6])
        parts.append((f"{question}\n", "bold"))
    took = format_duration(digest.elapsed_s) if digest.elapsed_s else ""
    figures = f"{digest.tokens:,} tokens" if digest.tokens else ""
    for line in (
        " · ".join(
            part
            for part in (status_label(status), digest.mode, digest.team, format_date(digest.started))
            if part
        ),
        " · ".join(part for part in (took, figures, f"{digest.turns} turns" if digest.turns else "") if part),
        ", ".join(digest.seats),
        ", ".join(digest.models),
        f"asked by {digest.client}" if digest.client else "",
        digest.name,
    ):
        if line:
            parts.append((f"{single_line(line, 300)}\n", "dim"))
    if status != "complete" and digest.how:
        parts.append((f"{single_line(digest.how, 400)}\n", "$text-warning"))
    content = Content.assemble(*parts)
    found = (
        make_snippet(replace_marks(f"{digest.answer}\n{digest.full_text}"), typed, _MAX_EXCERPT_CHARS)
        if typed
        else None
    )
    if found and found.hits:
        place = Content(found.text)
        for start, end in found.hits:
            place = place.stylize("bold $text-accent", start, end)
        content = Content.assemble(content, ("found: ", "dim"), place)
    return content
