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
from roundtable_tui.reports.report.types import Citation, Report, ReportedFailure, ReportedTurn
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
    failures = _list_failures(fold)
    return Report(
        run_id=header.run_id if header else "",
        mode=header.mode if header else "",
        question=header.question if header else "",
        status=fold.view.status,
        answer=end.answer if end else "",
        by=end.by if end else "",
        how=(end.how or end.error) if end else "",
        seconds=end.elapsed_s if end else max((one.t for one in fold.view.outcomes), default=0.0),
        outcome=find_outcome(fold, own, own_changes, final_group, first_group, failures),
        rounds=tuple(rounds),
        first_majority=own[0].majority if own else None,
        final_group=final_group,
        changes=tuple(changes),
        decisions=tuple(fold.decisions),
        usage=report_usage(fold),
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


def _list_failures(fold: EventFold) -> list[ReportedFailure]:
    found = []
    answered = {
        (one.seat, one.label, one.phase, one.round, one.stage)
        for one in fold.asked.values()
        if isinstance(end := fold.view.turns[one.turn].outcome, events.TurnFinished)
        and (one.decides or not end.is_truncated)
    }
    for turn, view in fold.view.turns.items():
        end, asked = view.outcome, fold.asked.get(turn)
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
    for turn, view in fold.view.turns.items():
        end, asked = view.outcome, fold.asked.get(turn)
        if end is None or asked is None:
            continue
        yield ReportedTurn(
            turn, asked.seat, asked.name, asked.model, asked.label, asked.phase, asked.round, asked.stage,
            "failed" if isinstance(end, events.TurnFailed) else "ok", count_tokens([end]),
        )  # fmt: skip
