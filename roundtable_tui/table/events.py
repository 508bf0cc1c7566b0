"""The one language between engine, record, screen and command line: what happened, as frozen dataclasses.

Every event has `t`, seconds since the run started. A turn's id is `SEAT.N`, the N-th call (from 1)
of that seat in this run: the same call has the same id when a run is resumed or replayed.
Written to the record as `{"type": "turn_started", "t": 1.25, ...}`, in the order they happened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar

VERSION = 1
"""The version of this vocabulary, written in every header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    type: ClassVar[str] = "event"
    t: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """The header: all that is needed to run it again, keys excepted."""

    type: ClassVar[str] = "run_started"
    version: int = VERSION
    run_id: str
    started_at: str
    """ISO 8601 with offset."""
    mode: str
    question: str
    options: Mapping[str, Any] = field(default_factory=dict)
    task: Mapping[str, Any] | None = None
    """The task's texts as they were."""
    seats: tuple[Mapping[str, Any], ...] = ()
    """`{seat, name, full_name, role, persona, model, server, captain}`, in team order, captain last."""
    servers: tuple[Mapping[str, Any], ...] = ()
    """`{name, base_url}`, never a key."""
    team: str = ""
    seed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    """The run this one is a fork of, or goes on from."""
    knowledge: tuple[str, ...] = ()
    """The collections of documents that are looked into before the first turn."""
    calls: Mapping[str, Any] = field(default_factory=dict)
    """What holds for every call: max_tokens, send_seed, and the clocks in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted(Event):
    """A stretch of the run: `round` 2 of 3, `synthesis` 1 of 1."""

    type: ClassVar[str] = "phase_started"
    name: str
    number: int = 1
    of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnQueued(Event):
    """A seat has been asked. `system` is given when it is new or has changed."""

    type: ClassVar[str] = "turn_queued"
    turn: str
    seat: str
    label: str
    """What the turn is for, in a word or two: answer, synthesis, verdict."""
    phase: str = ""
    round: int = 0
    prompt: str = ""
    """What was added to the seat's conversation, the person's words in it included."""
    system: str | None = None
    heard: int = 0
    """How many of the person's words the seat has been given by now."""
    retry_of: str = ""
    """The failed turn this one makes good, at the person's wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted(Event):
    """An attempt is sent: what earlier attempts of this turn streamed is void."""

    type: ClassVar[str] = "turn_started"
    turn: str
    seat: str
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnWaiting(Event):
    """The turn stands still: why, and until when (`t` scale) where known."""

    type: ClassVar[str] = "turn_waiting"
    turn: str
    seat: str
    why: str
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningDelta(Event):
    """The next piece of a turn's reasoning."""

    type: ClassVar[str] = "reasoning"
    turn: str
    seat: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDelta(Event):
    """The next piece of a turn's answer."""

    type: ClassVar[str] = "answer"
    turn: str
    seat: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRestated(Event):
    """What this attempt streamed so far is to be replaced by this division into reasoning and answer."""

    type: ClassVar[str] = "turn_restated"
    turn: str
    seat: str
    reasoning: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFinished(Event):
    """A turn is whole.

    `usage` is {prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, estimated}.
    """

    type: ClassVar[str] = "turn_finished"
    turn: str
    seat: str
    text: str
    reasoning: str = ""
    finish_reason: str | None = None
    tool_arguments: str = ""
    usage: Mapping[str, Any] = field(default_factory=dict)
    ttft_s: float | None = None
    elapsed_s: float = 0.0
    attempts: int = 1
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailed(Event):
    """A turn came to nothing; `text` and `reasoning` are what had arrived. Kind "stopped": by the person."""

    type: ClassVar[str] = "turn_failed"
    turn: str
    seat: str
    kind: str
    error: str
    text: str = ""
    reasoning: str = ""
    usage: Mapping[str, Any] = field(default_factory=dict)
    ttft_s: float | None = None
    elapsed_s: float = 0.0
    attempts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPosted(Event):
    """An entry was put on the board. Kinds: answer, direction, speech, topic, person, summary."""

    type: ClassVar[str] = "entry_posted"
    round: int
    author: str
    kind: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Event):
    """The captain's decision, and the rung of the ladder that gave it."""

    type: ClassVar[str] = "verdict"
    seat: str
    label: str
    decision: Mapping[str, Any]
    rung: str
    """json_schema, tool, prose, word, clusters or only."""
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersGrouped(Event):
    """Final answers grouped by what they say, largest group first."""

    type: ClassVar[str] = "answers_grouped"
    groups: tuple[Mapping[str, Any], ...]
    """`{answer, seats: [seat, ...]}`"""
    agreement: float | None = None
    """0 to 1: from the answers, never from what a model says of itself."""
    basis: str
    """exact: share of the largest group; wording: mean overlap of words; captain: grouped by the captain."""
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSpoke(Event):
    """The person said something to the table (`to` empty) or to one seat; heard at the next turn."""

    type: ClassVar[str] = "person_spoke"
    text: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChanged(Event):
    """A seat speaks otherwise from its next turn on. `what`: persona, model, muted, unmuted, captain, ..."""

    type: ClassVar[str] = "seat_changed"
    seat: str
    what: str
    value: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused(Event):
    """The person holds the run (`paused`), or lets it go on."""

    type: ClassVar[str] = "run_paused"
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed(Event):
    """The run goes on from its record, after it had ended or had been cut off."""

    type: ClassVar[str] = "run_resumed"
    at: str
    """ISO 8601 with offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget(Event):
    """What the run has used so far, after each turn."""

    type: ClassVar[str] = "budget"
    calls: int
    prompt_tokens: int
    completion_tokens: int
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Event):
    """A line the person should see: a seat dropped out, a fallback was used."""

    type: ClassVar[str] = "notice"
    text: str
    seat: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactFound(Event):
    """Something the mode looked up outside of the run: when the run is resumed, it goes by what it was."""

    type: ClassVar[str] = "fact_found"
    name: str
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesUsed(Event):
    """Passages of documents, none perhaps, are in front of the seats, who may cite them as [number]."""

    type: ClassVar[str] = "passages_used"
    passages: tuple[Mapping[str, Any], ...] = ()
    """`{number, source, unit, first, last, text, heading, path, collection, score}`, see `table.passages`."""
    knowledge: tuple[str, ...] = ()
    """The collections that were searched."""
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """The end. Status: complete, partial, failed or cancelled."""

    type: ClassVar[str] = "run_finished"
    status: str
    answer: str = ""
    by: str = ""
    """The seat whose words the answer is."""
    how: str = ""
    """An honest line on how the answer came about."""
    agreement: float | None = None
    candidates: tuple[str, ...] = ()
    error: str = ""
    elapsed_s: float = 0.0
    usage: Mapping[str, Any] = field(default_factory=dict)


TYPES: dict[str, type[Event]] = {cls.type: cls for cls in Event.__subclasses__()}
_FIELDS = {cls: tuple(f.name for f in fields(cls)) for cls in TYPES.values()}
_REQUIRED = {
    cls: frozenset(f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING)
    for cls in TYPES.values()
}
_WORD = re.compile(r"^[a-z_]+$")
_NONE = type(None)
_BY_ANNOTATION: dict[str, tuple[tuple[type, ...], type | None]] = {
    "str": ((str,), None), "str | None": ((str, _NONE), None), "bool": ((bool,), None),
    "int": ((int,), None), "int | None": ((int, _NONE), None),
    "float": ((float, int), None), "float | None": ((float, int, _NONE), None),
    "Mapping[str, Any]": ((dict,), None), "Mapping[str, str]": ((dict,), None),
    "Mapping[str, Any] | None": ((dict, _NONE), None),
    "tuple[str, ...]": ((list, tuple), str), "tuple[Mapping[str, Any], ...]": ((list, tuple), dict),
}  # fmt: skip
_KINDS = {cls: {f.name: _BY_ANNOTATION[str(f.type)] for f in fields(cls)} for cls in TYPES.values()}
"""What each field may be, and the items in it: a record may have been changed by hand or by a bad disk."""


def stamp(event: Event, t: float) -> Event:
    """Set when `event` happened, before anybody sees it; what comes from a record keeps its time."""
    if not event.t:
        object.__setattr__(event, "t", t)
    return event


def to_dict(event: Event) -> dict[str, Any]:
    """Return the event as the record has it: `type` and `t` first, unset fields left out."""
    out: dict[str, Any] = {"type": event.type, "t": round(event.t, 3)}
    needed = _REQUIRED[type(event)]
    for name in _FIELDS[type(event)]:
        value = getattr(event, name)
        if name in needed or (name != "t" and value is not None and value != () and value != {}):
            out[name] = value
    return out


def from_dict(data: Mapping[str, Any]) -> Event | None:
    """Return the event of a line of a record; None for a type this version does not know.

    Unknown fields are ignored. Raises ValueError where a needed field is missing or one is of a wrong kind.
    """
    kind = data.get("type")
    cls = TYPES.get(kind) if isinstance(kind, str) and _WORD.match(kind) else None
    if cls is None:
        return None
    if missing := _REQUIRED[cls] - data.keys():
        raise ValueError(f"{kind} lacks {', '.join(sorted(missing))}")
    known: dict[str, Any] = {name: data[name] for name in _FIELDS[cls] if name in data}
    for name, value in known.items():
        kinds, item = _KINDS[cls][name]
        items = tuple(value) if item and isinstance(value, list | tuple) else ()
        if not isinstance(value, kinds) or not all(isinstance(each, item or object) for each in items):
            raise ValueError(f"{kind}: {name} is of a wrong kind")
        if item:
            known[name] = items
    return cls(**known)
