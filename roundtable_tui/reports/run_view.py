"""The state of a run, folded from its events: names, phases, turns, decisions. Used by all readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from roundtable_tui.engine import events
from roundtable_tui.engine.citations import Passage, passages_from_dicts
from roundtable_tui.engine.seat_changes import changed_fields
from roundtable_tui.reports.wording import describe_raw_decision
from roundtable_tui.utils.text import single_line

MAX_NAME_CHARS = 40
"""As long as a persona's name may be."""
TurnState = Literal["waiting", "thinking", "writing", "done", "failed"]


@dataclass(slots=True)
class SeatView:
    """A seat as it is now: changes of persona, model and muting are applied. Texts are raw."""

    id: str
    name: str
    model: str = ""
    server: str = ""
    role: str = ""
    is_captain: bool = False
    is_muted: bool = False
    stage: int = 0
    """The stage of a pipeline the seat belongs to, from 1; 0 outside of pipelines."""


@dataclass(slots=True)
class TurnView:
    """One model call of a seat. Texts are raw."""

    id: str
    seat: str
    label: str = ""
    phase: str = ""
    round: int = 0
    is_decision: bool = False
    """The reply is a filled-in form, not a text for the other seats."""
    state: TurnState = "waiting"
    attempt: int = 0
    streamed_chars: int = 0
    """Characters of answer and reasoning that this attempt has streamed."""
    outcome: events.TurnFinished | events.TurnFailed | None = None
    """How the turn ended last; kept while the turn is asked again in a resumed run."""

    @property
    def is_open(self) -> bool:
        """True if the turn has been asked and has not ended."""
        return self.state not in ("done", "failed")

    @property
    def text(self) -> str:
        """The reply as readers see it (raw), a decision as a sentence; "" before the turn has ended."""
        return display_text(self.outcome, is_decision=self.is_decision) if self.outcome else ""


@dataclass(slots=True)
class StageGroups:
    """One grouping of answers, and the stage of a pipeline it happened in (0: no pipeline)."""

    event: events.AnswersGrouped
    stage: int


@dataclass(slots=True)
class RunView:
    """The state of a run after the events passed to `apply` so far.

    Works for live runs, records and replays alike; tolerates records that were edited by hand.
    """

    header: events.RunStarted | None = None
    end: events.RunFinished | None = None
    """None while the run is active, and again after it was resumed."""
    seats: dict[str, SeatView] = field(default_factory=dict)
    """By seat id, in the order of the header."""
    turns: dict[str, TurnView] = field(default_factory=dict)
    """By turn id, in the order in which they were asked."""
    outcomes: list[events.TurnFinished | events.TurnFailed] = field(default_factory=list)
    """Every end of a turn, in order of arrival. A turn that is asked again after a resume ends twice."""
    stages: dict[int, events.StageEnded] = field(default_factory=dict)
    verdicts: list[events.Verdict] = field(default_factory=list)
    groupings: list[StageGroups] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    passages: tuple[Passage, ...] = ()
    usage: events.UsageUpdated | None = None
    baseline: events.BaselineTaken | None = None
    phase: str = ""
    """The title of the current phase, such as `round 2 of 3`."""
    stage: int = 0
    """The current stage of a pipeline, from 1; 0 outside of pipelines."""

    @classmethod
    def from_events(cls, recorded: Iterable[events.Event]) -> RunView:
        """Fold all events of a run."""
        view = cls()
        for event in recorded:
            view.apply(event)
        return view

    @property
    def status(self) -> str:
        """The status of the run's end; `unfinished` while there is none."""
        return self.end.status if self.end else "unfinished"

    @property
    def open_turns(self) -> list[TurnView]:
        """The turns that have been asked and have not ended, in the order in which they were asked."""
        return [turn for turn in self.turns.values() if turn.is_open]

    def seat_name(self, seat: str, limit: int = MAX_NAME_CHARS) -> str:
        """Return the seat's current name, safe to show; its id if the seat is unknown."""
        known = self.seats.get(seat)
        return single_line(known.name if known else seat, limit)

    def is_decision(self, turn: str) -> bool:
        """Return whether the reply of this turn is a decision."""
        return turn in self.turns and self.turns[turn].is_decision

    def turn_label(self, turn: str) -> str:
        """Return what the turn is for, in a word or two (raw); "" if it is unknown."""
        return self.turns[turn].label if turn in self.turns else ""

    def turn_text(self, event: events.TurnFinished | events.TurnFailed) -> str:
        """Return the reply of a turn that has ended (raw), a decision as a sentence."""
        return display_text(event, is_decision=self.is_decision(event.turn))

    def apply(self, event: events.Event) -> None:
        """Update the state with the next event.

        Call it before reading names and labels for an event, except for SeatChanged, whose text is about the
        names before the change (see `describe_seat_change`).
        """
        match event:
            case events.AnswerDelta() | events.ReasoningDelta():  # First: by far the most frequent.
                turn = self._turn(event.turn, event.seat)
                turn.streamed_chars += len(event.text)
                turn.state = "thinking" if isinstance(event, events.ReasoningDelta) else "writing"
            case events.RunStarted():
                self.header = event
                self.seats = {seat.id: seat for seat in map(_read_seat, event.seats)}
            case events.TurnQueued():
                before = self.turns.get(event.turn)
                self.turns[event.turn] = TurnView(
                    event.turn, event.seat, event.label, event.phase, event.round, event.decides,
                    outcome=before.outcome if before else None,
                )  # fmt: skip
            case events.TurnStarted():
                turn = self._turn(event.turn, event.seat)
                turn.state, turn.attempt, turn.streamed_chars = "waiting", event.attempt, 0
            case events.TurnResplit():
                turn = self._turn(event.turn, event.seat)
                turn.state = "writing" if event.text else "thinking"
                turn.streamed_chars = len(event.reasoning) + len(event.text)
            case events.TurnFinished() | events.TurnFailed():
                turn = self._turn(event.turn, event.seat)
                turn.state = "failed" if isinstance(event, events.TurnFailed) else "done"
                turn.outcome = event
                self.outcomes.append(event)
            case events.SeatChanged():
                self._change_seat(event)
            case _:
                self._apply_run_event(event)

    def _apply_run_event(self, event: events.Event) -> None:
        match event:
            case events.PhaseStarted():
                self.phase = phase_title(event)
                self.stage = event.stage or self.stage
            case events.StageEnded():
                self.stages[event.stage] = event
            case events.Verdict():
                self.verdicts.append(event)
            case events.AnswersGrouped():
                self.groupings.append(StageGroups(event, self.stage))
            case events.PassagesUsed():
                self.passages = passages_from_dicts(event.passages)
            case events.Notice():
                self.notices.append(event.text)
            case events.UsageUpdated():
                self.usage = event
            case events.BaselineTaken():
                self.baseline = event
            case events.RunFinished():
                self.end = event
            case events.RunResumed():
                self.end = None

    def _turn(self, turn: str, seat: str) -> TurnView:
        if turn not in self.turns:  # Only in a record whose lines were lost.
            self.turns[turn] = TurnView(turn, seat)
        return self.turns[turn]

    def _change_seat(self, event: events.SeatChanged) -> None:
        seat = self.seats.setdefault(event.seat, SeatView(event.seat, event.seat))
        for name, value in changed_fields(event).items():
            setattr(seat, name, value)
        if event.what in ("muted", "unmuted"):
            seat.is_muted = event.what == "muted"


def phase_title(event: events.PhaseStarted) -> str:
    """Return the title of a phase, safe to show: `round 2 of 3`, `round 2`, `synthesis`."""
    of = f" of {event.of}" if event.of and event.of > 1 else ""
    number = f" {event.number}" if of or event.number > 1 else ""
    return f"{single_line(event.name, 80)}{number}{of}"


def display_text(outcome: events.TurnFinished | events.TurnFailed, *, is_decision: bool) -> str:
    """Return the reply of a turn (raw): its text or tool arguments, a decision as a sentence."""
    text = outcome.text or getattr(outcome, "tool_arguments", "")
    return describe_raw_decision(text) if is_decision else text


def _read_seat(seat: Mapping[str, Any]) -> SeatView:
    name = str(seat.get("seat", ""))
    stage = seat.get("stage")
    return SeatView(
        name,
        str(seat.get("name") or name),
        str(seat.get("model") or ""),
        str(seat.get("server") or ""),
        str(seat.get("role") or ""),
        bool(seat.get("captain")),
        stage=stage if isinstance(stage, int) and not isinstance(stage, bool) and stage > 0 else 0,
    )
