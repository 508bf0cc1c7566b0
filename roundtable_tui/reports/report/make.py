"""Makes the report of a run from its events."""

from __future__ import annotations

from collections.abc import Iterable

from roundtable_tui.engine import events
from roundtable_tui.engine.citations import cited_passages
from roundtable_tui.engine.turn import INTERRUPTED, MUTED, UNNEEDED
from roundtable_tui.reports.identity import number_seats
from roundtable_tui.reports.report.baseline import report_baseline
from roundtable_tui.reports.report.dissent import find_dissent
from roundtable_tui.reports.report.find_outcome import find_outcome, read_groups_of_answer
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.steps import report_steps
from roundtable_tui.reports.report.tools import list_file_citations, list_tool_use
from roundtable_tui.reports.report.types import (
    Citation,
    Report,
    ReportedDecision,
    ReportedFailure,
    ReportedTurn,
)
from roundtable_tui.reports.report.usage import count_tokens, report_usage
from roundtable_tui.reports.report.warnings import find_warnings

UNCOUNTED_KINDS = (MUTED, UNNEEDED, INTERRUPTED, "stopped", "shape")
"""Kinds of failed turns that do not count: ended on purpose, or a refused output schema."""


def make_report(recorded: Iterable[events.Event]) -> Report:
    """Return the report of a run.

    Groups, changes and the group of the answer are taken from the events; nothing is compared.

    Args:
        recorded: the events of the run so far, its header first.

    Raises:
        ValueError: there is no header.
    """
    fold = EventFold.of_events(recorded)
    if fold.view.header is None:
        raise ValueError("no header")
    return report_from_fold(fold)


def report_from_fold(fold: EventFold) -> Report:
    """Return the report of the events that were collected so far; without a header it has no question."""
    header, end = fold.view.header, fold.view.end
    rounds, changes = fold.list_rounds(), fold.list_changes()
    own = [one for one in rounds if one.stage == fold.result_stage]
    own_changes = [one for one in changes if one.stage == fold.result_stage]
    final_group, first_group = read_groups_of_answer(fold, own)
    failures, usage = _list_failures(fold), report_usage(fold)
    return Report(
        run_id=header.run_id if header else "",
        mode=header.mode if header else "",
        question=header.question if header else "",
        status=fold.view.status,
        answer=end.answer if end else "",
        by=end.by if end else "",
        how=(end.how or end.error) if end else "",
        seconds=end.elapsed_s if end else usage.total.seconds,
        outcome=find_outcome(fold, own, own_changes, final_group, first_group, failures),
        rounds=tuple(rounds),
        first_majority=own[0].majority if own else None,
        final_group=final_group,
        changes=tuple(changes),
        decisions=tuple(_list_decisions(fold)),
        usage=usage,
        baseline=report_baseline(fold, own, first_group),
        dissent=find_dissent(fold, own[-1] if own else None, final_group) if end and end.answer else None,
        failures=tuple(failures),
        replaced=tuple(fold.replaced),
        turns=tuple(_list_turns(fold)),
        citations=tuple(
            Citation(one.number, one.source, one.location, one.text)
            for one in cited_passages(end.answer if end else "", fold.view.passages)
        ),
        names=fold.names,
        steps=report_steps(fold, own),
        warnings=tuple(find_warnings(fold, own, own_changes)),
        stage=fold.result_stage,
        numbers=number_seats(header.seats if header else ()),
        tools=tuple(list_tool_use(fold)),
        file_citations=tuple(list_file_citations(fold)),
    )


def _list_decisions(fold: EventFold) -> list[ReportedDecision]:
    """Return the decisions step by step; those of one step, which arrive in any order, by seat."""
    order = {seat: number for number, seat in enumerate(fold.view.seats)}
    steps: dict[tuple[int, int, str], list[ReportedDecision]] = {}
    for one in fold.decisions:
        steps.setdefault((one.stage, one.round, one.label), []).append(one)
    return [one for step in steps.values() for one in sorted(step, key=lambda made: order.get(made.seat, -1))]


def _list_failures(fold: EventFold) -> list[ReportedFailure]:
    found = []
    answered = {
        (one.seat, one.label, one.phase, one.round, one.stage)
        for one in fold.asked.values()
        if isinstance(end := fold.view.turns[one.turn].outcome, events.TurnFinished)
        and (one.decides or not end.is_truncated)
    }
    for view in fold.turns:
        turn, end, asked = view.id, view.outcome, fold.asked.get(view.id)
        if not isinstance(end, events.TurnFailed) or end.kind in UNCOUNTED_KINDS or asked is None:
            continue
        key = (asked.seat, asked.label, asked.phase, asked.round, asked.stage)
        found.append(
            ReportedFailure(
                turn, asked.seat, asked.name, asked.label, asked.round, asked.stage, end.kind, end.error,
                recovered=key in answered,
            )
        )  # fmt: skip
    return found


def _list_turns(fold: EventFold) -> Iterable[ReportedTurn]:
    for view in fold.turns:
        turn, end, asked = view.id, view.outcome, fold.asked.get(view.id)
        if end is None or asked is None:
            continue
        yield ReportedTurn(
            turn, asked.seat, asked.name, asked.model, asked.label, asked.phase, asked.round, asked.stage,
            "failed" if isinstance(end, events.TurnFailed) else "ok", count_tokens([end]),
        )  # fmt: skip
