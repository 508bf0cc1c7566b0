"""What a resumed run supersedes: calls that are made again, and what the mode did because of their outcome.

`RunResumed` lists these calls. Their tokens count, as they were paid for; their outcomes and the later steps
of the mode do not, as the run takes these again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.events import Event, TurnFailed, TurnFinished, TurnQueued
from roundtable_tui.engine.seat_changes import changed_fields

_VOID_STEPS = (
    events.AnswersGrouped,
    events.BaselineTaken,
    events.EntryPosted,
    events.Notice,
    events.PhaseStarted,
    events.StageEnded,
    events.StepsEnded,
    events.Verdict,
)
"""Events that a mode emits beside its calls."""
MAX_SCANNED_EVENTS = 500_000
"""Events that are searched for wasted calls, all resumes together; more are in no record of a run."""
_MAX_COUNT = 1_000_000_000
_MAX_FIGURE = 1e15


@dataclass(frozen=True, slots=True)
class WastedCall:
    """A call of the record that is made again, or not at all; with who made it, and what for."""

    turn: str
    t: float
    """When it ended; with `turn` this identifies it."""
    seat: str
    name: str = ""
    model: str = ""
    phase: str = ""
    round: int = 0
    stage: int = 0
    kind: str = ""
    """Of a failed call, as in `TurnFailed`; "" for an answer that was cut off."""
    usage: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 1
    elapsed_s: float = 0.0

    @property
    def outcome(self) -> TurnFailed:
        """An end of the call with its usage, and without its text."""
        return TurnFailed(
            t=self.t, turn=self.turn, seat=self.seat, kind=self.kind, error="", usage=self.usage,
            attempts=self.attempts, elapsed_s=self.elapsed_s,
        )  # fmt: skip


_DEFAULTS = {one.name: one.default for one in fields(WastedCall) if one.name != "usage"}


def read_wasted(resumed: events.RunResumed) -> list[WastedCall]:
    """Return the calls that the event lists; rows that are not valid are left out."""
    return [call for row in resumed.wasted if (call := _read_row(row))]


def _read_row(row: Mapping[str, Any]) -> WastedCall | None:
    found: dict[str, Any] = {name: row.get(name, default) for name, default in _DEFAULTS.items()}
    usage = row.get("usage", {})
    is_valid = all(_CHECKS.get(name, _is_text)(value) for name, value in found.items())
    if not is_valid or not isinstance(usage, Mapping):
        return None
    figures = {name: value for name, value in usage.items() if isinstance(value, bool) or _is_figure(value)}
    return WastedCall(**found, usage=figures)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_COUNT


def _is_figure(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value < _MAX_FIGURE  # type: ignore[operator]  # Also false for NaN.


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "t": _is_figure, "elapsed_s": _is_figure, "round": _is_count, "stage": _is_count, "attempts": _is_count,
}  # fmt: skip


def write_wasted(calls: Iterable[WastedCall]) -> tuple[Mapping[str, Any], ...]:
    """Return the rows for a `RunResumed` event."""
    return tuple(map(asdict, calls))


def find_wasted(recorded: Iterable[Event], outcomes: Sequence[TurnFinished | TurnFailed]) -> list[WastedCall]:
    """Return these outcomes of a record as wasted calls, with who made them at that time."""
    wanted = {id(outcome) for outcome in outcomes}
    names: dict[str, tuple[str, str]] = {}
    queued: dict[str, tuple[TurnQueued, int, str, str]] = {}
    stage = 0
    found = []
    for event in recorded:
        match event:
            case events.RunStarted():
                names = {
                    str(one.get("seat")): (str(one.get("name", "")), str(one.get("model", "")))
                    for one in event.seats
                }
            case events.SeatChanged():
                name, model = names.get(event.seat, (event.seat, ""))
                changed = changed_fields(event)
                names[event.seat] = changed.get("name", name), changed.get("model", model)
            case events.PhaseStarted():
                stage = event.stage or stage
            case TurnQueued():
                queued[event.turn] = (event, stage, *names.get(event.seat, (event.seat, "")))
            case TurnFinished() | TurnFailed() if id(event) in wanted:
                asked, at_stage, name, model = queued[event.turn]
                kind = event.kind if isinstance(event, TurnFailed) else ""
                found.append(
                    WastedCall(
                        event.turn, _rounded(event.t), event.seat, name, model, asked.phase, asked.round,
                        at_stage, kind, event.usage, event.attempts, event.elapsed_s,
                    )
                )  # fmt: skip
    return found


def without_superseded(recorded: Iterable[Event]) -> list[Event]:
    """Return the events without wasted calls, and without the steps of the mode after the first of these.

    Records of before do not list such calls, and are returned as they are.
    """
    kept: list[Event] = []
    scanned = 0
    for event in recorded:
        if isinstance(event, events.RunResumed) and event.wasted and scanned < MAX_SCANNED_EVENTS:
            scanned += len(kept)
            kept = drop_superseded(kept, event)
        kept.append(event)
    return kept


def drop_superseded(recorded: list[Event], resumed: events.RunResumed) -> list[Event]:
    """Return the events before a resume without those that it supersedes; the same list if there are none."""
    return _drop(recorded, {(call.turn, call.t) for call in read_wasted(resumed)})


def _rounded(t: float) -> float:
    """Return a time as a record has it."""
    return round(t, 3)


def _drop(recorded: list[Event], wasted: set[tuple[str, float]]) -> list[Event]:
    is_wasted = [
        isinstance(event, TurnFinished | TurnFailed) and (event.turn, _rounded(event.t)) in wasted
        for event in recorded
    ]
    if True not in is_wasted:
        return recorded
    first = is_wasted.index(True)
    kept: list[Event] = []
    ended: set[str] = set()
    dropping: set[str] = set()
    for position in reversed(range(len(recorded))):
        event = recorded[position]
        turn = getattr(event, "turn", None)
        if turn is None:
            if position < first or not isinstance(event, _VOID_STEPS):
                kept.append(event)
            continue
        if isinstance(event, TurnFinished | TurnFailed):
            ended.add(turn)
            (dropping.add if is_wasted[position] else dropping.discard)(turn)
        if turn in ended and turn not in dropping:  # A call without an end is made again, too.
            kept.append(event)
        if isinstance(event, TurnQueued):
            ended.discard(turn)
    return kept[::-1]
