"""Groups the final answers of a run: compared once, recorded, and taken from the record when resumed.

A record holds the groups of each round, the answers that changed since the round before, and the group
that the answer of the run belongs to. Readers never compare answers again, nor does a resumed run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roundtable_tui.answers.compare import answers_agree
from roundtable_tui.answers.grouping import AnswerGroup, AnswerGroups, group_answers, group_answers_off_loop
from roundtable_tui.answers.majority import COMPARED, find_group, find_majority_index
from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorded_steps import RecordedSteps

TOWARD_MAJORITY, AWAY_FROM_MAJORITY, NEITHER = "toward_majority", "away_from_majority", "neither"
Answers = Sequence[tuple[str, str]]
"""(seat id, final answer), in order of arrival."""


@dataclass(frozen=True, slots=True)
class _Round:
    """The last grouping of a round, and the own wording of each seat."""

    number: int
    grouping: AnswerGroups
    answers: Mapping[str, str]


class AnswerGrouper:
    """Groups answers for a table, and keeps the groups of each round of the current stage."""

    def __init__(self, recorded: RecordedSteps | None = None) -> None:
        """`recorded`: the steps of the record of a resumed run."""
        self._recorded = recorded or RecordedSteps()
        self._rounds: list[_Round] = []
        self._rounds_of_result: list[_Round] | None = None
        self._last_answers: dict[str, str] = {}
        self._question: str | None = None

    def start_stage(self) -> None:
        """Forget the rounds so far: a stage of a pipeline has its own."""
        self._rounds, self._last_answers = [], {}

    def end_stage(self, status: str) -> None:
        """Note that a stage has ended; the answer of the run is that of the last complete stage."""
        if status == "complete":
            self._rounds_of_result = self._rounds

    def group(self, answers: Answers, question: str | None, round_number: int) -> AnswerGroups:
        """Return the groups of `answers`: the recorded ones if the record has them, else compared now."""
        found = self.recall(answers, question, round_number)
        return group_answers(answers, question) if found is None else found

    async def group_off_loop(self, answers: Answers, question: str | None, round_number: int) -> AnswerGroups:
        """Return the groups as `group` does; also asks the extra `maths`, off the event loop."""
        found = self.recall(answers, question, round_number)
        return await group_answers_off_loop(answers, question) if found is None else found

    def recall(self, answers: Answers, question: str | None, round_number: int) -> AnswerGroups | None:
        """Return the recorded groups of `answers`; None if the record has none and they must be compared."""
        answers = [(seat, text) for seat, text in answers if text.strip()]
        self._question, self._last_answers = question, dict(reversed(answers))  # The first of two votes.
        recorded = self._recorded.find_groupings((seat for seat, _ in answers), round_number)
        event = next((event for event in recorded if event.basis != "captain"), None)
        if event is None:
            return None
        self._last_answers = _read_answers(event)
        return read_groups(event)

    @property
    def last_answers(self) -> Sequence[tuple[str, str]]:
        """(seat id, final answer) of the last grouping; those of the record where the groups are of it."""
        return list(self._last_answers.items())

    def make_event(self, grouping: AnswerGroups, round_number: int) -> events.AnswersGrouped:
        """Return the event for groups that were made, with the answers that changed since earlier rounds."""
        recorded = self._find_recorded(grouping, round_number)
        if recorded:
            grouping = read_groups(recorded)
            self._last_answers = _read_answers(recorded)
        own = {seat: self._last_answers.get(seat, g.answer) for g in grouping.groups for seat in g.seats}
        twice = _seats_with_two_votes(grouping)
        event = recorded or events.AnswersGrouped(
            groups=tuple({"answer": group.answer, "seats": list(group.seats)} for group in grouping.groups),
            wordings={
                s: own[s] for g in grouping.groups for s in g.seats if own[s] != g.answer and s not in twice
            },
            agreement=grouping.agreement, basis=grouping.basis, round=round_number,
            changes=tuple(self._find_changes(grouping, own, round_number)),
            since_round=max((one.number for one in self._rounds if one.number < round_number), default=-1),
        )  # fmt: skip
        self._rounds = [one for one in self._rounds if one.number != round_number]
        self._rounds.append(_Round(round_number, grouping, own))
        return event

    def place_answer(
        self, text: str, recorded: events.RunFinished | None = None
    ) -> tuple[int | None, int | None]:
        """Return the groups that the answer of the run belongs to in the last and in the first round.

        Args:
            text: the answer; "" for none.
            recorded: the end in the record of a resumed run with the same answer; its groups are taken.

        Returns:
            Indexes into the groups; NO_GROUP if the answer agrees with none of them, None if they cannot be
            compared.
        """
        if recorded and recorded.kind is not None:
            return recorded.final_group, recorded.first_group
        rounds = self._rounds if self._rounds_of_result is None else self._rounds_of_result
        if not rounds or not text.strip():
            return None, None
        return self._place(text, rounds[-1]), self._place(text, rounds[0])

    @property
    def first_answers(self) -> Mapping[str, str]:
        """Seat -> its answer in the first round; empty where answers cannot be compared."""
        rounds = self._rounds if self._rounds_of_result is None else self._rounds_of_result
        return rounds[0].answers if rounds and rounds[0].grouping.basis in COMPARED else {}

    def _place(self, text: str, among: _Round) -> int | None:
        if among.grouping.basis not in COMPARED:
            return None
        groups, twice = among.grouping.groups, _seats_with_two_votes(among.grouping)
        own = [{group.answer, *(among.answers[s] for s in group.seats if s not in twice)} for group in groups]
        final = extract_final_answer(text, self._question)
        for said in (text, final):
            found = [n for n, texts in enumerate(own) if said in texts]
            if len(found) == 1:
                return found[0]
        return find_group(final, among.grouping, self._question)

    def _find_recorded(self, grouping: AnswerGroups, round_number: int) -> events.AnswersGrouped | None:
        """Return the recorded groups with the same seats in each, whatever the texts of their answers."""
        seats = [seat for group in grouping.groups for seat in group.seats]
        wanted = (grouping.basis, [group.seats for group in grouping.groups])
        for event in self._recorded.find_groupings(seats, round_number):
            if wanted == (event.basis, [group.seats for group in read_groups(event).groups]):
                return event
        return None

    def _find_changes(
        self, grouping: AnswerGroups, own: Mapping[str, str], round_number: int
    ) -> Iterable[dict[str, Any]]:
        earlier = [one for one in self._rounds if one.number < round_number]
        if not earlier or grouping.basis not in COMPARED:
            return
        majority = find_majority_index([group.seats for group in earlier[-1].grouping.groups])
        held = earlier[-1].grouping.groups[majority] if majority is not None else None
        for seat, after in own.items():
            known = [one for one in earlier if seat in one.answers]
            if not known or known[-1].grouping.basis not in COMPARED:
                continue
            before = known[-1].answers[seat]
            was_in = next(group for group in known[-1].grouping.groups if seat in group.seats)
            if any(answers_agree(one, after, self._question) for one in (before, was_in.answer)):
                continue
            direction = NEITHER
            if held and answers_agree(held.answer, after, self._question):
                direction = TOWARD_MAJORITY
            elif held and (seat in held.seats or answers_agree(held.answer, before, self._question)):
                direction = AWAY_FROM_MAJORITY
            yield {"seat": seat, "from": before, "to": after, "direction": direction}


def _read_answers(event: events.AnswersGrouped) -> dict[str, str]:
    """Return seat -> its answer, in its own wording where the record has it; the first of two votes.

    A second vote, which breaks a tie, came after all others: it stands later in its group.
    """
    groups = read_groups(event).groups
    placed = [(place, seat, group.answer) for group in groups for place, seat in enumerate(group.seats)]
    found: dict[str, str] = {}
    for _, seat, answer in sorted(placed, key=lambda one: one[0]):
        found.setdefault(seat, answer)
    return {**found, **event.wordings}


def _seats_with_two_votes(grouping: AnswerGroups) -> set[str]:
    count = Counter(seat for group in grouping.groups for seat in group.seats)
    return {seat for seat, votes in count.items() if votes > 1}


def read_groups(event: events.AnswersGrouped) -> AnswerGroups:
    """Return the groups of an event."""
    groups = (
        AnswerGroup(str(row.get("answer", "")), tuple(map(str, row.get("seats", ())))) for row in event.groups
    )
    return AnswerGroups(tuple(groups), event.agreement, event.basis)
