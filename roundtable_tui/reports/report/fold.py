"""What the events of a run say, collected for its report: who spoke, who had read what, stage by stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

from roundtable_tui.answers.reading import read_answer
from roundtable_tui.engine import events
from roundtable_tui.engine.board import ring_neighbours
from roundtable_tui.engine.record.superseded import (
    MAX_SCANNED_EVENTS,
    WastedCall,
    drop_superseded,
    read_wasted,
)
from roundtable_tui.engine.results.answer_groups import AWAY_FROM_MAJORITY, NEITHER, TOWARD_MAJORITY
from roundtable_tui.engine.results.baseline import BASELINE_PHASE
from roundtable_tui.engine.tools.citations import CheckedCitation, DeliveredLines
from roundtable_tui.reports.report.types import (
    ReplacedSeat,
    ReportedChange,
    ReportedDecision,
    ReportedGroup,
    ReportedRound,
)
from roundtable_tui.reports.run_view import RunView, TurnView

COUNTED_PHASES = ("round", "turn")
"""Phases whose rounds are listed one by one."""


@dataclass(frozen=True, slots=True)
class AskedTurn:
    """A call at the time it was asked: who spoke for the seat, and the answers it had read."""

    turn: str
    seat: str
    name: str
    model: str
    label: str
    phase: str
    round: int
    stage: int
    decides: bool
    retry_of: str
    read: tuple[str, ...]
    """Seats whose answers it got with this prompt."""
    t: float = 0.0
    """When it was asked, in milliseconds as a record has it."""


@dataclass(slots=True)
class EventFold:
    """The collected events of a run."""

    view: RunView = field(default_factory=RunView)
    asked: dict[str, AskedTurn] = field(default_factory=dict)
    """By turn, in the order in which they were asked."""
    replaced: list[ReplacedSeat] = field(default_factory=list)
    decisions: list[ReportedDecision] = field(default_factory=list)
    steps: dict[int, events.StepsEnded] = field(default_factory=dict)
    """By stage of a pipeline; 0 in other runs."""
    answer_limit: int | None = None
    """Tokens at which an answer is stopped; None where the record does not say it."""
    delivered: DeliveredLines = field(default_factory=DeliveredLines)
    """The lines of files that tools have shown."""
    results: list[events.ToolReturned] = field(default_factory=list)
    """The results of tools, in order."""
    cited: dict[str, list[CheckedCitation]] = field(default_factory=dict)
    """By turn: its citations of files."""
    first_places: dict[str, list[str]] = field(default_factory=dict)
    """Name of a seat -> the seats that ranked its answer first."""
    wasted: list[tuple[AskedTurn, events.TurnFailed]] = field(default_factory=list)
    """Calls that were paid for and do not count, as a resumed run makes them again: who, and their usage."""
    _seen: list[events.Event] = field(default_factory=list)
    """The events so far, without streamed text and prompts."""
    _scanned: int = 0
    """Events that were searched for superseded ones."""
    _round: int = 0
    _answers: list[str] = field(default_factory=list)
    """Authors of the answers on the board, in order."""
    _read: dict[str, int] = field(default_factory=dict)
    """Seat -> the number of answers on the board when it was last asked."""

    @classmethod
    def of_events(cls, recorded: Iterable[events.Event]) -> EventFold:
        """Collect all events of a run."""
        fold = cls()
        for event in recorded:
            fold.apply(event)
        return fold

    def apply(self, event: events.Event) -> None:
        """Take the next event."""
        if isinstance(event, events.RunResumed) and event.wasted and self._scanned < MAX_SCANNED_EVENTS:
            self._drop_superseded(event)
        self._take(event)

    def _take(self, event: events.Event) -> None:
        if not isinstance(event, events.AnswerDelta | events.ReasoningDelta):
            has_prompt = isinstance(event, events.TurnQueued) and event.prompt
            self._seen.append(replace(event, prompt="") if has_prompt else event)  # type: ignore[call-arg]
        before = self._name(event.seat) if isinstance(event, events.SeatChanged) else ""
        self.view.apply(event)
        self._collect(event, before)

    def _collect(self, event: events.Event, before: str) -> None:
        """Collect what the view does not have; `before` is the name that a changed seat had."""
        match event:
            case events.SeatChanged(what="persona") if (after := self._name(event.seat)) != before:
                self.replaced.append(ReplacedSeat(event.seat, before, after, self._round))
            case events.RunStarted():
                self.answer_limit = read_limit(event.calls.get("answer_tokens"))
            case events.RunResumed():
                self.answer_limit = read_limit(event.answer_tokens) or self.answer_limit
                self.wasted = [(_asked_of(call), call.outcome) for call in read_wasted(event)]
            case events.PhaseStarted():
                self._round = event.number if event.name in COUNTED_PHASES else self._round
                if event.stage:
                    self._answers, self._read, self.first_places = [], {}, {}
            case events.TurnQueued():
                self._add_asked(event)
            case events.TurnFinished() | events.TurnFailed() if event.turn not in self.asked:
                self._add_asked(events.TurnQueued(turn=event.turn, seat=event.seat, label=""))
            case events.EntryPosted(kind="answer"):
                self._answers.append(event.author)
            case events.EntryPosted(kind="ranking") if event.author in self.view.seats:
                first = event.content.partition(",")[0].strip()
                self.first_places.setdefault(first, []).append(event.author)
                self._name_ranking(event)
            case events.ToolReturned():
                self.results.append(event)
                self.delivered.add(event)
            case events.TurnFinished() if self.results:
                self.cited[event.turn] = self.delivered.check(event.text)
            case events.StepsEnded():
                self.steps[self.view.stage] = event
            case events.Verdict():
                self.decisions.append(
                    ReportedDecision(
                        event.seat, self._name(event.seat), event.label, event.round, self.view.stage,
                        dict(event.decision), event.rung, self._name(event.picked) if event.picked else "",
                    )
                )  # fmt: skip

    def _drop_superseded(self, resumed: events.RunResumed) -> None:
        """Collect again what remains of the events so far, if that is not all."""
        scanned = self._scanned + len(self._seen)
        kept = drop_superseded(self._seen, resumed)
        self._scanned = scanned
        if kept is self._seen:
            return
        view, fresh = self.view, EventFold(_scanned=scanned)
        for event in kept:
            fresh._take(event)
        for one in fields(view):
            setattr(view, one.name, getattr(fresh.view, one.name))
        for own in fields(self):
            setattr(self, own.name, getattr(fresh, own.name))
        self.view = view  # Its readers keep it.

    def _name_ranking(self, posted: events.EntryPosted) -> None:
        """Put names in the place of the letters of a ranking, which only its reader was shown."""
        names = posted.content.split(", ")
        for number in reversed(range(len(self.decisions))):
            found = self.decisions[number]
            letters = found.decision.get("ranking")
            if found.seat == posted.author and isinstance(letters, list | tuple):
                if len(letters) == len(names):
                    decision = {**found.decision, "ranking": names}
                    self.decisions[number] = replace(found, decision=decision)
                return

    def _add_asked(self, event: events.TurnQueued) -> None:
        seat = self.view.seats.get(event.seat)
        start = self._read.get(event.seat, 0)
        seen = dict.fromkeys(one for one in self._answers[start:] if one != event.seat)
        near = self._readable_seats(event.seat)
        read = tuple(one for one in seen if near is None or one in near)
        if event.retry_of in self.asked:
            read = self.asked[event.retry_of].read
        elif event.turn in self.asked:  # Asked again in a resumed run.
            read = self.asked[event.turn].read
        self._read[event.seat] = len(self._answers)
        self.asked[event.turn] = AskedTurn(
            event.turn, event.seat, self._name(event.seat), seat.model if seat else "", event.label,
            event.phase, event.round, self.view.stage, event.decides, event.retry_of, read, round(event.t, 3),
        )  # fmt: skip

    def _readable_seats(self, reader: str) -> tuple[str, ...] | None:
        """Return the seats whose answers a seat gets to read; None for all."""
        options = self.view.header.options if self.view.header else {}
        stages = options.get("stages")
        if self.view.stage and isinstance(stages, list | tuple) and self.view.stage <= len(stages):
            row = stages[self.view.stage - 1]
            options = row.get("options", {}) if isinstance(row, Mapping) else {}
        if not isinstance(options, Mapping) or options.get("links") != "ring":
            return None
        known = self.view.seats.get(reader)
        if known is None or known.is_captain:
            return None
        seats = [
            one.id for one in self.view.seats.values() if one.stage == known.stage and not one.is_captain
        ]
        return ring_neighbours(seats, reader)

    @property
    def turns(self) -> list[TurnView]:
        """The turns in the order of time; a resumed run repeats recorded ones in the order of its mode."""
        seats = {seat: number for number, seat in enumerate(self.view.seats)}

        def place(turn: TurnView) -> tuple[float, int, int, str]:
            t = self.asked[turn.id].t if turn.id in self.asked else 0.0
            digits = "".join(filter(str.isdecimal, turn.id.rpartition(".")[2]))
            return t, seats.get(turn.seat, len(seats)), int(digits[:9] or 0), turn.id

        return sorted(self.view.turns.values(), key=place)

    def _name(self, seat: str) -> str:
        return self.view.seats[seat].name if seat in self.view.seats else seat

    @property
    def names(self) -> dict[str, str]:
        """Seat -> its current name."""
        return {seat.id: seat.name for seat in self.view.seats.values()}

    @property
    def result_stage(self) -> int:
        """The stage that the answer of the run is from; 0 outside of pipelines."""
        done = [number for number, end in self.view.stages.items() if end.status == "complete"]
        return max(done, default=self.view.stage)

    def find_asked(
        self, seat: str, round_number: int, stage: int, *, is_first: bool = False
    ) -> AskedTurn | None:
        """Return the last (or first) call for an answer of a seat in a round; None if it has none."""
        calls = self.asked.values()
        found = (
            one
            for one in (calls if is_first else reversed(calls))
            if (one.seat, one.round, one.stage) == (seat, round_number, stage)
            and not one.decides
            and one.phase != BASELINE_PHASE
        )
        return next(found, None)

    def list_rounds(self) -> list[ReportedRound]:
        """Return the groups of each round; answers are also grouped as they arrive: the last ones count."""
        last = {(one.stage, one.event.round): one.event for one in self.view.groupings if one.event.groups}
        return [read_round(event, stage) for (stage, _), event in last.items()]

    def list_changes(self) -> list[ReportedChange]:
        """Return the answers that changed, as recorded; in records of before, by their normal form."""
        found: list[ReportedChange] = []
        last = {(one.stage, one.event.round): one.event for one in self.view.groupings if one.event.groups}
        before: ReportedRound | None = None
        for (stage, number), event in last.items():
            now = read_round(event, stage)
            rows = event.changes
            if event.since_round is None and before is not None and before.stage == stage:
                rows = tuple(_compare_normal_forms(before, now))
            before = now
            for row in rows:
                seat = str(row.get("seat", ""))
                asked = self.find_asked(seat, number, stage)
                name, read = (asked.name, asked.read) if asked else (self._name(seat), ())
                before_text, after_text = str(row.get("from", "")), str(row.get("to", ""))
                direction = str(row.get("direction", NEITHER))
                found.append(
                    ReportedChange(seat, name, number, stage, before_text, after_text, direction, read)
                )
        return found


def _asked_of(call: WastedCall) -> AskedTurn:
    return AskedTurn(
        call.turn, call.seat, call.name or call.seat, call.model, "", call.phase, call.round, call.stage,
        decides=False, retry_of="", read=(),
    )  # fmt: skip


def read_round(event: events.AnswersGrouped, stage: int = 0) -> ReportedRound:
    """Return the groups of a round as they are recorded."""
    groups = []
    for row in event.groups:
        seats = tuple(map(str, row.get("seats", ())))
        own = {seat: str(event.wordings[seat]) for seat in seats if seat in event.wordings}
        groups.append(ReportedGroup(str(row.get("answer", "")), seats, own))
    return ReportedRound(event.round, stage, tuple(groups), event.agreement, event.basis)


def _compare_normal_forms(before: ReportedRound, after: ReportedRound) -> Iterable[dict[str, str]]:
    """Find changes in a record that has none: answers with another normal form are others."""
    if not before.is_comparable or not after.is_comparable:
        return
    was = {seat: group for group in before.groups for seat in group.seats}
    majority = before.majority
    for group in after.groups:
        for seat in group.seats:
            old = was.get(seat)
            if old is None or read_answer(old.answer).key == read_answer(group.answer).key:
                continue
            direction = NEITHER
            if majority and read_answer(majority.answer).key == read_answer(group.answer).key:
                direction = TOWARD_MAJORITY
            elif majority is old:
                direction = AWAY_FROM_MAJORITY
            yield {"seat": seat, "from": old.answer, "to": group.answer, "direction": direction}


def read_limit(value: object) -> int | None:
    """Return a number of tokens of a record; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
