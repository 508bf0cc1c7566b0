"""What is known of the highlighted run: what was asked, by whom it was worked on, and the answer."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.history.search import snippet
from roundtable_tui.history.summary import Digest
from roundtable_tui.reports.answer_marker import without_marks
from roundtable_tui.tui.widgets.transcript import StreamView
from roundtable_tui.utils.dates import date, duration
from roundtable_tui.utils.text import clean, one_line

_QUESTION = 600
_PLACE = 160


class RunPreview(Vertical):
    """Shows a digest; the place of what is searched for on top of the answer."""

    DEFAULT_CSS = """
    RunPreview {
        border-left: solid $panel-lighten-2;
        & > #facts { height: auto; max-height: 60%; padding: 0 1 1 1; }
        & > StreamView { height: 1fr; }
    }
    """

    def compose(self) -> ComposeResult:
        """The facts, then the answer."""
        yield Static(id="facts", markup=False)
        yield StreamView(id="answer")

    def show(self, digest: Digest | None, status: str = "", typed: str = "") -> None:
        """Show a run; `status` as the list has it, `typed` what is searched for."""
        view = self.query_one(StreamView)
        view.clear()
        facts = self.query_one("#facts", Static)
        if digest is None:
            facts.update("")
            return
        facts.update(_facts(digest, status or digest.status, typed))
        if digest.answer.strip():
            view.begin("answer", "The answer")
            view.feed("answer", without_marks(digest.answer))
            view.end("answer", digest.how if digest.status == "complete" else "")
        elif digest.said.strip():
            view.begin("said", "What was said")
            view.feed("said", without_marks(digest.said))
            view.end("said", "there is no answer", "cut")
        view.scroll_home(animate=False)


def _facts(digest: Digest, status: str, typed: str) -> Content:
    parts: list[tuple[str, str]] = []
    if digest.title:
        parts.append((f"{one_line(digest.title)}\n", "bold $text-accent"))
    if digest.question:
        question = "\n".join(clean(digest.question)[:_QUESTION].split("\n")[:6])
        parts.append((f"{question}\n", "bold"))
    took = duration(digest.elapsed_s) if digest.elapsed_s else ""
    figures = f"{digest.tokens:,} tokens" if digest.tokens else ""
    for line in (
        " · ".join(part for part in (status, digest.mode, digest.team, date(digest.started)) if part),
        " · ".join(part for part in (took, figures, f"{digest.turns} turns" if digest.turns else "") if part),
        ", ".join(digest.seats),
        ", ".join(digest.models),
        digest.name,
    ):
        if line:
            parts.append((f"{one_line(line, 300)}\n", "dim"))
    if status != "complete" and digest.how:
        parts.append((f"{one_line(digest.how, 400)}\n", "$text-warning"))
    content = Content.assemble(*parts)
    found = snippet(without_marks(f"{digest.answer}\n{digest.said}"), typed, _PLACE) if typed else None
    if found and found.hits:
        place = Content(found.text)
        for start, end in found.hits:
            place = place.stylize("bold $text-accent", start, end)
        content = Content.assemble(content, ("found: ", "dim"), place)
    return content
