"""Renders a run as Markdown: the files `transcript.md` and `answer.md` of a run's folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from roundtable_tui.engine import board, events
from roundtable_tui.engine.citations import Passage, append_sources, passages_from_dicts
from roundtable_tui.engine.material.attachments import attachment_labels
from roundtable_tui.engine.material.earlier import earlier_from_rows
from roundtable_tui.engine.seat_changes import describe_run_change, describe_seat_change
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.make import report_from_fold
from roundtable_tui.reports.report.sections import ReportSection, describe_report
from roundtable_tui.reports.run_view import phase_title
from roundtable_tui.reports.sources import format_sources
from roundtable_tui.reports.tool_calls import describe_citations, describe_permission, describe_result
from roundtable_tui.reports.wording import status_label
from roundtable_tui.utils.dates import drop_fraction
from roundtable_tui.utils.files import write_text
from roundtable_tui.utils.markdown import escape_block, escape_inline
from roundtable_tui.utils.text import sanitize


def render_transcript(recorded: Iterable[events.Event]) -> str:
    """Render a run as Markdown: every turn in order, with failures and verdicts."""
    fold = EventFold()
    view = fold.view
    parts: list[str] = []
    for event in recorded:
        if isinstance(event, events.SeatChanged):  # Its text is about the names before the change.
            parts += _render_event(event, fold)
            fold.apply(event)
        else:
            fold.apply(event)
            parts += _render_event(event, fold)
    if view.end and view.header:
        parts += render_sections(describe_report(report_from_fold(fold)))
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def _render_event(event: events.Event, fold: EventFold) -> list[str]:
    view = fold.view
    match event:
        case events.RunStarted():
            meta = _single_line(f"{event.mode} · {drop_fraction(event.started_at)} · {event.run_id}")
            seats = (
                f"- **{_single_line(seat.name)}**: {_single_line(seat.model)}" for seat in view.seats.values()
            )
            attached = (f"- attached: {escape_inline(one)}" for one in attachment_labels(event.attachments))
            asked_before = (
                f"- asked before: {escape_inline(one.question)}" for one in earlier_from_rows(event.earlier)
            )
            return [f"# {_single_line(event.question)}", f"*{meta}*", *asked_before, *attached, *seats]
        case events.PhaseStarted():
            title = phase_title(event)
            return [f"## {title[:1].upper()}{title[1:]}"]
        case events.StageEnded(status="complete"):
            how = f"*{_single_line(event.how)}*"
            return [f"### Result of stage {event.stage}", how, escape_block(event.answer, heading=3)]
        case events.TurnFinished():
            heading = f"### {view.seat_name(event.seat)} · {_single_line(view.turn_label(event.turn))}"
            warnings = (f"> {_single_line(warning)}" for warning in event.warnings)
            sources = "\n".join(f"- {_single_line(line)}" for line in format_sources(event.sources))
            listed = [f"Sources:\n\n{sources}"] if sources else []
            cited = describe_citations(fold.cited.get(event.turn, ()))
            marks = ["\n".join(f"- {escape_inline(line, 400)}" for line in cited)]
            return [heading, escape_block(view.turn_text(event), heading=3), *listed, *marks, *warnings]
        case events.ToolReturned():
            return [f"> {view.seat_name(event.seat)} {escape_inline(describe_result(event), 300)}"]
        case events.ToolPermission():
            return [f"> {escape_inline(describe_permission(event), 300)}"]
        case events.TurnFailed():
            heading = f"### {view.seat_name(event.seat)} · {'cut off' if event.cut_by else 'failed'}"
            return [heading, f"> {_single_line(event.error)}", escape_block(event.text, heading=3)]
        case events.SeatChanged():
            return [f"> {_single_line(describe_seat_change(event, view.seat_name))}"]
        case events.RoundsChanged() | events.BudgetChanged():
            return [f"> {describe_run_change(event)}"]
        case events.PersonSpoke():
            to = f" to {view.seat_name(event.to)}" if event.to else ""
            return [f"### You{to}", escape_block(event.text, heading=3)]
        case events.EntryPosted(author=board.MODERATOR):
            return [f"### {board.display_name(event.author)}", escape_block(event.content, heading=3)]
        case events.Notice():
            return [f"> {_single_line(event.text)}"]
        case events.PassagesUsed():
            return ["## Passages", *map(_format_passage, passages_from_dicts(event.passages))]
        case events.RunFinished():
            how = _single_line(event.how or event.error)
            title = f"## Answer ({_single_line(status_label(event.status))})"
            return [title, f"*{how}*" if how else "", escape_block(event.answer, heading=3)]
    return []


def render_sections(sections: Iterable[ReportSection]) -> list[str]:
    """Render the report as Markdown without headings: the texts of a run have these."""
    parts = []
    for section in sections:
        lines = (
            f"{'  ' if line.startswith('  ') else ''}- {escape_inline(line, 700)}" for line in section.lines
        )
        parts += [f"**{section.title}**", "\n".join(lines)]
    return parts


def _format_passage(passage: Passage) -> str:
    return f"**{_single_line(passage.label)}**\n\n{escape_block(passage.text, heading=3)}"


def _single_line(text: str) -> str:
    return " ".join(sanitize(text).split())


def write_transcript(folder: Path, recorded: Iterable[events.Event]) -> None:
    """Write `transcript.md` and, if there is an answer, `answer.md` into the run's folder.

    They are not synced: the record is, and has all that is in them.
    """
    recorded = list(recorded)
    write_text(folder / "transcript.md", render_transcript(recorded), is_synced=False)
    end = next((e for e in reversed(recorded) if isinstance(e, events.RunFinished)), None)
    used = next((e.passages for e in recorded if isinstance(e, events.PassagesUsed)), ())
    if end and end.answer:
        answer = sanitize(append_sources(end.answer, passages_from_dicts(used)))
        write_text(folder / "answer.md", answer.rstrip() + "\n", is_synced=False)
