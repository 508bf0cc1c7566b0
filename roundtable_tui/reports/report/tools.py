"""The part of a report about tools: calls by tool and seat, and citations of files."""

from __future__ import annotations

from collections.abc import Iterator

from roundtable_tui.engine import events
from roundtable_tui.engine.tools.citations import CheckedCitation
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.types import ReportedFileCitation, ToolUse


def list_tool_use(fold: EventFold) -> Iterator[ToolUse]:
    """Yield the calls of tools by tool and seat, in the order of their first results."""
    found: dict[tuple[str, str], list[events.ToolReturned]] = {}
    for event in fold.results:
        found.setdefault((event.tool, event.seat), []).append(event)
    for (tool, seat), results in found.items():
        size = sum(len(event.text.encode("utf-8", "replace")) for event in results)
        failed = sum(not event.ok for event in results)
        yield ToolUse(tool, seat, fold.names.get(seat, seat), len(results), failed, size)


def check_answer(fold: EventFold) -> list[CheckedCitation]:
    """Return the citations of files in the answer of the run; none if no tool was called."""
    return fold.delivered.check(fold.view.end.answer) if fold.results and fold.view.end else []


def list_file_citations(fold: EventFold) -> Iterator[ReportedFileCitation]:
    """Yield the citations of the answer, then those of turns that do not hold."""
    end = fold.view.end
    by, answer = (end.by, end.answer.strip()) if end else ("", "")
    for one in check_answer(fold):
        yield ReportedFileCitation("", by, one.text, one.status, one.why)
    for turn, citations in fold.cited.items():
        seat, outcome = fold.view.turns[turn].seat, fold.view.turns[turn].outcome
        if outcome is not None and outcome.text.strip() == answer:
            continue  # They are those of the answer.
        for one in citations:
            if not one.is_checked:
                yield ReportedFileCitation(turn, seat, one.text, one.status, one.why)
