"""Statistics of a run: figures of the calls of each seat, beside the report.

Computed from the events alone, so they are the same for a live run, a finished one and a replay.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from roundtable_tui.engine import events
from roundtable_tui.engine.turn import INTERRUPTED, MUTED, UNNEEDED
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.make import report_from_fold
from roundtable_tui.reports.report.types import Report, ReportedChange, ReportedRound

STAGE_SEPARATOR = " → "
"""Separates the stages of a pipeline."""
INTENTIONAL_FAILURES = frozenset({MUTED, "stopped", UNNEEDED, INTERRUPTED})
"""Kinds of failed turns that do not count as failures: the user or the mode ended them on purpose."""


@dataclass(slots=True)
class SeatStats:
    """Calls, usage and timing of one seat."""

    seat: str
    name: str
    model: str
    calls: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None
    """USD, for the calls whose price is known; None if no price is known."""
    estimated: bool = False
    seconds: float = 0.0
    first_tokens: list[float] = field(default_factory=list)
    """Seconds to the first token of each call."""
    rates: list[float] = field(default_factory=list)
    """Tokens per second of each call."""
    answers: list[float] = field(default_factory=list)
    """Completion tokens of each call."""
    costs: list[float] = field(default_factory=list)
    """USD of each call with a known price."""

    @property
    def median_ttft_s(self) -> float | None:
        """Median time to the first token, in seconds."""
        return statistics.median(self.first_tokens) if self.first_tokens else None

    @property
    def median_rate(self) -> float | None:
        """Median tokens per second."""
        return statistics.median(self.rates) if self.rates else None


@dataclass(frozen=True, slots=True)
class RunStats:
    """The figures of each seat, and the report of the run."""

    seats: dict[str, SeatStats]
    report: Report
    stages: dict[int, tuple[str, str, str]]
    """Stage of a pipeline -> (mode, status, how)."""
    notices: list[str]
    """Lines that were shown to the user."""

    @property
    def rounds(self) -> list[ReportedRound]:
        """The groups of answers in each round, as the report has them."""
        return list(self.report.rounds)

    @property
    def answer_changes(self) -> list[ReportedChange]:
        """The changed answers, as the report has them."""
        return list(self.report.changes)

    @property
    def failures(self) -> list[str]:
        """The errors of failed turns, as the report has them."""
        return [failure.error for failure in self.report.failures]


def compute_stats(recorded: Iterable[events.Event]) -> RunStats:
    """Compute the statistics of a run from its events."""
    fold = EventFold.of_events(recorded)
    view = fold.view
    seats = {seat.id: SeatStats(seat.id, seat.name, seat.model) for seat in view.seats.values()}
    for outcome in (*view.outcomes, *(outcome for _, outcome in fold.wasted)):
        _count_turn(seats, outcome)
    stages = {number: (end.mode, end.status, end.how) for number, end in view.stages.items()}
    return RunStats(seats, report_from_fold(fold), stages, view.notices)


def _count_turn(seats: dict[str, SeatStats], event: events.TurnFinished | events.TurnFailed) -> None:
    seat = seats.setdefault(event.seat, SeatStats(event.seat, event.seat, ""))
    seat.calls += event.attempts > 0
    if isinstance(event, events.TurnFailed) and event.kind not in INTENTIONAL_FAILURES:
        seat.failed += 1
    tokens = int(event.usage.get("completion_tokens", 0))
    seat.prompt_tokens += int(event.usage.get("prompt_tokens", 0))
    seat.completion_tokens += tokens
    seat.cached_tokens += int(event.usage.get("cached_tokens", 0))
    seat.estimated |= bool(event.usage.get("estimated", False))
    seat.seconds += event.elapsed_s
    if event.attempts:
        seat.answers.append(tokens)
    if (cost := event.usage.get("cost")) is not None:
        seat.cost = (seat.cost or 0.0) + float(cost)
        seat.costs.append(float(cost))
    if event.ttft_s is not None:
        seat.first_tokens.append(event.ttft_s)
        if event.elapsed_s - event.ttft_s > 0.01 and tokens:
            seat.rates.append(tokens / (event.elapsed_s - event.ttft_s))
