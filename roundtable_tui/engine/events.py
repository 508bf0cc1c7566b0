"""The events of a run, as frozen dataclasses: the only interface between engine, record and displays.

Every event has `t`, seconds since the run started. The id of a turn is `SEAT.N`, the N-th call (from 1) of
that seat, the same when the run is resumed or replayed. `engine.record.serialize` writes them as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from roundtable_tui.llm.finish_reasons import find_former_cut, find_former_fault_cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    type: ClassVar[str] = "event"
    t: float = 0.0


def stamp(event: Event, t: float) -> Event:
    """Set the time of a new event; an event from a record keeps its time."""
    if not event.t:
        object.__setattr__(event, "t", t)
    return event


VERSION = 1
"""The version of the event format, written to every header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """The header: everything needed to run it again, except API keys."""

    type: ClassVar[Literal["run_started"]] = "run_started"
    version: int = VERSION
    run_id: str
    started_at: str
    """ISO 8601 with offset."""
    mode: str
    question: str
    options: Mapping[str, Any] = field(default_factory=dict)
    task: Mapping[str, Any] | None = None
    """The texts of the task at the time of the run."""
    seats: tuple[Mapping[str, Any], ...] = ()
    """`{seat, name, full_name, role, persona, model, server, captain}`, in team order, captain last; those of
    a pipeline stage by stage, with `stage` from 1.
    """
    servers: tuple[Mapping[str, Any], ...] = ()
    """`{name, base_url, params}`, never a key."""
    team: str = ""
    seed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    """The run that this one is a fork or a follow-up of."""
    follows: str = ""
    """The run whose question was asked before this one in the same conversation."""
    earlier: tuple[Mapping[str, Any], ...] = ()
    """The questions asked before, oldest first, as the prompts quote them: `{run, question, answer, how}`."""
    attachments: tuple[Mapping[str, Any], ...] = ()
    """Texts, `{name, bytes, text, in_passages}`, and pictures, `{name, bytes, media_type, width, height,
    sha256}`, whose bytes are beside the record.
    """
    knowledge: tuple[str, ...] = ()
    """The collections of documents that are searched before the first turn."""
    measured: tuple[Mapping[str, Any], ...] = ()
    """`{model, base_url, right, questions, low, high}`: how often models of the run were right in a bench."""
    calls: Mapping[str, Any] = field(default_factory=dict)
    """Settings of calls: max_tokens, send_seed, budget (tokens), max_cost (USD), timeouts in seconds, and
    `params`: `{given, task, named}`, see `engine.params`.
    """
    client: str = ""
    """The program that asked through the proxy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted(Event):
    """A part of the run: `round` 2 of 3, `synthesis` 1 of 1."""

    type: ClassVar[Literal["phase_started"]] = "phase_started"
    name: str
    number: int = 1
    of: int | None = None
    stage: int = 0
    """The stage of a pipeline that starts here, from 1; its seats take part from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEnded(Event):
    """A stage of a pipeline has ended. Status: complete, skipped, or failed (no answer)."""

    type: ClassVar[Literal["stage_ended"]] = "stage_ended"
    stage: int
    mode: str
    status: str
    answer: str = ""
    by: str = ""
    """The seat that wrote the answer."""
    how: str = ""
    """How the answer was reached, or why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnQueued(Event):
    """A seat is asked. `system` is set if the system prompt is new or has changed."""

    type: ClassVar[Literal["turn_queued"]] = "turn_queued"
    turn: str
    seat: str
    label: str
    """What the turn is for: answer, synthesis, verdict."""
    phase: str = ""
    round: int = 0
    prompt: str = ""
    """The prompt, including messages of the user."""
    system: str | None = None
    heard: int = 0
    """The number of messages of the user in the conversation of the seat."""
    retry_of: str = ""
    """The failed turn that this one retries for the user."""
    decides: bool = False
    """The reply is a decision, not a statement to other seats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted(Event):
    """An attempt is sent; text streamed by earlier attempts of this turn is void."""

    type: ClassVar[Literal["turn_started"]] = "turn_started"
    turn: str
    seat: str
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnWaiting(Event):
    """The turn waits: why, and until when (in the time of `t`) if known."""

    type: ClassVar[Literal["turn_waiting"]] = "turn_waiting"
    turn: str
    seat: str
    why: str
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningDelta(Event):
    """A piece of the reasoning of a turn."""

    type: ClassVar[Literal["reasoning"]] = "reasoning"
    turn: str
    seat: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDelta(Event):
    """A piece of the answer of a turn."""

    type: ClassVar[Literal["answer"]] = "answer"
    turn: str
    seat: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResplit(Event):
    """Replaces the text streamed by this attempt, divided again into reasoning and answer."""

    type: ClassVar[Literal["turn_restated"]] = "turn_restated"
    turn: str
    seat: str
    reasoning: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFinished(Event):
    """A turn has an answer. `usage`: {prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens,
    estimated}, and {cost} in USD if a price is known.
    """

    type: ClassVar[Literal["turn_finished"]] = "turn_finished"
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
    params: Mapping[str, Any] = field(default_factory=dict)
    """The generation parameters as they were sent."""
    refused_params: tuple[str, ...] = ()
    """Names of generation parameters that were not sent, because the server had refused them."""
    cut: str | None = None
    """What cut the answer off (`llm.finish_reasons.Cut`), "" for a whole one; None in records of before."""
    sources: tuple[Mapping[str, Any], ...] = ()
    """The pages that the server names as sources: `{url, title}`, in the order of their numbers."""
    answer_limit: Mapping[str, Any] = field(default_factory=dict)
    """The limit that held for the answer, reasoning included: {tokens, source}, with a `LimitSource` of
    `llm.output_limit`; empty in records of before and without a request."""

    @property
    def cut_by(self) -> str:
        """What cut the answer off; "" for a whole one."""
        return find_former_cut(self.finish_reason) if self.cut is None else self.cut

    @property
    def is_truncated(self) -> bool:
        """True if the answer was cut off."""
        return bool(self.cut_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailed(Event):
    """A turn failed; `text` and `reasoning` are incomplete. Kind "stopped": by the user; "interrupted": the
    run was stopped, the usage is an estimate; "muted", "budget": no request was made, `attempts` is 0.
    """

    type: ClassVar[Literal["turn_failed"]] = "turn_failed"
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
    cut: str | None = None
    """What cut the answer off, if `text` is the beginning of one: as in `TurnFinished`."""
    answer_limit: Mapping[str, Any] = field(default_factory=dict)
    """As in `TurnFinished`."""

    @property
    def cut_by(self) -> str:
        """What cut the answer off; "" if none had begun."""
        if not self.text.strip():
            return ""
        return find_former_fault_cut(self.kind) if self.cut is None else self.cut


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPosted(Event):
    """An entry was put on the board. Kinds: answer, direction, speech, topic, ranking, summary."""

    type: ClassVar[Literal["entry_posted"]] = "entry_posted"
    round: int
    author: str
    kind: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Event):
    """A decision of a seat, usually the captain, and how it was obtained."""

    type: ClassVar[Literal["verdict"]] = "verdict"
    seat: str
    label: str
    decision: Mapping[str, Any]
    rung: str
    """json_schema, tool, prose, word, or clusters (the seat made none; computed from the answers)."""
    round: int = 0
    picked: str = ""
    """Id of the seat whose text was picked from a numbered list; "" for other decisions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersGrouped(Event):
    """Final answers grouped by meaning, largest group first."""

    type: ClassVar[Literal["answers_grouped"]] = "answers_grouped"
    groups: tuple[Mapping[str, Any], ...]
    """`{answer, seats: [seat, ...]}`"""
    agreement: float | None = None
    """0 to 1, computed from the answers, never reported by a model."""
    basis: str
    """exact: share of the largest group; captain: the same, grouped by the captain; open: most answers are
    texts that were not compared. Earlier records have wording: the overlap of words."""
    round: int = 0
    wordings: Mapping[str, str] = field(default_factory=dict)
    """Seat -> its answer, where that differs in wording from the one of its group."""
    changes: tuple[Mapping[str, Any], ...] = ()
    since_round: int | None = None
    """`changes`: `{seat, from, to, direction}`, since this round; -1: the first; None: not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed(Event):
    """The run is resumed from its record."""

    type: ClassVar[Literal["run_resumed"]] = "run_resumed"
    at: str
    """ISO 8601 with offset."""
    answer_tokens: int | None = None
    """The limit of an answer from now on; None in records of before."""
    wasted: tuple[Mapping[str, Any], ...] = ()
    """All calls of the run so far that were paid for and do not count any more, because the run makes them
    again or needs them no longer. Fields as in `engine.record.superseded.WastedCall`. Their outcomes, and the
    steps of the mode after the first of them, are void. Empty in records of before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageUpdated(Event):
    """Usage of the run so far, after each turn. Fields as in `engine.calls.budget.UsageTotals`."""

    type: ClassVar[Literal["budget"]] = "budget"
    calls: int
    prompt_tokens: int
    completion_tokens: int
    estimated: bool = False
    cost: float | None = None
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsForecast(Event):
    """Expected usage of calls about to start together; `cost` in USD, of calls with a known price."""

    type: ClassVar[Literal["forecast"]] = "forecast"
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Event):
    """A line for the user: a seat dropped out, a fallback was used."""

    type: ClassVar[Literal["notice"]] = "notice"
    text: str
    seat: str = ""
    is_warning: bool = False
    """True for what the user has to know even if no pane shows it: the run is not saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalFactRecorded(Event):
    """The result of a lookup outside the run; a resumed run uses the recorded value."""

    type: ClassVar[Literal["fact_found"]] = "fact_found"
    name: str
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesUsed(Event):
    """The passages of documents in the prompts, possibly none; seats may cite them as [number]."""

    type: ClassVar[Literal["passages_used"]] = "passages_used"
    passages: tuple[Mapping[str, Any], ...] = ()
    """`{number, source, unit, first, last, text, heading, path, collection, score}`: `citations.Passage`."""
    knowledge: tuple[str, ...] = ()
    """The collections that were searched."""
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """The end. Status: complete, partial, failed or cancelled."""

    type: ClassVar[Literal["run_finished"]] = "run_finished"
    status: str
    answer: str = ""
    by: str = ""
    """The seat that wrote the answer."""
    how: str = ""
    """One line on how it was reached."""
    agreement: float | None = None
    """The share of the answers that say what the answer of the run says, 0 to 1."""
    candidates: tuple[str, ...] = ()
    incomplete: bool = False
    """Every answer of the run was cut off: `answer` is the longest of them, not a result."""
    error: str = ""
    elapsed_s: float = 0.0
    usage: Mapping[str, Any] = field(default_factory=dict)
    kind: str | None = None
    """`Answer.kind`; None in records of before."""
    final_group: int | None = None
    first_group: int | None = None
    """The answer's groups of the last and first round, from 0; -1: none; None: not comparable."""
    known_answer: str | None = None
    """The answer that the task knows."""
    correct: bool | None = None
    """Whether the answer says the same as the known one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineTaken(Event):
    """A plain vote of as many tokens as the run used; `votes`: `{answer, count}`, largest first."""

    type: ClassVar[Literal["baseline_taken"]] = "baseline_taken"
    answer: str
    votes: tuple[Mapping[str, Any], ...] = ()
    answers: int = 0
    tokens: int = 0
    agrees: str = ""
    """yes or no: the answer of the run is the same; "" where that cannot be said, as for a tie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsEnded(Event):
    """Mode `auto` has its answer: how far it had to go."""

    type: ClassVar[Literal["steps_ended"]] = "steps_ended"
    step: str
    """single: one answer came; vote: the answers settled it; captain: the captain saw that open texts agree;
    debate: they did not, and a debate followed.
    """
    rule: str = ""
    """lead, overtaken or beta."""
    votes: tuple[int, ...] = ()
    """Sizes of the groups of the first answers, largest first."""
    asked: int = 0
    """Seats asked for a first answer."""
    cap: int = 0
    models: tuple[str, ...] = ()
    """Models of the leading group of the first answers."""
    debate_rounds: int = 0
    leader_changed: bool | None = None
    """Whether the debate changed the leading answer; None without a debate, or where that cannot be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSpoke(Event):
    """A message of the user to all seats (`to` empty) or to one; sent with the next turn."""

    type: ClassVar[Literal["person_spoke"]] = "person_spoke"
    text: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChanged(Event):
    """A seat was changed, from its next turn on; `value`: see `engine.seat_changes`."""

    type: ClassVar[Literal["seat_changed"]] = "seat_changed"
    seat: str
    what: str
    """persona, model, captain, muted or unmuted."""
    value: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    """`replaced` if another persona took the seat, `forked` in a fork."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsChanged(Event):
    """The user changed the number of rounds (or turns)."""

    type: ClassVar[Literal["rounds_changed"]] = "rounds_changed"
    name: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetChanged(Event):
    """The user set the budget in tokens and in USD; None means unlimited."""

    type: ClassVar[Literal["budget_changed"]] = "budget_changed"
    tokens: int | None = None
    cost: float | None = None
    anew: bool = False
    """Set when a run is resumed: calls that the old budget refused are made now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused(Event):
    """The user paused or resumed the run."""

    type: ClassVar[Literal["run_paused"]] = "run_paused"
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled(Event):
    """A seat calls a tool, in the reply number `trip` of its turn."""

    type: ClassVar[Literal["tool_called"]] = "tool_called"
    turn: str
    seat: str
    call: str
    """The number of the call in its turn, from 1."""
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    trip: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolReturned(Event):
    """The result of a call, as the seat got it; data from outside."""

    type: ClassVar[Literal["tool_returned"]] = "tool_returned"
    turn: str
    seat: str
    call: str
    tool: str
    text: str
    ok: bool = True
    """False: the call failed, was not allowed or was not valid; `text` says why."""
    title: str = ""
    """What was looked at: `README.md:1-40`."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Of a file: `{path, first, last, total}`, in lines."""
    elapsed_s: float = 0.0
    question: str = ""
    """The arguments as one text, the same for equal calls."""
    scope: str = ""
    """The round of a result that all seats of the round share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPermission(Event):
    """The user was asked whether a tool may be called. Answer: once, run, always or no."""

    type: ClassVar[Literal["tool_permission"]] = "tool_permission"
    turn: str
    seat: str
    tool: str
    answer: str
    subject: str = ""
    """What the call is about: a path, a URL."""
