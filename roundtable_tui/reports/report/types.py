"""The parts of a report, as frozen dataclasses. Texts are raw: sanitize them before display."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from roundtable_tui.answers.majority import COMPARED, find_majority_index
from roundtable_tui.engine.results.answer_groups import TOWARD_MAJORITY
from roundtable_tui.reports.report.outcome import Outcome
from roundtable_tui.utils.text import to_safe_json


@dataclass(frozen=True, slots=True)
class ReportedGroup:
    """Seats whose answers agree."""

    answer: str
    """The first of the answers, verbatim."""
    seats: tuple[str, ...]
    wordings: Mapping[str, str]
    """Seat -> its answer, where that has another wording."""

    def answer_of(self, seat: str) -> str:
        """Return the answer of a member, verbatim."""
        return self.wordings.get(seat, self.answer)


@dataclass(frozen=True, slots=True)
class ReportedRound:
    """The groups of final answers of one round, largest first."""

    round: int
    """From 1; 0 in modes without rounds."""
    stage: int
    """The stage of a pipeline, from 1; 0 outside of pipelines."""
    groups: tuple[ReportedGroup, ...]
    agreement: float | None
    """Share of the largest group, 0 to 1; None where the answers were not compared."""
    basis: str
    """`exact`: compared by meaning; `captain`: grouped by the captain; else not compared."""

    @property
    def is_comparable(self) -> bool:
        """True if the groups say which answers agree."""
        return self.basis in COMPARED and bool(self.groups)

    @property
    def majority(self) -> ReportedGroup | None:
        """The largest group, of two or more seats; None for a tie or where answers were not compared."""
        place = find_majority_index([group.seats for group in self.groups]) if self.is_comparable else None
        return None if place is None else self.groups[place]

    @property
    def votes(self) -> tuple[int, ...]:
        """The sizes of the groups; empty where the answers were not compared."""
        return tuple(len(group.seats) for group in self.groups) if self.is_comparable else ()


@dataclass(frozen=True, slots=True)
class ReportedChange:
    """A seat whose answer differs in meaning from the one it gave before."""

    seat: str
    name: str
    """Who spoke for the seat in this round."""
    round: int
    stage: int
    before: str
    after: str
    direction: str
    """toward_majority or away_from_majority, of the round before; neither, also where that was a tie."""
    read: tuple[str, ...]
    """The seats whose answers it had read since its answer before."""

    @property
    def joined_majority(self) -> bool:
        """True if the new answer is that of the majority of the round before."""
        return self.direction == TOWARD_MAJORITY


@dataclass(frozen=True, slots=True)
class ReportedDecision:
    """A decision of a seat, and how it was obtained."""

    seat: str
    name: str
    label: str
    round: int
    stage: int
    decision: Mapping[str, Any]
    method: str
    """json_schema, tool, prose or word; clusters: the seat made none, it was computed from the answers."""
    picked: str = ""
    """Name of the seat whose text was picked, raw; "" for other decisions and in older records."""

    @property
    def is_fallback(self) -> bool:
        """True if the first method, a JSON schema, did not give the decision."""
        return self.method != "json_schema"


@dataclass(frozen=True, slots=True)
class ReportedTurn:
    """A call that has ended, under the name that really spoke."""

    turn: str
    seat: str
    name: str
    model: str
    label: str
    phase: str
    round: int
    stage: int
    status: str
    """ok or failed."""
    tokens: int


@dataclass(frozen=True, slots=True)
class ReportedFailure:
    """A turn that failed, on no purpose of the user or the mode."""

    turn: str
    seat: str
    name: str
    label: str
    round: int
    stage: int
    kind: str
    error: str
    recovered: bool
    """True if the seat was asked again for the same and answered."""


@dataclass(frozen=True, slots=True)
class ReplacedSeat:
    """Another persona took a seat."""

    seat: str
    before: str
    after: str
    round: int
    """The round in which it happened; its turns from then on are those of `after`."""


@dataclass(frozen=True, slots=True)
class UsageLine:
    """Usage of some calls; tokens as the server reported them, else estimated (UTF-8 bytes / 4)."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    seconds: float
    """Sum over the calls; of a whole run, from its start to its end."""
    cost: float | None
    """USD, of calls whose cost is known; None if it is known of none."""
    cost_reported: bool
    """True if servers reported the cost of every call (`usage.cost`), and none was computed from prices."""
    unpriced: int
    """Calls with tokens whose cost is not known: `cost` is without them."""
    estimated: bool
    """True if any token count is an estimate."""

    @property
    def tokens(self) -> int:
        """Tokens of prompts and answers."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class PhaseUsage:
    """Usage of a phase, such as `round 2` or `synthesis`."""

    phase: str
    stage: int
    usage: UsageLine


@dataclass(frozen=True, slots=True)
class SeatUsage:
    """Usage of a seat under one name and model."""

    seat: str
    name: str
    model: str
    usage: UsageLine
    answer_limit: int | None = None
    """Tokens, reasoning included, at which its last answer was stopped; None in records of before."""
    limited_by: str = ""
    """What set that limit: answer_tokens, max_tokens or context (what the model can hold)."""


@dataclass(frozen=True, slots=True)
class ReportedUsage:
    """Usage of a run."""

    total: UsageLine
    phases: tuple[PhaseUsage, ...]
    seats: tuple[SeatUsage, ...]
    answer_limit: int | None = None
    """Tokens, reasoning included, at which an answer was stopped if nothing else limited it; None in records
    of before."""


@dataclass(frozen=True, slots=True)
class TakenBaseline:
    """A plain vote that was taken after the run, with as many tokens as the run used (`--baseline`)."""

    answer: str
    """The answer with most votes; "" for a tie."""
    votes: tuple[int, ...]
    """The sizes of the groups, largest first; empty where the answers could not be compared."""
    answers: int
    """The number of answers, the first answers of the run included."""
    tokens: int
    agrees: bool | None
    """Whether it gave the answer of the run; None where that cannot be said."""


@dataclass(frozen=True, slots=True)
class ReportedBaseline:
    """What a plain vote over the first answers would have said, for a part of the tokens."""

    answer: str
    """The answer with most votes; "" for a tie or where the answers could not be compared."""
    votes: tuple[int, ...]
    """The sizes of the groups, largest first; empty where the answers could not be compared."""
    agrees: bool | None
    """Whether the answer of the run is the same; None where that cannot be said."""
    tokens: int
    """Tokens of the first answers."""
    share: float
    """Their share of the tokens of the run, 0 to 1."""
    single_answers: int
    """How many single answers the tokens of the run buy."""
    taken: TakenBaseline | None


@dataclass(frozen=True, slots=True)
class ReportedSteps:
    """How far mode `auto` had to go, and what going further would have cost."""

    step: str
    """single, vote, captain or debate; see `events.StepsEnded`."""
    rule: str
    """lead, overtaken or beta."""
    votes: tuple[int, ...]
    """Sizes of the groups of the first answers, largest first; empty where they were not compared."""
    probability: float | None
    """Probability that their leader stays ahead, if errors are independent; None without votes."""
    asked: int
    """Seats asked for a first answer."""
    cap: int
    models: tuple[str, ...]
    """Models of the leading group of the first answers."""
    debate_rounds: int
    leader_changed: bool | None
    """Whether the debate changed the leading answer; None where that cannot be said."""
    tokens: int
    """Tokens of the run."""
    fixed_vote_tokens: int
    """What a vote of `cap` answers would have cost: the mean of the first answers times `cap`."""
    full_debate_tokens: int
    """What a debate of three seats and two rounds would have cost, estimated from the same mean."""


@dataclass(frozen=True, slots=True)
class Dissent:
    """The strongest answer against the answer of the run."""

    seat: str
    name: str
    answer: str
    """Its final answer, verbatim."""
    text: str
    """Its whole reply, verbatim."""
    votes: int
    """Seats that hold it; in rankings, the readers that put it first."""
    of: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage of a document that the answer cites."""

    number: int
    source: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The calls of one tool by one seat."""

    tool: str
    seat: str
    name: str
    calls: int
    failed: int
    """Calls without a result: not valid, not allowed, failed."""
    bytes: int
    """Bytes of the results."""


@dataclass(frozen=True, slots=True)
class ReportedFileCitation:
    """A citation of a file, `[path:first-last]`, checked against what the tools have shown."""

    turn: str
    """The turn it is in; "" for the answer of the run."""
    seat: str
    text: str
    """`path:first-last`"""
    status: str
    """checked, unread, range or words: see `engine.tools.citations`."""
    why: str
    """Why it does not hold; "" if it does."""


@dataclass(frozen=True, slots=True)
class Report:
    """The account of a run."""

    run_id: str
    mode: str
    question: str
    status: str
    """complete, partial, failed or cancelled; `unfinished` while there is no end."""
    answer: str
    by: str
    """The seat that wrote the answer."""
    how: str
    """One line on how the answer was reached, or why there is none."""
    seconds: float
    outcome: Outcome
    rounds: tuple[ReportedRound, ...]
    first_majority: ReportedGroup | None
    """The majority of the first round; None for a tie or where answers were not compared."""
    final_group: int | None
    """The group of the last round that the answer belongs to, from 0; -1: none; None: not comparable."""
    changes: tuple[ReportedChange, ...]
    decisions: tuple[ReportedDecision, ...]
    usage: ReportedUsage
    baseline: ReportedBaseline | None
    """None for modes without first answers to vote on."""
    dissent: Dissent | None
    failures: tuple[ReportedFailure, ...]
    replaced: tuple[ReplacedSeat, ...]
    turns: tuple[ReportedTurn, ...]
    citations: tuple[Citation, ...]
    names: Mapping[str, str]
    """Seat -> its name at the end."""
    steps: ReportedSteps | None = None
    """None in other modes than `auto`."""
    warnings: tuple[str, ...] = ()
    """Reasons to doubt the outcome, one line each."""
    stage: int = 0
    """The stage of a pipeline that the answer is from; 0 outside of pipelines."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Seat -> its number among the seats of its stage, from 1; 0 for a captain."""
    tools: tuple[ToolUse, ...] = ()
    file_citations: tuple[ReportedFileCitation, ...] = ()
    """Those of the answer, then those of turns that do not hold."""

    @property
    def exit_code(self) -> int:
        """The exit code of a run: 0 with an answer, 130 if it was stopped, else 1."""
        if self.status == "cancelled":
            return 130
        return 0 if self.answer.strip() else 1

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON data; `docs/report.md` explains the keys."""
        found = _to_data(self)
        assert isinstance(found, dict)
        return found

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return the report as a JSON text without control characters."""
        return to_safe_json(self.to_dict(), indent=indent)


KEYS = {"before": "from", "after": "to"}
"""Names that are keywords in Python."""
SHOWN_PROPERTIES: dict[type, tuple[str, ...]] = {
    Outcome: ("label", "text"),
    UsageLine: ("tokens",),
    ReportedDecision: ("is_fallback",),
}
"""Properties that `to_dict` has as keys after the fields."""


def _to_data(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        names = [each.name for each in fields(value)]
        shown = SHOWN_PROPERTIES.get(type(value), ())
        return {KEYS.get(name, name): _to_data(getattr(value, name)) for name in (*names, *shown)}
    if isinstance(value, Mapping):
        return {str(key): _to_data(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_to_data(each) for each in value]
    return round(value, 6) if isinstance(value, float) else value
