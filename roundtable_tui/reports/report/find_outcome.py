"""Finds the outcome of a run: what its answers came to, and whether it went as asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from roundtable_tui.answers.grouping import AnswerGroup, AnswerGroups
from roundtable_tui.answers.majority import NO_GROUP, have_different_answers
from roundtable_tui.engine import events
from roundtable_tui.engine.calls.budget import BUDGET_EXCEEDED, TRUNCATED_BY_BUDGET
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.outcome import Outcome, OutcomeKind
from roundtable_tui.reports.report.types import ReportedChange, ReportedFailure, ReportedRound
from roundtable_tui.utils.format import count_of

MERGING_LABELS = ("synthesis", "writing", "merge")
"""Labels of turns that write one answer from several; for records that do not name the kind of answer."""
PRODUCING_MODES = ("fanout", "chain", "loop", "roundtable")
"""Modes without one answer to agree on; for records that do not name the kind of answer."""


_GROUPING_LABEL = "groups"
"""Turns in which the captain groups open texts: the answers count without them."""


def read_groups_of_answer(fold: EventFold, rounds: Sequence[ReportedRound]) -> tuple[int | None, int | None]:
    """Return the groups of the answer in the last and the first round; in old records those of its seat."""
    end = fold.view.end
    if end is None or not end.answer or not rounds:
        return None, None
    if end.kind is not None:
        known = len(rounds[-1].groups), len(rounds[0].groups)
        return _in_range(end.final_group, known[0]), _in_range(end.first_group, known[1])
    if not rounds[-1].is_comparable or _is_merged(fold):
        return None, None
    groups = rounds[-1].groups
    final = next((n for n, group in enumerate(groups) if end.by in group.seats), NO_GROUP)
    said = groups[final].answer.strip() if final != NO_GROUP else end.answer.strip()
    first = next((n for n, group in enumerate(rounds[0].groups) if group.answer.strip() == said), NO_GROUP)
    return final, first


def _in_range(place: int | None, count: int) -> int | None:
    """Return a place of a group, whatever a record contains."""
    return place if place is not None and NO_GROUP <= place < count else None


def find_outcome(
    fold: EventFold,
    rounds: Sequence[ReportedRound],
    changes: Sequence[ReportedChange],
    final_group: int | None,
    first_group: int | None,
    failures: Sequence[ReportedFailure],
) -> Outcome:
    """Return the outcome of a run.

    Args:
        fold: the events of the run.
        rounds: the rounds of the stage that the answer is from.
        changes: the changed answers of that stage.
        final_group: the group of the last round that the answer belongs to.
        first_group: the same for the first round.
        failures: the failed turns.
    """
    last = rounds[-1] if rounds else None
    is_counted = last is not None and last.is_comparable
    saw_consensus = _captain_verdict(fold)
    answers = _find_answers_kind(fold, last, final_group, saw_consensus)
    kind, reason = _find_kind(fold, answers, failures)
    held = last.groups[final_group or 0] if last and is_counted and final_group != NO_GROUP else None
    is_by_verdict = answers == "agreed" and last is not None and len(last.groups) > 1
    return Outcome(
        kind=kind,
        answers=answers,
        votes=last.votes if last and not is_by_verdict else (),
        votes_for=len(held.seats) if held and answers else 0,
        majority=last.majority.answer if last and last.majority else "",
        decided_by="captain"
        if answers in ("agreed", "no_consensus") and (is_by_verdict or not is_counted)
        else "",
        captain_saw_consensus=saw_consensus,
        overturned=_is_overturned(rounds, changes, first_group),
        merged=_is_merged(fold),
        reason=reason,
    )  # fmt: skip


def _find_answers_kind(
    fold: EventFold, last: ReportedRound | None, final_group: int | None, saw_consensus: bool | None
) -> OutcomeKind | Literal[""]:
    """Return what the answers came to; "" where there is no whole answer."""
    end, header = fold.view.end, fold.view.header
    if end is None or end.incomplete or not end.answer.strip():
        return ""
    if end.kind == "produced" or (end.kind is None and header and header.mode in PRODUCING_MODES):
        return "produced"
    if last is None:
        stage = fold.result_stage
        seats = [one for one in fold.view.seats.values() if not one.is_captain and one.stage == stage]
        return "single" if len(seats) == 1 else "produced"
    merged = _is_merged(fold)
    if sum(len(group.seats) for group in last.groups) == 1:
        return "merged" if merged else "single"
    if not last.is_comparable:
        if merged:
            return "merged"
        return "produced" if saw_consensus is None else "agreed" if saw_consensus else "no_consensus"
    if saw_consensus and not merged and not _surely_differ(last, header.question if header else ""):
        return "agreed"
    if last.majority is None:
        return "merged" if merged else "no_consensus"
    if merged and final_group is None:
        return "merged"
    if final_group is not None and (final_group == NO_GROUP or last.groups[final_group] != last.majority):
        return "against_majority"
    return "agreed" if len(last.groups) == 1 else "majority"


def _surely_differ(last: ReportedRound, question: str) -> bool:
    """Return True if at least two groups of answers surely differ, not only in their wording."""
    groups = tuple(AnswerGroup(group.answer, tuple(group.seats)) for group in last.groups)
    return have_different_answers(AnswerGroups(groups, None, last.basis), question)


def _find_kind(
    fold: EventFold, answers: OutcomeKind | Literal[""], failures: Sequence[ReportedFailure]
) -> tuple[OutcomeKind, str]:
    """Return the kind of the outcome and, if the run did not go as asked, why."""
    end = fold.view.end
    if end is None:
        return "incomplete", "the record has no end: the run was interrupted or is still active"
    if end.status == "cancelled":
        return "stopped", end.error
    if end.status == "complete" and answers:
        return answers, ""
    if end.incomplete:
        return "incomplete", end.error or "every answer was cut off"
    refused = [one for one in failures if one.kind == BUDGET_EXCEEDED]
    cut = [one for one in fold.view.outcomes if TRUNCATED_BY_BUDGET in getattr(one, "warnings", ())]
    if refused or cut:
        parts = [f"{count_of(len(refused), 'turn')} not asked"] if refused else []
        parts += [f"{count_of(len(cut), 'answer')} cut short"] if cut else []
        return "budget_reached", ", ".join(parts)
    if end.error:
        return "incomplete", end.error
    answers_wanted = [one for one in failures if one.label != _GROUPING_LABEL]
    missing = [one for one in answers_wanted if not one.recovered]
    return "incomplete", f"no answer from {_list_missing(fold, missing)}" if missing else end.how


def _list_missing(fold: EventFold, missing: Sequence[ReportedFailure]) -> str:
    """Return the names of seats without an answer; with the round, where one of theirs in another counts."""
    answered = {
        fold.asked[end.turn].seat
        for end in fold.view.outcomes
        if isinstance(end, events.TurnFinished) and not end.is_truncated and end.turn in fold.asked
    }
    names = [f"{one.name} in round {one.round}" if one.seat in answered else one.name for one in missing]
    return ", ".join(dict.fromkeys(names))


def _is_overturned(
    rounds: Sequence[ReportedRound], changes: Sequence[ReportedChange], first_group: int | None
) -> bool:
    """Return True if the first round had a majority for another answer that seats have left since."""
    majority = rounds[0].majority if rounds else None
    if majority is None or first_group is None or len(rounds) < 2:
        return False
    if first_group != NO_GROUP and rounds[0].groups[first_group] == majority:
        return False
    left = {one.seat for one in changes if one.seat in majority.seats}
    kept = [seat for seat in majority.seats if seat not in left]
    last = rounds[-1].majority
    return bool(left) and not (last and set(kept) & set(last.seats))


def _captain_verdict(fold: EventFold) -> bool | None:
    """Return whether the last verdict said that all agree, if a seat gave one."""
    found = [
        one.decision["consensus"]
        for one in fold.decisions
        if one.stage == fold.result_stage and isinstance(one.decision.get("consensus"), bool)
        and one.method != "clusters"
    ]  # fmt: skip
    return found[-1] if found else None


def _is_merged(fold: EventFold) -> bool:
    """Return True if the answer was written from several answers."""
    end = fold.view.end
    if end is None or not end.answer:
        return False
    if end.kind is not None:
        return end.kind == "merged"
    return any(
        one.label in MERGING_LABELS and one.seat == end.by and one.stage == fold.result_stage
        for one in fold.asked.values()
    )
