"""The header of a run: question, mode, phase, elapsed time, tokens and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.events import CallsForecast, Event, RunStarted
    from roundtable_tui.reports.report.fold import EventFold

_STREAM_EVENT_TYPES = frozenset({"answer", "reasoning"})
_SIGN = "◆"
_MIN_QUESTION_CELLS = 24
_MIN_TALL_ROWS = 24
"""On shorter screens the question has one row."""
_CHARS_PER_TOKEN = 4
_UNKNOWN_WIDTH = 400
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
        self._rows = 1
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
        self._streamed: dict[str, int] = {}
        """Running turn -> characters received, which no usage counts yet."""
        self._outcome = ""
        self._has_agreed = True
        self._is_budget_reached = False
        self._fold: EventFold | None = None
        self._paused = False
        self.write()

    def show_pending_run(self, question: str) -> None:
        """Show that the run of a question is being prepared; loading a model may take a while."""
        text = truncate_cells(single_line(question, 200), max(1, (self.content_size.width or 80) - 14))
        parts = ((f"{_SIGN} ", "bold $primary"), (text, "bold"), ("  starting...", "$text-accent"))
        self.update(Content.assemble(*parts), layout=False)

    def handle(self, event: Event) -> None:
        """Take an event; those of single seats are ignored."""
        if event.type in _STREAM_EVENT_TYPES:  # Thousands a second: leave before the tests below.
            turn = event.turn  # type: ignore[attr-defined]
            self._streamed[turn] = self._streamed.get(turn, 0) + len(event.text)  # type: ignore[attr-defined]
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
                self._stage, self._phase = event.name, ""
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
            case events.TurnStarted():
                self._streamed.pop(event.turn, None)
                return
            case events.TurnFinished() | events.TurnFailed():
                self._streamed.pop(event.turn, None)
                self._forecast_calls = max(0, self._forecast_calls - 1)
            case events.RunPaused():
                self._paused = event.paused
            case events.RunFinished():
                self._elapsed, self._status, self._run_active = event.elapsed_s, event.status, False
                self._take_outcome()
            case events.RunResumed():
                self._outcome, self._status, self._run_active = "", "", True
                self._streamed = {}
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
        from roundtable_tui.reports.report.sections import describe_votes

        if self._fold is not None:
            outcome = report_from_fold(self._fold).outcome
            self._is_budget_reached = outcome.kind == "budget_reached"
            self._has_agreed = outcome.answers not in ("no_consensus", "against_majority")
            by_verdict = outcome.answers == "agreed" and not outcome.votes
            if by_verdict or outcome.answers in ("majority", "no_consensus", "against_majority"):
                self._outcome = outcome.answers_label
            else:
                self._outcome = describe_votes(outcome.votes)

    def tick(self, now: float) -> None:
        """Move the clock to `now`, seconds since the run started."""
        if self._run_active:
            self._elapsed = now
            self.write()

    def write(self) -> None:
        """Write the row, or two where the question needs them and there is room."""
        width = self.content_size.width or _UNKNOWN_WIDTH
        right = self._fit_parts(width)
        taken = _count_cells(right)
        question = single_line(self._question, 400)
        name = f"{_SIGN} " if self._mode else f"{_SIGN} Roundtable"
        if not self._mode:
            self._set_rows(1)
            self.update(Content.assemble((name, "bold $primary")), layout=False)
            return
        room = max(1, width - len(name) - taken - 2)
        rows = 2 if self.is_tall and measure_cells(question) > room else 1
        first, second = self._divide_question(question, room, max(1, width - len(name)), rows)
        gap = " " * max(1, width - len(name) - measure_cells(first) - taken)
        parts = [(name, "bold $primary"), (first, "bold $answer-text"), (gap, ""), *right]
        if rows == 2:
            parts += [("\n" + " " * len(name), ""), (second, "bold $answer-text")]
        self._set_rows(rows)
        self.update(Content.assemble(*parts), layout=False)  # The panes need no layout.

    def _divide_question(self, question: str, room: int, width: int, rows: int) -> tuple[str, str]:
        """Return what stands in the first and in the second row."""
        if rows == 1:
            return truncate_cells(question, room), ""
        from roundtable_tui.tui.widgets.transcript.wrap import wrap  # After the first frame.

        starts = wrap(question, room)
        at = starts[0] if starts else len(question)
        return question[:at].rstrip(), truncate_cells(question[at:], width)

    def _set_rows(self, rows: int) -> None:
        if self.is_mounted and self._rows != rows:
            self._rows = rows
            self.styles.height = rows

    @property
    def is_tall(self) -> bool:
        """Whether there is room for a second row."""
        return self.is_attached and self.screen.size.height >= _MIN_TALL_ROWS

    def on_resize(self) -> None:
        """Fit the text to the new width."""
        self.write()

    def _fit_parts(self, width: int) -> list[tuple[str, str]]:
        """Return mode, phase and figures; the less important ones are left out on narrow screens."""
        parts = self._build_parts()
        most = max(width // 2, width - _MIN_QUESTION_CELLS)
        while len(parts) > 1 and sum(measure_cells(text) + 3 for text, _, _ in parts) - 3 > most:
            least = max(rank for _, _, rank in parts)
            parts.remove(next(one for one in reversed(parts) if one[2] == least))
        joined: list[tuple[str, str]] = []
        for text, style, _ in parts:
            joined += [(" · " if joined else "", "$text-muted"), (text, style)]
        return joined

    def _build_parts(self) -> list[tuple[str, str, int]]:
        """Return the parts on the right: text, style and rank; the highest rank is left out first."""
        if not self._mode:
            return []
        stage = self._stage if self._run_active else ""
        parts = [(single_line(stage, 30) or single_line(self._mode, 20), "", 3)]
        if self._status and self._is_budget_reached:
            parts.append(("budget reached", "bold $text-warning", 0))
        elif self._status:
            color = _STATUS_COLORS.get(self._status, "") if self._has_agreed else "$text-warning"
            parts.append((STATUS_WORDS.get(self._status, self._status), f"bold {color}", 0))
        elif self._paused:
            parts.append(("paused", "bold $text-warning", 0))
        elif self._phase:
            number, of = self._round
            counted = f" {number} of {of}" if of and of > 1 else ""
            parts.append((single_line(self._phase, 24) + counted, "$text-accent", 1))
        if self._outcome:
            parts.append((self._outcome, "$text-success" if self._has_agreed else "$text-warning", 4))
        minutes, seconds = divmod(int(self._elapsed), 60)
        parts.append((f"{minutes}:{seconds:02}", "", 0))
        parts += [(part, "", 2) for part in self._format_usage()]
        if self._forecast_calls and self._run_active:
            parts.append((self._forecast_text, "$text-muted", 5))
        return parts

    def _format_usage(self) -> list[str]:
        """Return tokens and cost so far, with their limits; both grow while text streams."""
        from roundtable_tui.engine.calls.pricing import format_dollars

        budget, max_cost = self._limits
        streamed = sum(self._streamed.values()) // _CHARS_PER_TOKEN if self._run_active else 0
        sign = "~" if streamed else self._estimate_sign
        parts = []
        if self._tokens or streamed or budget:
            of = f" of {budget:,}" if budget else ""
            parts.append(f"{sign}{self._tokens + streamed:,}{of} tokens")
        if self._cost is not None or max_cost:
            spent = "no price set"
            if self._cost is not None:
                grown = self._cost * streamed / self._tokens if self._tokens else 0.0
                spent = f"{sign}{format_dollars(self._cost + grown)}"
            parts.append(spent + (f" of {format_dollars(max_cost)}" if max_cost else ""))
        return parts


def _count_cells(parts: list[tuple[str, str]]) -> int:
    return sum(measure_cells(text) for text, _ in parts)


def format_forecast(event: CallsForecast) -> str:
    """Format what the next calls are expected to use: `next: ~2.3k tokens ~$0.01`."""
    from roundtable_tui.engine.calls.pricing import format_dollars

    tokens = event.prompt_tokens + event.completion_tokens
    amount = f"{tokens / 1000:.1f}k" if tokens >= 1000 else str(tokens)
    money = f" ~{format_dollars(event.cost)}" if event.cost is not None else ""
    return f"next: ~{amount} tokens{money}"
