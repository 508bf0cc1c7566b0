"""Statistics of a run: usage per seat, groups of answers per round, changed answers.

Computed from the events alone, so they are the same for a live run, a finished one and a replay.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from roundtable_tui.answers.compare import answers_agree
from roundtable_tui.engine import events
from roundtable_tui.engine.turn import INTERRUPTED, MUTED, UNNEEDED
from roundtable_tui.reports.run_view import RunView, StageGroups

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
class RoundStats:
    """The groups of final answers in one round."""

    round: int
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    """(answer, seats), largest first."""
    agreement: float | None
    basis: str
    stage: int = 0
    """The stage of a pipeline, from 1."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A seat whose answer differs in meaning from its answer in the round before."""

    seat: str
    round: int
    before: str
    after: str
    joined_majority: bool
    """True if the new answer is the majority's answer of the round before."""
    stage: int = 0


@dataclass(slots=True)
class RunStats:
    """The statistics of a run."""

    seats: dict[str, SeatStats] = field(default_factory=dict)
    rounds: list[RoundStats] = field(default_factory=list)
    answer_changes: list[AnswerChange] = field(default_factory=list)
    decisions: list[tuple[str, int, str]] = field(default_factory=list)
    """(label, round, method of structured output) of each verdict."""
    stages: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """Stage of a pipeline -> (mode, status, how)."""
    notices: list[str] = field(default_factory=list)
    """Lines that were shown to the user."""
    failures: list[str] = field(default_factory=list)
    how: str = ""
    status: str = ""


def compute_stats(recorded: Iterable[events.Event]) -> RunStats:
    """Compute the statistics of a run from its events."""
    view = RunView.from_events(recorded)
    stats = RunStats()
    for seat in view.seats.values():
        stats.seats[seat.id] = SeatStats(seat.id, seat.name, seat.model)
    for outcome in view.outcomes:
        _count_turn(stats, outcome)
    measured = (groups for groups in view.groupings if groups.event.agreement is not None)
    # Answers are also grouped as they arrive: the last grouping of a round counts.
    stats.rounds = list({(one.stage, one.event.round): _round_stats(one) for one in measured}.values())
    stats.answer_changes = find_answer_changes(stats.rounds)
    stats.decisions = [(verdict.label, verdict.round, verdict.rung) for verdict in view.verdicts]
    stats.stages = {number: (end.mode, end.status, end.how) for number, end in view.stages.items()}
    stats.notices = view.notices
    if view.end:
        stats.how, stats.status = view.end.how or view.end.error, view.end.status
    return stats


def _round_stats(groups: StageGroups) -> RoundStats:
    event = groups.event
    answers = tuple((str(group["answer"]), tuple(map(str, group["seats"]))) for group in event.groups)
    return RoundStats(event.round, answers, event.agreement, event.basis, groups.stage)


def find_answer_changes(rounds: Iterable[RoundStats]) -> list[AnswerChange]:
    """Return the answers that changed from one round to the next, where answers can be compared exactly."""
    found = []
    for before, after in pairwise(rounds):
        if before.basis != "exact" or after.basis != "exact" or before.stage != after.stage:
            continue
        was = {seat: answer for answer, seats in before.groups for seat in seats}
        most = before.groups[0][0] if len(before.groups[0][1]) > 1 else ""
        for answer, seats in after.groups:
            for seat in seats:
                if seat in was and not answers_agree(was[seat], answer):
                    joined = bool(most) and answers_agree(most, answer)
                    found.append(AnswerChange(seat, after.round, was[seat], answer, joined, after.stage))
    return found


def _count_turn(stats: RunStats, event: events.TurnFinished | events.TurnFailed) -> None:
    seat = stats.seats.setdefault(event.seat, SeatStats(event.seat, event.seat, ""))
    seat.calls += event.attempts > 0
    if isinstance(event, events.TurnFailed) and event.kind not in INTENTIONAL_FAILURES:
        seat.failed += 1
        stats.failures.append(event.error)
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
