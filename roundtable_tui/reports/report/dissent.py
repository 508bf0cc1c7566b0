"""The strongest answer against the answer of a run, verbatim."""

from __future__ import annotations

from roundtable_tui.engine import events
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.types import Dissent, ReportedRound


def find_dissent(fold: EventFold, last: ReportedRound | None, final_group: int | None) -> Dissent | None:
    """Return the strongest dissent: the largest other group, else the best answer that rankings put first.

    Args:
        fold: the events of the run.
        last: the last round of the stage that the answer is from.
        final_group: the group of that round that the answer belongs to.
    """
    if last is None:
        return None
    # Texts that the captain grouped do not say to which of them an answer belongs that was written from them.
    if not last.is_comparable or (last.basis == "captain" and final_group is None):
        return _dissent_of_rankings(fold, last)
    others = [group for n, group in enumerate(last.groups) if n != final_group]
    if not others:
        return None
    strongest = max(others, key=lambda group: len(group.seats))
    everywhere = [seat for group in last.groups for seat in group.seats]
    # A seat that broke a tie has two votes: the words of another are those of this group.
    seat = next((one for one in strongest.seats if everywhere.count(one) == 1), strongest.seats[0])
    votes = len(strongest.seats)
    return _quote(fold, seat, last, strongest.answer_of(seat), votes, of=len(everywhere))


def _dissent_of_rankings(fold: EventFold, last: ReportedRound) -> Dissent | None:
    """Return the answer that most readers put first, if others put another one first more often."""
    by_name = {name: seat for seat, name in fold.names.items()}
    ranked = sorted(
        ((len(readers), by_name[name]) for name, readers in fold.first_places.items() if name in by_name),
        key=lambda one: -one[0],
    )
    if len(ranked) < 2:
        return None
    votes, seat = ranked[1]
    answer = next((group.answer_of(seat) for group in last.groups if seat in group.seats), "")
    return _quote(fold, seat, last, answer, votes, sum(count for count, _ in ranked))


def _quote(fold: EventFold, seat: str, last: ReportedRound, answer: str, votes: int, of: int) -> Dissent:
    has_two_votes = sum(seat in group.seats for group in last.groups) > 1
    asked = fold.find_asked(seat, last.round, last.stage, is_first=has_two_votes)
    turn = fold.view.turns.get(asked.turn) if asked else None
    text = turn.outcome.text if turn and isinstance(turn.outcome, events.TurnFinished) else answer
    name = asked.name if asked else fold.names.get(seat, seat)
    return Dissent(seat, name, answer, replace_marks(text).strip(), votes, of)
