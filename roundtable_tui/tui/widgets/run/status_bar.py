"""The top line: phase, elapsed time, usage and agreement of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.events import CallsForecast, Event, RunStarted
    from roundtable_tui.reports.report.fold import EventFold

_MAX_VOTE_CELLS = 16
"""Cells of the signs of votes; of more seats there are numbers only."""
_STREAM_EVENT_TYPES = frozenset({"answer", "reasoning"})
_MIN_WIDE_CELLS = 100
STATUS_WORDS = {"complete": "done", "partial": "incomplete", "cancelled": "stopped"}
"""The words of a run's status on the screen; others are shown as they are."""
_STATUS_COLORS = {
    "complete": "$text-success",
    "partial": "$text-warning",
    "failed": "$text-error",
    "cancelled": "$text-warning",
}


class StatusBar(Static):
    """One row about the run as a whole. `handle` takes its events, `tick` moves the clock."""

    DEFAULT_CSS = """
    StatusBar {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(Content("◆ Roundtable"), id=id, markup=False)
        self.reset_run()

    def reset_run(self) -> None:
        """Return to the state before the first run."""
        self._mode = self._stage = self._phase = self._status = self._question = ""
        self._round: tuple[int, int | None] = (1, None)
        self._run_active = False
        self._elapsed = 0.0
        self._tokens = 0
        self._cost: float | None = None
        self._limits: tuple[int | None, float | None] = (None, None)
        self._estimate_sign = ""
        self._forecast_text = ""
        self._forecast_calls = 0
        self._votes: list[tuple[str, str]] = []
        self._split = self._outcome = ""
        self._has_agreed = True
        self._is_budget_reached = False
        self._fold: EventFold | None = None
        self._paused = False
        self.write()

    def show_pending_run(self, question: str) -> None:
        """Show that the run of a question is being prepared; loading a model may take a while."""
        parts = (("◆ Roundtable", "bold $primary"), ("  starting...  ", "$text-accent"))
        self.update(Content.assemble(*parts, (single_line(question, 200), "dim")), layout=False)

    def handle(self, event: Event) -> None:
        """Take an event; those of single seats are ignored."""
        if event.type in _STREAM_EVENT_TYPES:  # Thousands a second: leave before the tests below.
            return
        from roundtable_tui.engine import events  # After the first frame.

        if self._fold is not None:
            self._fold.apply(event)
        match event:
            case events.RunStarted():
                self.reset_run()
                self._start_fold(event)
                self._mode, self._question = event.mode, event.question
                self._run_active = True
                self._limits = (event.calls.get("budget"), event.calls.get("max_cost"))
            case events.PhaseStarted() if event.stage:
                self._stage, self._phase, self._split = event.name, "", ""
            case events.PhaseStarted():
                self._phase = event.name
                self._round = (event.number, event.of)
            case events.RoundsChanged(name=self._phase):
                self._round = (self._round[0], event.limit)
            case events.BudgetChanged():
                self._limits = (event.tokens, event.cost)
            case events.UsageUpdated():
                self._tokens, self._cost = event.prompt_tokens + event.completion_tokens, event.cost
                self._estimate_sign = "~" if event.estimated else ""
            case events.CallsForecast():
                self._forecast_text, self._forecast_calls = format_forecast(event), event.calls
            case events.TurnFinished() | events.TurnFailed() if self._forecast_calls:
                self._forecast_calls -= 1
            case events.AnswersGrouped():
                self._take_votes()
            case events.RunPaused():
                self._paused = event.paused
            case events.RunFinished():
                self._elapsed, self._status, self._run_active = event.elapsed_s, event.status, False
                self._take_outcome()
            case events.RunResumed():
                self._outcome, self._status, self._run_active = "", "", True
            case _:
                return
        self._elapsed = max(self._elapsed, event.t)
        self.write()

    def _start_fold(self, header: RunStarted) -> None:
        from roundtable_tui.reports.report.fold import EventFold  # After the first frame.

        self._fold = EventFold.of_events([header])

    def _take_outcome(self) -> None:
        """Take the words for the end of the run from its report."""
        from roundtable_tui.reports.report.make import report_from_fold

        if self._fold is not None:
            outcome = report_from_fold(self._fold).outcome
            self._is_budget_reached = outcome.kind == "budget_reached"
            self._has_agreed = outcome.answers not in ("no_consensus", "against_majority")
            if outcome.answers in ("majority", "no_consensus", "against_majority"):
                self._split, self._outcome = "", outcome.answers_label

    def _take_votes(self) -> None:
        """Take the votes of the last round, in the signs of the board."""
        from roundtable_tui.reports.board import make_board
        from roundtable_tui.reports.board.draw import render_signs
        from roundtable_tui.reports.report.make import report_from_fold
        from roundtable_tui.tui.widgets.run.board_view import style_line

        if self._fold is None or not (board := make_board(report_from_fold(self._fold))).rounds:
            return
        last = board.rounds[-1]
        self._split = last.split
        self._votes = style_line(render_signs(board, last, _MAX_VOTE_CELLS))

    def _format_votes(self) -> list[tuple[str, str]]:
        """Return the signs of the votes as one part each; none on narrow screens."""
        return [] if self._is_narrow else self._votes

    def tick(self, now: float) -> None:
        """Move the clock to `now`, seconds since the run started."""
        if self._run_active:
            self._elapsed = now
            self.write()

    def write(self) -> None:
        """Write the row."""
        name = "◆" if self._mode and self._is_narrow else "◆ Roundtable"
        parts: list[tuple[str, str]] = [(name, "bold $primary")]
        for text, style in self._build_parts():
            gap = "" if parts[-1][0][-1:] == " " else "  "
            parts += [(gap, ""), (text, style)]
        self.update(Content.assemble(*parts), layout=False)  # Always one row: the panes need no layout.

    def on_resize(self) -> None:
        """Fit the text to the new width."""
        self.write()

    @property
    def _is_narrow(self) -> bool:
        """Whether there is room for figures only."""
        return 0 < self.size.width < _MIN_WIDE_CELLS

    def _build_parts(self) -> list[tuple[str, str]]:
        if not self._mode:
            return []
        stage = self._stage if self._run_active else ""
        parts = [(single_line(stage, 30) or single_line(self._mode, 20), "bold")]
        if self._status and self._is_budget_reached:
            parts.append(("budget reached", "$text-warning"))
        elif self._status:
            color = _STATUS_COLORS.get(self._status, "") if self._has_agreed else "$text-warning"
            parts.append((STATUS_WORDS.get(self._status, self._status), color))
        elif self._paused:
            parts.append(("paused", "$text-warning bold"))
        elif self._phase:
            number, of = self._round
            counted = f" {number} of {of}" if of and of > 1 else ""
            parts.append((single_line(self._phase, 24) + counted, "$text-accent"))
        minutes, seconds = divmod(int(self._elapsed), 60)
        parts.append((f"{minutes}:{seconds:02}", ""))
        parts += [(part, "") for part in self._format_usage()]
        if self._forecast_calls and self._run_active and not self._is_narrow:
            parts.append((self._forecast_text, "dim"))
        if self._outcome:
            parts.append((self._outcome, "$text-secondary" if self._has_agreed else "$text-warning"))
        elif self._split:
            parts += [*self._format_votes(), (self._split, "$text-secondary")]
        parts.append((single_line(self._question, 200), "dim"))
        return parts

    def _format_usage(self) -> list[str]:
        """Return tokens and cost so far, with their limits."""
        from roundtable_tui.engine.calls.pricing import format_dollars

        tokens, cost = self._limits
        parts = []
        if self._tokens or tokens:
            of = f" of {tokens:,}" if tokens else ""
            parts.append(f"{self._estimate_sign}{self._tokens:,}{of} tokens")
        if self._cost is not None or cost:
            spent = (
                f"{self._estimate_sign}{format_dollars(self._cost)}"
                if self._cost is not None
                else "no price set"
            )
            parts.append(spent + (f" of {format_dollars(cost)}" if cost else ""))
        return parts


def format_forecast(event: CallsForecast) -> str:
    """Format what the next calls are expected to use: `next: ~2.3k tokens ~$0.01`."""
    from roundtable_tui.engine.calls.pricing import format_dollars

    tokens = event.prompt_tokens + event.completion_tokens
    amount = f"{tokens / 1000:.1f}k" if tokens >= 1000 else str(tokens)
    money = f" ~{format_dollars(event.cost)}" if event.cost is not None else ""
    return f"next: ~{amount} tokens{money}"
