"""Makes the board of a run from its report. Nothing is compared: groups and changes are the recorded ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from roundtable_tui.reports.board.types import AnswerBoard, BoardRound, BoardRow, SeatAnswer
from roundtable_tui.reports.identity import choose_group_shapes
from roundtable_tui.reports.report.sections import describe_round
from roundtable_tui.reports.report.types import Report, ReportedChange, ReportedRound
from roundtable_tui.reports.wording import describe_decision
from roundtable_tui.utils.text import single_line


def make_board(report: Report) -> AnswerBoard:
    """Return the board of the stage that the answer is from, else of the last one with answers.

    A group has the number of a group of an earlier round if a member has not changed its answer since, if
    members joined the majority that the earlier group was, or if the answers are the same text.
    """
    stages = [one.stage for one in report.rounds]
    stage = report.stage if report.answer and report.stage in stages else max(stages, default=0)
    rounds = [one for one in report.rounds if one.stage == stage]
    changes = {(one.round, one.seat): one for one in report.changes if one.stage == stage}
    linker = _GroupLinker()
    numbers = [linker.add_round(one, changes) for one in rounds]
    final: int | None = None
    if report.answer and report.stage == stage and rounds and report.final_group is not None:
        final = numbers[-1][report.final_group] if report.final_group >= 0 else None
    return AnswerBoard(
        rounds=tuple(
            _make_round(report, one, groups, decides=final is not None and one is rounds[-1])
            for one, groups in zip(rounds, numbers, strict=True)
        ),
        rows=tuple(
            BoardRow(
                seat,
                _describe_name(report, seat),
                report.numbers.get(seat, 0),
                tuple(
                    _make_cell(report, one, groups, seat, changes, final if one is rounds[-1] else None)
                    for one, groups in zip(rounds, numbers, strict=True)
                ),
            )
            for seat in _list_seats(report, rounds)
        ),
        groups=tuple(linker.answers),
        leaders=(leaders := tuple(report.numbers.get(seat, 0) for seat in linker.leaders)),
        shapes=choose_group_shapes(leaders, max(report.numbers.values(), default=0)),
        final_group=final,
    )


class _GroupLinker:
    """Gives each group of each round a number that it keeps over the rounds."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        """The first answer of each number."""
        self.leaders: list[str] = []
        """The seat that gave it; the first of several."""
        self._texts: dict[str, int] = {}
        """Answer -> the number it had last."""
        self._held: dict[str, int] = {}
        """Seat -> the number of its last answer."""
        self._majority: int | None = None
        """The number of the majority of the round before."""

    def add_round(
        self, found: ReportedRound, changes: dict[tuple[int, str], ReportedChange]
    ) -> list[int | None]:
        """Return the numbers of the groups of the next round; None for each if they were not compared."""
        if not found.is_comparable:
            return [None] * len(found.groups)
        evidence = Counter[tuple[int, int]]()
        for place, group in enumerate(found.groups):
            for seat in group.seats:
                change = changes.get((found.round, seat))
                if change is None and seat in self._held:
                    evidence[place, self._held[seat]] += 2
                elif change is not None and change.joined_majority and self._majority is not None:
                    evidence[place, self._majority] += 2
                if (said := self._texts.get(_normalize(group.answer_of(seat)))) is not None:
                    evidence[place, said] += 1
        numbers: list[int | None] = [None] * len(found.groups)
        ranked = sorted(evidence.items(), key=lambda item: (-item[1], item[0]))
        for (place, number), _ in ranked:
            if numbers[place] is None and number not in numbers:
                numbers[place] = number
        for place, group in enumerate(found.groups):
            if (known := numbers[place]) is None:
                known = numbers[place] = len(self.answers)
                self.answers.append(group.answer)
                self.leaders.append(next(iter(group.seats), ""))
            for seat in group.seats:
                self._held[seat] = known
                self._texts[_normalize(group.answer_of(seat))] = known
        majority = found.majority
        self._majority = None if majority is None else numbers[found.groups.index(majority)]
        return numbers


def _normalize(text: str) -> str:
    return text.strip().rstrip(".").casefold()


def _list_seats(report: Report, rounds: Sequence[ReportedRound]) -> list[str]:
    """Return the seats that answered in any of the rounds, or failed where those were asked."""
    answered = {seat for one in rounds for group in one.groups for seat in group.seats}
    stages, numbers = {one.stage for one in rounds}, {one.round for one in rounds}
    own = [one for one in report.turns if one.stage in stages and one.round in numbers]
    labels = {one.label for one in own if one.seat in answered}
    decided = {one.seat for one in report.decisions}
    asked = {one.seat for one in own if one.label in labels and one.seat not in decided}
    order = {seat: place for place, seat in enumerate(report.names)}
    return sorted(answered | asked, key=lambda seat: (order.get(seat, len(order)), seat))


def _make_cell(
    report: Report,
    found: ReportedRound,
    numbers: Sequence[int | None],
    seat: str,
    changes: dict[tuple[int, str], ReportedChange],
    final: int | None,
) -> SeatAnswer:
    for group, number in zip(found.groups, numbers, strict=True):
        if seat in group.seats:
            change = changes.get((found.round, seat))
            return SeatAnswer(
                group.answer_of(seat),
                number,
                change.direction if change else "",
                is_final=final is not None and number == final,
            )
    failed = any(
        (one.seat, one.round, one.stage) == (seat, found.round, found.stage) and not one.recovered
        for one in report.failures
    )
    return SeatAnswer("", None, failed=failed)


def _make_round(
    report: Report, found: ReportedRound, numbers: Sequence[int | None], *, decides: bool
) -> BoardRound:
    votes = tuple(
        (number, len(group.seats))
        for number, group in zip(numbers, found.groups, strict=True)
        if number is not None
    )
    verdicts = [
        _describe_verdict(one.decision, one.picked)
        for one in report.decisions
        if (one.round, one.stage) == (found.round, found.stage) and one.method != "clusters"
    ]
    return BoardRound(found.round, votes, describe_round(found), verdicts[-1] if verdicts else "", decides)


def _describe_verdict(decision: Mapping[str, Any], picked: str) -> str:
    """Return what the captain asked for, quoted; else the whole decision."""
    direction = decision.get("direction")
    if decision.get("consensus") is False and isinstance(direction, str) and direction.strip():
        return f"“{direction.strip()}”"
    return describe_decision(decision, picked=single_line(picked, 40))


def _describe_name(report: Report, seat: str) -> str:
    name = report.names.get(seat, seat)
    before = [one.before for one in report.replaced if one.seat == seat]
    return f"{name} (was {before[-1]})" if before else name
