"""The words of a report: titled sections of lines, safe to show, that every reader renders in its own way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roundtable_tui.engine.calls.pricing import format_dollars
from roundtable_tui.reports.report.steps import describe_steps, describe_unanimous_start
from roundtable_tui.reports.report.types import (
    Report,
    ReportedBaseline,
    ReportedChange,
    ReportedDecision,
    ReportedRound,
    ReportedUsage,
    UsageLine,
)
from roundtable_tui.reports.tool_calls import format_bytes
from roundtable_tui.reports.wording import describe_decision
from roundtable_tui.utils.format import count_of, format_duration
from roundtable_tui.utils.text import single_line

_MAX_ANSWER_CHARS = 80
_MAX_NAME_CHARS = 40
_MAX_NAMES_CHARS = 120
_MAX_GROUPS = 8
_DIRECTIONS = {
    "toward_majority": "joined the majority",
    "away_from_majority": "left the majority",
    "neither": "",
}
_METHODS = {
    "json_schema": "by json schema",
    "tool": "by tool call",
    "prose": "by prose",
    "word": "by one word",
    "clusters": "computed from the answers, no clear one was given",
}

_LIMIT_SOURCES = {"max_tokens": "max_tokens", "context": "the context of the model"}


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A title and its lines, one line each."""

    title: str
    lines: tuple[str, ...]


def describe_report(report: Report, *, usage: bool = True) -> list[ReportSection]:
    """Return the sections of a report that have anything to say.

    Args:
        report: the report.
        usage: include the usage by phase and seat; False where it is shown as a table.
    """
    sections = [
        ReportSection("Outcome", tuple(_outcome_lines(report))),
        ReportSection("Warnings", tuple(single_line(text, 300) for text in report.warnings)),
        ReportSection("Steps", tuple(describe_steps(report.steps) if report.steps else ())),
        ReportSection("Votes", tuple(_vote_lines(report))),
        ReportSection("Changed answers", tuple(describe_change(report, one) for one in report.changes)),
        ReportSection("Dissent", tuple(_dissent_lines(report))),
        ReportSection("Baseline", tuple(_baseline_lines(report))),
        ReportSection("Decisions", tuple(map(describe_obtained, report.decisions))),
        ReportSection("Failures", tuple(_failure_lines(report))),
        ReportSection("Replaced seats", tuple(_replaced_lines(report))),
        ReportSection("Citations", tuple(f"[{c.number}] {_line(c.place, 200)}" for c in report.citations)),
        ReportSection("Tools", tuple(_tool_lines(report))),
        ReportSection("Files cited", tuple(_file_citation_lines(report))),
        ReportSection("Usage", tuple(_usage_lines(report)) if usage else ()),
    ]
    return [section for section in sections if section.lines]


def describe_round(found: ReportedRound) -> str:
    """Return how the answers of a round are divided: `2:1`, `3 different answers`; "" if not compared."""
    return describe_votes(found.votes)


def describe_votes(votes: Sequence[int]) -> str:
    """Return how answers are divided, from the sizes of their groups. See `describe_round`."""
    if sum(votes) < 2:
        return ""
    if len(votes) == 1:
        return f"{votes[0]} of {votes[0]} agree"
    if max(votes) == 1:
        return f"{len(votes)} different answers"
    return ":".join(map(str, votes))


def describe_place(stage: int, number: int) -> str:
    """Return the round, in a pipeline with its stage; "" for neither."""
    parts = [f"stage {stage}"] if stage else []
    return ", ".join([*parts, *([f"round {number}"] if number else [])])


def describe_change(report: Report, change: ReportedChange) -> str:
    """Return a changed answer as one line."""
    before, after = (_line(text, 40).rstrip(".") for text in (change.before, change.after))
    parts = [f"{before} → {after}"]
    if direction := _DIRECTIONS.get(change.direction, ""):
        parts.append(direction)
    if change.read:
        parts.append(f"after reading {', '.join(_seat_name(report, seat) for seat in change.read)}")
    place = describe_place(change.stage, change.round)
    return f"{place}: {_line(change.name, _MAX_NAME_CHARS)}: {', '.join(parts)}"


def describe_obtained(decision: ReportedDecision) -> str:
    """Return a decision and how it was obtained."""
    place = describe_place(decision.stage, decision.round)
    how = _METHODS.get(decision.method, _line(f"by {decision.method}", 40))
    what = f"{_line(decision.label, 40)} {how} · {_line(decision.name, _MAX_NAME_CHARS)}"
    text = describe_decision(decision.decision, picked=_line(decision.picked, _MAX_NAME_CHARS))
    return f"{place + ': ' if place else ''}{what}{': ' + text if text else ''}"


def describe_usage(usage: UsageLine) -> str:
    """Return usage as one line: `3 calls, 1,204 tokens, $0.02, 0:12`."""
    about = "~" if usage.estimated else ""
    parts = [count_of(usage.calls, "call"), f"{about}{count_of(usage.tokens, 'token')}"]
    if usage.cost is not None:
        parts.append(f"{format_dollars(usage.cost)}{_describe_cost(usage)}")
    return ", ".join([*parts, format_duration(usage.seconds, precise=True)])


def _describe_cost(usage: UsageLine) -> str:
    """Return what to know about a cost: that servers reported it, or that it is not the whole cost."""
    if usage.unpriced:
        return f" without {count_of(usage.unpriced, 'call')} of unknown cost"
    return " (reported)" if usage.cost_reported else ""


def _outcome_lines(report: Report) -> Iterator[str]:
    if report.status == "unfinished" and not report.answer:
        return
    yield report.outcome.text
    if report.how and report.how != report.outcome.reason:
        yield single_line(report.how, 600)


def _vote_lines(report: Report) -> Iterator[str]:
    for found in report.rounds:
        if not found.is_comparable:
            continue
        title = describe_place(found.stage, found.round)
        if split := describe_round(found):
            yield f"{title}: {split}" if title else split
        for group in found.groups[:_MAX_GROUPS]:
            who = ", ".join(_seat_name(report, seat) for seat in group.seats)
            yield f"  {who}: {_line(group.answer, _MAX_ANSWER_CHARS)}"
        if len(found.groups) > _MAX_GROUPS:
            yield f"  and {len(found.groups) - _MAX_GROUPS} more"


def _dissent_lines(report: Report) -> Iterator[str]:
    if (dissent := report.dissent) is not None:
        name = _line(dissent.name, _MAX_NAME_CHARS)
        yield f"{name} ({dissent.votes} of {dissent.of}): {_line(dissent.answer, 600)}"


def describe_baseline(baseline: ReportedBaseline) -> Iterator[str]:
    """Yield what a plain vote would have said, its cost, and the vote that was taken at equal tokens."""
    if baseline.answer:
        split = ":".join(map(str, baseline.votes))
        same = _describe_same(baseline.agrees)
        yield f"vote over the first answers: {_line(baseline.answer, _MAX_ANSWER_CHARS)} ({split}){same}"
    elif baseline.votes:
        yield f"vote over the first answers: a tie ({':'.join(map(str, baseline.votes))})"
    if baseline.tokens:
        buys = count_of(baseline.single_answers, "single answer")
        yield f"the first answers took {baseline.share:.0%} of the tokens; all tokens buy {buys}"
    if taken := baseline.taken:
        said = f"{_line(taken.answer, _MAX_ANSWER_CHARS)}" if taken.answer else "a tie"
        split = f" ({':'.join(map(str, taken.votes))})" if taken.votes else ""
        same = _describe_same(taken.agrees)
        count = count_of(taken.answers, "answer")
        yield f"vote at equal tokens: {said}{split}, {count}, {count_of(taken.tokens, 'token')}{same}"


def _baseline_lines(report: Report) -> Iterator[str]:
    if report.baseline:
        yield from describe_baseline(report.baseline)
    yield from describe_unanimous_start(report)


def _describe_same(agrees: bool | None) -> str:
    return "" if agrees is None else f"; the answer is {'the same' if agrees else 'another'}"


def _failure_lines(report: Report) -> Iterator[str]:
    for one in report.failures:
        place = describe_place(one.stage, one.round)
        again = "; answered when asked again" if one.recovered else ""
        what = _line(" · ".join(part for part in (one.name, one.label) if part), 80)
        yield f"{place + ': ' if place else ''}{what}: {single_line(one.error, 300)}{again}"


def _replaced_lines(report: Report) -> Iterator[str]:
    for one in report.replaced:
        when = f" from {describe_place(0, one.round)} on" if one.round else ""
        yield f"{_line(one.after, _MAX_NAME_CHARS)} for {_line(one.before, _MAX_NAME_CHARS)}{when}"


def _tool_lines(report: Report) -> Iterator[str]:
    for one in report.tools:
        failed = f", {one.failed} without a result" if one.failed else ""
        what = f"{_line(one.tool, 60)} · {_line(one.name, _MAX_NAME_CHARS)}"
        yield f"{what}: {count_of(one.calls, 'call')}{failed}, {format_bytes(one.bytes)}"


def _file_citation_lines(report: Report) -> Iterator[str]:
    for one in report.file_citations:
        who = f"{_seat_name(report, one.seat)}, {_line(one.turn, 60)}: " if one.turn else ""
        yield f"{who}[{_line(one.text, 200)}] {f'not verified: {one.why}' if one.why else 'checked'}"


def _usage_lines(report: Report) -> Iterator[str]:
    usage = report.usage
    if not usage.total.calls:
        return
    yield f"total: {describe_usage(usage.total)}"
    if usage.answer_limit is not None:
        yield f"limit of an answer: about {usage.answer_limit:,} tokens, reasoning included"
    yield from _seat_limit_lines(usage)
    if len(usage.phases) > 1:
        for phase in usage.phases:
            stage = f"stage {phase.stage}, " if phase.stage else ""
            yield f"  {stage}{_line(phase.phase, 40) or 'other'}: {describe_usage(phase.usage)}"
    if len(usage.seats) > 1:
        for seat in usage.seats:
            model = f" · {_line(seat.model, 60)}" if seat.model else ""
            yield f"  {_line(seat.name, _MAX_NAME_CHARS)}{model}: {describe_usage(seat.usage)}"


def _seat_limit_lines(usage: ReportedUsage) -> Iterator[str]:
    """Yield the limits that held for the answers of some seats in place of that of the run."""
    limited: dict[str, list[str]] = {}
    for seat in usage.seats:
        if seat.answer_limit is not None and (why := _LIMIT_SOURCES.get(seat.limited_by)):
            limited.setdefault(f"{seat.answer_limit:,} tokens, {why}", []).append(seat.name)
    for limit, names in limited.items():
        is_all = len(names) == len(usage.seats) > 1
        yield f"  {'all' if is_all else _line(', '.join(names), _MAX_NAMES_CHARS)}: {limit}"


def _seat_name(report: Report, seat: str) -> str:
    return _line(report.names.get(seat, seat), _MAX_NAME_CHARS)


def _line(text: str, limit: int) -> str:
    return single_line(text, limit)
