"""Renders a run as one self-contained HTML page without scripts, the panes of the seats side by side."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path

from roundtable_tui.engine import board, events
from roundtable_tui.engine.material.attachments import attachment_labels
from roundtable_tui.engine.material.earlier import earlier_from_rows
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.reports.board import make_board
from roundtable_tui.reports.board.html import render_html_board
from roundtable_tui.reports.html_markdown import markdown_to_html
from roundtable_tui.reports.report.fold import EventFold, read_round
from roundtable_tui.reports.report.make import make_report
from roundtable_tui.reports.report.sections import ReportSection, describe_report, describe_round
from roundtable_tui.reports.run_view import phase_title
from roundtable_tui.reports.sources import format_sources
from roundtable_tui.reports.tool_calls import describe_citations, describe_result
from roundtable_tui.reports.wording import describe_decision, status_label
from roundtable_tui.utils.dates import drop_fraction
from roundtable_tui.utils.format import count_of, format_duration
from roundtable_tui.utils.text import sanitize, single_line

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""
_DEEPER = ' class="deeper"'
_POLICY = "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render_html_page(recording: RunRecord, title: str = "") -> str:
    """Render a run as an HTML page; `title` replaces the question as its heading."""
    head = render_page_head(title or recording.header.question)
    body = _PageBuilder()
    for event in recording.events:
        body.add_event(event)
    return "".join([head, _render_header(recording, title), *body.finish(), "</body>\n</html>\n"])


def render_page_head(title: str) -> str:
    """Return the start of a self-contained page, up to its body; only its own style is allowed in it."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return _HEAD.format(policy=_POLICY.format(digest=digest), title=escape_line(title, 120), style=style)


def _render_header(recording: RunRecord, title: str) -> str:
    header, end = recording.header, recording.run_finished
    status = end.status if end else "unfinished"
    parts = (header.mode, drop_fraction(header.started_at), header.run_id, header.team)
    meta = " · ".join(part for part in parts if part)
    names = [
        (escape_line(str(seat["name"]), 60), escape_line(str(seat["model"]), 80)) for seat in header.seats
    ]
    seats = "".join(f"<li><strong>{name}</strong> {model}</li>" for name, model in names)
    out = [f"<header>\n<h1>{escape(sanitize(title or header.question).strip())}</h1>\n"]
    if title:
        out.append(f"<p>{escape(sanitize(header.question))}</p>\n")
    out += [f'<p class="meta">{escape_line(meta, 300)}</p>\n', *_render_material(header)]
    out += [f'<ul class="seats">{seats}</ul>\n</header>\n']
    how = (
        (end.how or end.error)
        if end
        else "The record has no end: the run was interrupted or is still active."
    )
    took = f" in {format_duration(end.elapsed_s)}" if end else ""
    report = make_report(recording.events)
    outcome = f": {report.outcome.label}" if end and report.outcome.kind == report.outcome.answers else ""
    label = escape(f"{status_label(status)}{took}{outcome}")
    out.append(f'<section class="answer {escape(status)}">\n<p class="note">{label}</p>\n')
    if end and end.answer:
        out.append(f'<div class="said">{markdown_to_html(replace_marks(end.answer))}</div>\n')
    out.append(f'<p class="note">{escape_line(how, 2000)}</p>\n</section>\n')
    out.append(render_html_board(make_board(report)))
    if end:
        out.append(_render_report(describe_report(report)))
    return "".join(out)


def _render_material(header: events.RunStarted) -> Iterator[str]:
    """Yield a line about the questions asked before, and one about attachments."""
    if asked := [escape_line(one.question, 200) for one in earlier_from_rows(header.earlier)]:
        yield f'<p class="meta">Asked before: {" · ".join(asked)}</p>\n'
    if attached := [escape(label) for label in attachment_labels(header.attachments)]:
        yield f'<p class="meta">Attached: {" · ".join(attached)}</p>\n'


def _render_report(sections: Sequence[ReportSection]) -> str:
    """Render the report as a section that can be folded."""
    rows = []
    for section in sections:
        items = "".join(
            f"<li{_DEEPER if line.startswith('  ') else ''}>{escape(line.strip())}</li>"
            for line in section.lines
        )
        rows.append(f"<h3>{escape(section.title)}</h3>\n<ul>{items}</ul>\n")
    return f'<details class="report" open><summary>Report</summary>\n{"".join(rows)}</details>\n'


class _PageBuilder:
    """Builds the body: phases in order; in each, consecutive turns side by side, one pane per seat."""

    def __init__(self) -> None:
        self._fold = EventFold()
        self._view = self._fold.view
        self._panes: dict[str, list[str]] = {}
        self._failed: set[str] = set()
        self._parts: list[str] = []

    def add_event(self, event: events.Event) -> None:
        """Add the next event."""
        if isinstance(event, events.SeatChanged):  # A pane is headed by the name its turns were made under.
            self._flush_panes()
        self._fold.apply(event)
        match event:
            case events.PhaseStarted():
                self._flush_panes()
                title = phase_title(event)
                self._parts.append(f"<h2>{escape(title[:1].upper() + title[1:])}</h2>\n")
            case events.StageEnded(status="complete"):
                how = f'<span class="note">{escape_line(event.how, 2000)}</span>'
                answer = f'<div class="said">{markdown_to_html(replace_marks(event.answer))}</div>'
                self._add_aside(f"<strong>Result of stage {event.stage}</strong> {how}{answer}")
            case events.TurnFinished() | events.TurnFailed():
                self._add_turn(event)
            case events.PersonSpoke():
                to = f" to {self._seat_name(event.to)}" if event.to else ""
                self._add_aside(f"<strong>You{to}:</strong> {_escape_lines(event.text)}", "person")
            case events.EntryPosted(author=board.MODERATOR):
                author = board.display_name(event.author)
                self._add_aside(f"<strong>{author}:</strong> {_escape_lines(event.content)}")
            case events.Verdict():
                picked = self._view.seat_name(event.picked) if event.picked else ""
                decision = escape_line(describe_decision(event.decision, picked=picked), 2000)
                self._add_aside(f"<strong>{self._seat_name(event.seat)} decides</strong> {decision}")
            case events.AnswersGrouped():
                if split := describe_round(read_round(event)):
                    self._add_aside(f'<span class="note">Votes: {escape(split)}</span>')
            case events.Notice():
                self._add_aside(f'<span class="note">{_escape_lines(event.text)}</span>')

    def finish(self) -> Sequence[str]:
        """Return the parts of the body."""
        self._flush_panes()
        return [*self._parts, "<footer>Written by Roundtable.</footer>\n"]

    def _add_turn(self, event: events.TurnFinished | events.TurnFailed) -> None:
        failed = isinstance(event, events.TurnFailed)
        tokens = event.usage.get("completion_tokens")
        figures = [
            escape_line(self._view.turn_label(event.turn), 60),
            format_duration(event.elapsed_s, precise=True),
        ]
        if isinstance(tokens, int) and tokens:
            figures.append(f"{'~' if event.usage.get('estimated') else ''}{count_of(tokens, 'token')}")
        parts = [f'<p class="note">{" · ".join(part for part in figures if part)}</p>\n']
        if event.reasoning:
            parts.append(
                f"<details><summary>Reasoning</summary>{markdown_to_html(event.reasoning)}</details>\n"
            )
        text = self._view.turn_text(event)
        if text.strip():
            parts.append(f'<div class="said">{markdown_to_html(replace_marks(text))}</div>\n')
        if isinstance(event, events.TurnFinished) and event.sources:
            lines = "".join(f"<li>{escape_line(one, 500)}</li>" for one in format_sources(event.sources))
            parts.append(f'<p class="note">Sources</p><ul class="note">{lines}</ul>\n')
        calls = [describe_result(one) for one in self._fold.results if one.turn == event.turn]
        for found in (calls, describe_citations(self._fold.cited.get(event.turn, ()))):
            if found:
                items = "".join(f"<li>{escape(line)}</li>" for line in found)
                parts.append(f'<ul class="note">{items}</ul>\n')
        if isinstance(event, events.TurnFailed):
            self._failed.add(event.seat)
            parts.append(f'<p class="error">{escape_line(event.error, 600)}</p>\n')
        parts += [f'<p class="note">{escape_line(one, 400)}</p>\n' for one in getattr(event, "warnings", ())]
        kind = "turn failed" if failed else "turn"
        section = f'<div class="{kind}">\n{"".join(parts)}</div>\n'
        self._panes.setdefault(event.seat, []).append(section)

    def _add_aside(self, html: str, kind: str = "") -> None:
        self._flush_panes()
        self._parts.append(f'<div class="aside {kind}">{html}</div>\n')

    def _flush_panes(self) -> None:
        """Put the collected turns side by side, in the order of the seats."""
        if not self._panes:
            return
        known = self._view.seats
        order = list(known)
        panes = []
        for seat in sorted(self._panes, key=lambda seat: order.index(seat) if seat in order else len(order)):
            kind = " captain" if seat in known and known[seat].is_captain else ""
            kind += " failed" if seat in self._failed else ""
            inner = "".join(self._panes[seat])
            panes.append(
                f'<article class="pane{kind}">\n<h3>{self._seat_name(seat)}</h3>\n{inner}</article>\n'
            )
        self._parts.append(f'<div class="panes">\n{"".join(panes)}</div>\n')
        self._panes.clear()
        self._failed.clear()

    def _seat_name(self, seat: str) -> str:
        return escape(self._view.seat_name(seat))


def escape_line(text: str, limit: int) -> str:
    """Return untrusted text as one line of at most `limit` characters for a page."""
    return escape(single_line(text, limit))


def _escape_lines(text: str) -> str:
    return escape(sanitize(text)).replace("\n", "<br>")
