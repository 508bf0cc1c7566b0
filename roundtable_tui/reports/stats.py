"""The account of a run: what each seat cost, who agreed with whom round by round, who changed sides.

Made from the events alone, so it is the same for a live run, a finished one and a replay.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from roundtable_tui.answers.agreement import normalize_answer
from roundtable_tui.engine import events
from roundtable_tui.engine.turn import MUTED

STAGE_SEPARATOR = " → "
"""Stands between the stages in the account of a pipeline."""
INTENTIONAL_FAILURES = frozenset({MUTED, "stopped", "unneeded"})
"""Kinds of failure that are none: somebody wanted it so."""


@dataclass(slots=True)
class SeatStats:
    """What one seat did and used."""

    seat: str
    name: str
    model: str
    calls: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None
    """USD, of the calls whose price is known; None where none is."""
    estimated: bool = False
    seconds: float = 0.0
    first_tokens: list[float] = field(default_factory=list)
    """Seconds to the first token, call by call."""
    rates: list[float] = field(default_factory=list)
    """Tokens a second, call by call."""
    answers: list[float] = field(default_factory=list)
    """Tokens of the answer, call by call."""
    costs: list[float] = field(default_factory=list)
    """USD, call by call."""

    @property
    def median_ttft_s(self) -> float | None:
        """The median time to the first token."""
        return statistics.median(self.first_tokens) if self.first_tokens else None

    @property
    def median_rate(self) -> float | None:
        """The median of tokens a second."""
        return statistics.median(self.rates) if self.rates else None


@dataclass(frozen=True, slots=True)
class RoundStats:
    """How the final answers of a round were grouped."""

    round: int
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    """(answer, seats), largest first."""
    agreement: float | None
    basis: str
    stage: int = 0
    """The stage of a pipeline, from 1."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A seat whose answer says something else than in the round before."""

    seat: str
    round: int
    before: str
    after: str
    joined_majority: bool
    """It went over to what most held in the round before."""
    stage: int = 0


@dataclass(slots=True)
class RunStats:
    """All of it. `decisions` are (label, round, rung); `notices` the lines a person was told."""

    seats: dict[str, SeatStats] = field(default_factory=dict)
    rounds: list[RoundStats] = field(default_factory=list)
    answer_changes: list[AnswerChange] = field(default_factory=list)
    decisions: list[tuple[str, int, str]] = field(default_factory=list)
    stages: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """Stage of a pipeline -> (mode, status, how)."""
    notices: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    how: str = ""
    status: str = ""


def compute_stats(recorded: Iterable[events.Event]) -> RunStats:
    """Return the account of a run from its events."""
    made = RunStats()
    stage = 0
    for event in recorded:
        match event:
            case events.RunStarted():
                for seat in event.seats:
                    name = str(seat["seat"])
                    made.seats[name] = SeatStats(
                        name, str(seat.get("name", name)), str(seat.get("model", ""))
                    )
            case events.TurnFinished() | events.TurnFailed():
                _count_turn(made, event)
            case events.SeatChanged():
                _apply_seat_change(made, event)
            case events.AnswersGrouped() if event.agreement is not None:
                groups = tuple((str(g["answer"]), tuple(map(str, g["seats"]))) for g in event.groups)
                made.rounds.append(RoundStats(event.round, groups, event.agreement, event.basis, stage))
            case events.PhaseStarted() if event.stage:
                stage = event.stage
            case events.StageEnded():
                made.stages[event.stage] = (event.mode, event.status, event.how)
            case events.Verdict():
                made.decisions.append((event.label, event.round, event.rung))
            case events.Notice():
                made.notices.append(event.text)
            case events.RunFinished():
                made.how, made.status = event.how or event.error, event.status
    made.rounds = _last_per_round(made.rounds)
    made.answer_changes = find_answer_changes(made.rounds)
    return made


def find_answer_changes(rounds: Iterable[RoundStats]) -> list[AnswerChange]:
    """Return who changed their answer from one round to the next, for answers that can be compared."""
    found = []
    for before, after in pairwise(rounds):
        if before.basis != "exact" or after.basis != "exact" or before.stage != after.stage:
            continue
        was = {seat: answer for answer, seats in before.groups for seat in seats}
        most = before.groups[0][0] if len(before.groups[0][1]) > 1 else ""
        for answer, seats in after.groups:
            for seat in seats:
                if seat in was and normalize_answer(was[seat]) != normalize_answer(answer):
                    joined = bool(most) and normalize_answer(most) == normalize_answer(answer)
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


def _apply_seat_change(stats: RunStats, event: events.SeatChanged) -> None:
    """Take note of another name or model; the calls stay the seat's."""
    seat = stats.seats.setdefault(event.seat, SeatStats(event.seat, event.seat, ""))
    persona = event.value if event.what == "persona" else event.value.get("persona", {})
    if isinstance(persona, Mapping) and persona.get("name"):
        seat.name = str(persona["name"])
    if model := event.value.get("model") if event.what in ("model", "captain") else "":
        seat.model = str(model)


def _last_per_round(rounds: list[RoundStats]) -> list[RoundStats]:
    """Keep the last grouping of each round: answers are also grouped as they arrive."""
    by_round = {(each.stage, each.round): each for each in rounds}
    return list(by_round.values())
