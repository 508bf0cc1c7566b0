"""What a plain vote over the first answers would have said, and how many answers the same tokens buy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from roundtable_tui.answers.majority import NO_GROUP
from roundtable_tui.engine import events
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.types import ReportedBaseline, ReportedRound, TakenBaseline
from roundtable_tui.reports.report.usage import count_own_tokens, count_tokens

_AGREES = {"yes": True, "no": False}


def report_baseline(
    fold: EventFold, rounds: Sequence[ReportedRound], first_group: int | None
) -> ReportedBaseline | None:
    """Return the baseline of a run; None if it has no first answers.

    Args:
        fold: the events of the run.
        rounds: the rounds of the stage that the answer is from.
        first_group: the group of the first round that the answer belongs to.
    """
    first = rounds[0] if rounds else None
    if first is None:
        return None
    tokens = count_tokens(find_first_answers(fold, first))
    count = sum(len(group.seats) for group in first.groups)
    spent = count_own_tokens(fold)
    majority = first.majority if count > 1 else first.groups[0]
    agrees = None
    if majority and first_group is not None:
        agrees = first_group != NO_GROUP and first.groups[first_group] == majority
    return ReportedBaseline(
        answer=majority.answer if majority else "",
        votes=first.votes,
        agrees=agrees,
        tokens=tokens,
        share=min(1.0, tokens / spent) if spent else 0.0,
        single_answers=spent * count // tokens if tokens else 0,
        taken=_read_taken(fold.view.baseline),
    )


def find_first_answers(fold: EventFold, first: ReportedRound) -> list[events.TurnFinished]:
    """Return the first complete answer of each seat of a round; two of a seat whose vote broke a tie."""
    found: list[events.TurnFinished] = []
    seats = Counter(seat for group in first.groups for seat in group.seats)
    for end in fold.view.outcomes:
        asked = fold.asked.get(end.turn)
        if asked is None or asked.decides or isinstance(end, events.TurnFailed) or end.is_truncated:
            continue
        if seats[end.seat] and (asked.round, asked.stage) == (first.round, first.stage):
            seats[end.seat] -= 1
            found.append(end)
    return found


def _read_taken(event: events.BaselineTaken | None) -> TakenBaseline | None:
    if event is None:
        return None
    votes = tuple(int(row.get("count", 0)) for row in event.votes)
    return TakenBaseline(event.answer, votes, event.answers, event.tokens, _AGREES.get(event.agrees))
