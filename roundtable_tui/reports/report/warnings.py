"""Reasons to doubt the outcome of a run, found in its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roundtable_tui.answers.marker import MARKER_LINE
from roundtable_tui.engine import events
from roundtable_tui.engine.results.baseline import BASELINE_PHASE
from roundtable_tui.engine.results.unequal_params import UnequalParams
from roundtable_tui.engine.tools.citations import count_unchecked
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.tools import check_answer
from roundtable_tui.reports.report.types import ReportedChange, ReportedRound
from roundtable_tui.utils.text import single_line

_MIN_WORSE = 0.15
"""The difference of two rates from which on a model did much worse, if their intervals are apart too."""
_MIN_REASON_WORDS = 5
"""Fewer words before the answer do not count as a reason."""


def find_warnings(
    fold: EventFold, rounds: Sequence[ReportedRound], changes: Sequence[ReportedChange]
) -> Iterator[str]:
    """Yield the warnings of a run.

    Args:
        fold: the events of the run.
        rounds: the rounds of the stage that the answer is from.
        changes: the changed answers of that stage.
    """
    yield from describe_weak_seats(fold)
    yield from describe_unequal_params(fold)
    citations = check_answer(fold)
    if wrong := count_unchecked(citations):
        yield f"citations: {wrong} of {len(citations)} in the answer could not be verified"
    joined = find_unreasoned_joiners(fold, rounds, changes)
    if joined:
        names = ", ".join(dict.fromkeys(joined))
        yield (
            f"conformity: the seats agree only because {names} joined the majority, without a stated reason"
        )


def describe_weak_seats(fold: EventFold) -> Iterator[str]:
    """Yield a warning for each model that did much worse in the user's own bench than another of the run."""
    header = fold.view.header
    measured = [one for one in header.measured if _is_measured(one)] if header else []
    if header is None or len(measured) < 2:
        return
    urls = {str(server.get("name")): server.get("base_url") for server in header.servers}
    best = max(measured, key=_rate)
    for one in measured:
        if _rate(best) - _rate(one) < _MIN_WORSE or one["high"] >= best["low"]:
            continue
        names = [
            single_line(str(seat["name"]), 40)
            for seat in header.seats
            if (seat["model"], urls.get(str(seat["server"]))) == (one.get("model"), one.get("base_url"))
        ]
        if names:
            model, better = (single_line(str(each.get("model")), 40) for each in (one, best))
            share = f"{_rate(one):.0%} of {one['questions']:,} questions of your bench"
            yield f"{', '.join(names)}: {model} was right on {share}, {better} on {_rate(best):.0%}"


def describe_unequal_params(fold: EventFold) -> Iterator[str]:
    """Yield a warning for each parameter that was refused for some seats and sent for others."""
    found = UnequalParams()
    for one in fold.asked.values():
        end = fold.view.turns[one.turn].outcome
        if isinstance(end, events.TurnFinished) and not one.decides and one.phase != BASELINE_PHASE:
            found.add((one.stage, one.phase, one.round), one.name, one.model, end)
    seats: dict[str, list[str]] = {}
    for param, seat in found.find():
        seats.setdefault(single_line(param, 40), []).append(seat)
    for param, names in seats.items():
        yield f"sampling: {', '.join(names)} answered without {param}, which was refused, other seats with it"


def _is_measured(one: object) -> bool:
    keys = ("right", "questions", "low", "high")
    return isinstance(one, Mapping) and all(isinstance(one.get(key), int | float) for key in keys)


def _rate(one: Mapping[str, Any]) -> float:
    return float(one["right"] / max(1, one["questions"]))


def find_unreasoned_joiners(
    fold: EventFold, rounds: Sequence[ReportedRound], changes: Sequence[ReportedChange]
) -> list[str]:
    """Return the seats that brought about a consensus by joining the majority, all without a stated reason.

    Returns:
        Their names; empty if there is no consensus, it was there from the start, or one change had a reason
        or another direction.
    """
    if len(rounds) < 2 or not rounds[-1].is_comparable or len(rounds[-1].groups) != 1 or not changes:
        return []
    if not all(one.joined_majority and not _has_reason(fold, one) for one in changes):
        return []
    return [one.name for one in changes]


def _has_reason(fold: EventFold, change: ReportedChange) -> bool:
    """Return True if the reply with the new answer has more than a few words before it."""
    asked = fold.find_asked(change.seat, change.round, change.stage)
    turn = fold.view.turns.get(asked.turn) if asked else None
    if turn is None or not isinstance(turn.outcome, events.TurnFinished):
        return True
    text = turn.outcome.text
    marker = next(iter(MARKER_LINE.finditer(text)), None)
    before = text[: marker.start()] if marker else text.replace(change.after, "")
    return len(before.split()) >= _MIN_REASON_WORDS
