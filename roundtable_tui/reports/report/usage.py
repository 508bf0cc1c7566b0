"""Usage of a run for its report: in total, by phase and by seat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from roundtable_tui.engine import events
from roundtable_tui.engine.results.baseline import BASELINE_PHASE
from roundtable_tui.reports.report.fold import COUNTED_PHASES, AskedTurn, EventFold, read_limit
from roundtable_tui.reports.report.types import PhaseUsage, ReportedUsage, SeatUsage, UsageLine

TurnEnd = events.TurnFinished | events.TurnFailed


def report_usage(fold: EventFold) -> ReportedUsage:
    """Return the usage of all calls, those of a resumed run that were made again included."""
    phases: dict[tuple[int, str], list[TurnEnd]] = {}
    seats: dict[tuple[str, str, str], list[TurnEnd]] = {}
    calls = [(fold.asked.get(end.turn), end) for end in fold.view.outcomes]
    calls += fold.wasted
    for asked, end in calls:
        phases.setdefault(_phase_of(asked), []).append(end)
        who = (asked.name, asked.model) if asked else (fold.view.seat_name(end.seat), "")
        seats.setdefault((end.seat, *who), []).append(end)
    order = list(fold.view.seats)
    in_order = sorted(seats, key=lambda key: order.index(key[0]) if key[0] in order else len(order))
    run_end, ends = fold.view.end, [end for _, end in calls]
    seconds = run_end.elapsed_s if run_end else max((end.t for end in ends), default=0.0)
    return ReportedUsage(
        total=sum_usage(ends, seconds),
        phases=tuple(PhaseUsage(phase, stage, sum_usage(own)) for (stage, phase), own in phases.items()),
        seats=tuple(
            SeatUsage(*key, sum_usage(seats[key]), *_last_limit(fold, seats[key])) for key in in_order
        ),
        answer_limit=fold.answer_limit,
    )


def sum_usage(ends: Sequence[TurnEnd], seconds: float | None = None) -> UsageLine:
    """Add up the usage of calls; `seconds` replaces the sum of their times."""
    unpriced = sum(not _has_cost(end) and count_tokens([end]) > 0 for end in ends)
    costs = [(end.usage["cost"], end.usage.get("cost_reported", False)) for end in ends if _has_cost(end)]
    return UsageLine(
        calls=sum(end.attempts > 0 for end in ends),
        prompt_tokens=sum(_count(end, "prompt_tokens") for end in ends),
        completion_tokens=sum(_count(end, "completion_tokens") for end in ends),
        cached_tokens=sum(_count(end, "cached_tokens") for end in ends),
        seconds=sum(end.elapsed_s for end in ends) if seconds is None else seconds,
        cost=sum(float(cost) for cost, _ in costs) if costs else None,
        cost_reported=bool(costs) and not unpriced and all(reported for _, reported in costs),
        unpriced=unpriced,
        estimated=any(bool(end.usage.get("estimated", False)) for end in ends),
    )


def count_tokens(ends: Iterable[TurnEnd]) -> int:
    """Return the tokens of prompts and answers of some calls."""
    return sum(_count(end, "prompt_tokens") + _count(end, "completion_tokens") for end in ends)


def count_own_tokens(fold: EventFold) -> int:
    """Return the tokens of all calls but those of the vote of `--baseline`."""
    wasted = (end for asked, end in fold.wasted if asked.phase != BASELINE_PHASE)
    return count_tokens(wasted) + count_tokens(
        end for end in fold.view.outcomes if not is_baseline(fold, end.turn)
    )


def is_baseline(fold: EventFold, turn: str) -> bool:
    """Return True if a call was made for the vote of `--baseline`, after the run."""
    return turn in fold.asked and fold.asked[turn].phase == BASELINE_PHASE


def _last_limit(fold: EventFold, ends: Sequence[TurnEnd]) -> tuple[int | None, str]:
    """Return the limit of the last answer of a seat, and what set it; decisions have limits of their own."""
    own = [end for end in ends if end.turn not in fold.asked or not fold.asked[end.turn].decides]
    for end in sorted(own or ends, key=lambda end: (round(end.t, 3), end.turn), reverse=True):
        tokens = read_limit(end.answer_limit.get("tokens"))
        if tokens is not None:
            return tokens, str(end.answer_limit.get("source", ""))
    return None, ""


def _phase_of(asked: AskedTurn | None) -> tuple[int, str]:
    if asked is None:
        return 0, ""
    counted = asked.phase in COUNTED_PHASES and asked.round
    return asked.stage, f"{asked.phase} {asked.round}" if counted else asked.phase


def _count(end: TurnEnd, name: str) -> int:
    value = end.usage.get(name, 0)
    return int(value) if isinstance(value, int | float) else 0


def _has_cost(end: TurnEnd) -> bool:
    return isinstance(end.usage.get("cost"), int | float)
