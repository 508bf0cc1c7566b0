"""The one language between engine, record, screen and command line: what happened, as frozen dataclasses.

Every event has `t`, seconds since the run started. A turn's id is `SEAT.N`, the N-th call (from 1) of that
seat in this run, resumed or replayed too. How they are written to the record: `table.event_lines`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    type: ClassVar[str] = "event"
    t: float = 0.0


def stamp(event: Event, t: float) -> Event:
    """Set when `event` happened, before anybody sees it; what comes from a record keeps its time."""
    if not event.t:
        object.__setattr__(event, "t", t)
    return event


__all__ = ["BudgetChanged", "Event", "PersonSpoke", "RoundsChanged", "RunPaused", "SeatChanged", "stamp"]
VERSION = 1
"""The version of this vocabulary, written in every header."""


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
    """`{seat, name, full_name, role, persona, model, server, captain}`, in team order, captain last; those of
    a pipeline stage by stage, with `stage` from 1.
    """
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
    """What holds for the calls: max_tokens, send_seed, budget (tokens), max_cost (USD), clocks in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted(Event):
    """A stretch of the run: `round` 2 of 3, `synthesis` 1 of 1."""

    type: ClassVar[str] = "phase_started"
    name: str
    number: int = 1
    of: int | None = None
    stage: int = 0
    """The stage of a pipeline that begins with it, from 1: its seats are at the table from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEnded(Event):
    """A stage of a pipeline is over. Status: complete, skipped, or failed: it came to no answer."""

    type: ClassVar[str] = "stage_ended"
    stage: int
    mode: str
    status: str
    answer: str = ""
    by: str = ""
    """The seat whose words the answer is."""
    how: str = ""
    """How it came about, or why there is none."""


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
    """How many of the person's words the seat has in its conversation by now."""
    retry_of: str = ""
    """The failed turn this one makes good, at the person's wish."""
    decides: bool = False
    """The reply is a decision, a form filled in: nothing that the seat says to anybody."""


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
class TurnResplit(Event):
    """What this attempt streamed so far is to be replaced by this division into reasoning and answer."""

    type: ClassVar[str] = "turn_restated"
    turn: str
    seat: str
    reasoning: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFinished(Event):
    """A turn is whole. `usage` is {prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens,
    estimated}, and where a price is known {cost}, in USD.
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
    """A turn came to nothing; `text` and `reasoning` are what had arrived. Kind "stopped": by the person;
    "muted", "budget": nothing was asked at all, `attempts` is 0.
    """

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
    """An entry was put on the board. Kinds: answer, direction, speech, topic, ranking, summary."""

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
    """json_schema, tool, prose, word, or clusters: none gave one, and the answers themselves stand in."""
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
class RunResumed(Event):
    """The run goes on from its record, after it had ended or had been cut off."""

    type: ClassVar[str] = "run_resumed"
    at: str
    """ISO 8601 with offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageUpdated(Event):
    """What the run has used so far, after each turn. Fields as in `table.budget.Totals`."""

    type: ClassVar[str] = "budget"
    calls: int
    prompt_tokens: int
    completion_tokens: int
    estimated: bool = False
    cost: float | None = None
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsForecast(Event):
    """What is about to be asked at once, and about what it will use; `cost` in USD, of what has a price."""

    type: ClassVar[str] = "forecast"
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Event):
    """A line the person should see: a seat dropped out, a fallback was used."""

    type: ClassVar[str] = "notice"
    text: str
    seat: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalFactRecorded(Event):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSpoke(Event):
    """The person said something to the table (`to` empty) or to one seat; heard at the next turn."""

    type: ClassVar[str] = "person_spoke"
    text: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChanged(Event):
    """A seat speaks otherwise from its next turn on; what `value` is, `table.changes` says."""

    type: ClassVar[str] = "seat_changed"
    seat: str
    what: str
    """persona, model, captain, muted or unmuted."""
    value: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    """`replaced` where another persona took the seat, `forked` in a fork."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsChanged(Event):
    """The person raised or lowered how many rounds, or turns, there are to be."""

    type: ClassVar[str] = "rounds_changed"
    name: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetChanged(Event):
    """The person set the budget, in tokens and in USD; None is no limit."""

    type: ClassVar[str] = "budget_changed"
    tokens: int | None = None
    cost: float | None = None
    anew: bool = False
    """By a run that is gone on with: what there was no budget for is asked now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused(Event):
    """The person holds the run (`paused`), or lets it go on."""

    type: ClassVar[str] = "run_paused"
    paused: bool
