"""`roundtable runs list`, `search` and `show`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from roundtable_tui.cli import output
from roundtable_tui.config import did_you_mean
from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import STATUSES
from roundtable_tui.history.find import find_run
from roundtable_tui.history.index import RunIndex
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.search import RunQuery, make_snippet
from roundtable_tui.history.summary import RunRow, read_summary
from roundtable_tui.history.trash import list_deleted_runs
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.report import Report, make_report
from roundtable_tui.reports.report.sections import describe_report
from roundtable_tui.reports.transcript import render_transcript
from roundtable_tui.reports.wording import status_label, status_of_label
from roundtable_tui.utils import paths
from roundtable_tui.utils.dates import format_date, parse_end, parse_time
from roundtable_tui.utils.text import single_line

_MIN_RUNS_FOR_PROGRESS = 300
"""Reading this many new runs takes long enough to show progress."""


def run_list(args: argparse.Namespace) -> int:
    """List runs."""
    if args.deleted:
        return _list_deleted(as_json=args.json)
    found, places = _find_runs(args.search, args)
    if args.json:
        output.print_json([run_to_dict(entry, places) for entry in found])
    else:
        narrowed = any((args.search, args.mode, args.status, args.model, args.since, args.until))
        print(format_conversations(found, places) or ("No matching runs." if narrowed else "No runs yet."))
    return 0


def run_search(args: argparse.Namespace) -> int:
    """Search runs, and show the first match in each."""
    typed = " ".join(args.words)
    found, places = _find_runs(typed, args)
    matches = {entry.name: _find_match(entry, typed) for entry in found}
    if args.json:
        output.print_json(
            [{**run_to_dict(entry, places), "found": matches[entry.name][0]} for entry in found]
        )
    else:
        shown = format_runs(found, {name: shown for name, (_, shown) in matches.items()})
        print(shown or "No matching runs.")
    return 0


def _find_runs(typed: str, args: argparse.Namespace) -> tuple[list[RunRow], dict[str, tuple[str, int]]]:
    """Return the runs that match, and the place of each in its conversation."""
    status = status_of_label(args.status)
    if status and status not in STATUSES:
        hint = did_you_mean(args.status, STATUSES, "There are")
        raise UsageError(f"unknown status: {single_line(args.status, 40)}", hint=hint)
    wanted = RunQuery(
        words=typed,
        mode=args.mode,
        status=status,
        model=args.model,
        since=parse_time(args.since) if args.since else 0.0,
        until=parse_end(args.until) if args.until else 0.0,
        limit=args.n if args.n > 0 else -1,
    )
    with closing(RunIndex()) as index:
        index.refresh(_report_progress, full=False)
        found = index.find(wanted)
        return found, index.find_conversations(found)


def _report_progress(done: int, of: int) -> None:
    """Show on a terminal how many runs have been read, if there are many."""
    if of >= _MIN_RUNS_FOR_PROGRESS and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        end = "" if done + 100 < of else "\r\x1b[K"
        print(f"\r\x1b[KReading the runs: {done:,} of {of:,}{end}", end="", file=sys.stderr, flush=True)


def format_conversations(found: Sequence[RunRow], places: Mapping[str, tuple[str, int]]) -> str:
    """Format runs; those of a conversation stand together, at the place of the newest."""
    together: dict[str, list[RunRow]] = {}
    for entry in found:
        together.setdefault(places[entry.name][0], []).append(entry)
    rows = []
    for entries in together.values():
        entries.sort(key=lambda entry: -places[entry.name][1])
        for at, entry in enumerate(entries):
            rows.append(replace(entry, title=f"before it: {entry.heading}") if at else entry)
    return format_runs(rows)


def format_runs(found: Sequence[RunRow], places: dict[str, str] | None = None) -> str:
    """Format runs, two or three lines each: time, mode, result, title or question; the match; the id."""
    rows: list[tuple[str, ...]] = []
    for entry in found:
        heading = entry.heading[:500] or single_line(entry.how, 200)
        rows.append((format_date(entry.started), entry.mode, format_result(entry), heading))
        if place := (places or {}).get(entry.name):
            rows.append(("", "", "", place))
        rows.append(("", "", "", entry.name))
    return output.format_columns(rows, max_lines=1)


def format_result(entry: RunRow) -> str:
    """Return the status of a run with the outcome of its report: `done, majority 2:1`."""
    status = status_label(entry.status)
    return f"{status}, {entry.outcome}" if entry.outcome and entry.outcome != status else status


def run_to_dict(entry: RunRow, places: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    """Return a run as JSON data, with the first run of its conversation and its number in it."""
    rest = asdict(entry)
    when = datetime.fromtimestamp(entry.started).astimezone().isoformat(timespec="seconds")
    start = {"run_id": rest.pop("name"), "started_at": when if entry.started else None}
    del rest["started"]
    first, number = places[entry.name]
    place = {"conversation": first, "conversation_number": number}
    return {**start, **rest, **place, "path": str(paths.runs_dir() / entry.name)}


def _find_match(entry: RunRow, typed: str) -> tuple[str, str]:
    """Return the first match in a run, and the same for the list: "" if it is in the question."""
    room = max(40, output.terminal_width() - 30)
    if (found := make_snippet(entry.question, typed, room)).hits:
        return found.text, ""
    digest = read_summary(paths.runs_dir() / entry.name)
    for text in (digest.question, digest.answer, digest.full_text):
        if (found := make_snippet(text, typed, room)).hits:
            return found.text, found.text
    return "", ""


def _list_deleted(*, as_json: bool) -> int:
    there = list_deleted_runs()
    if as_json:
        listed = [
            {"run_id": one.name, "deleted_at": one.deleted_at, "path": str(one.trash_path)} for one in there
        ]
        output.print_json(listed)
    elif there:
        print(output.format_columns([(format_date(one.deleted_at), one.name) for one in there]))
    else:
        print("The trash is empty.")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print a run as JSON, as a list of its turns, as its report, or as a transcript."""
    recording = read_run(find_run(args.run))
    if args.report and not args.turns:
        report = make_report(recording.events)
        print(report.to_json() if args.json else format_report(report))
        return 0
    if args.turns:
        found = build_report(recording.events, recording.folder)["turns"]
        if args.json:
            output.print_json(found)
            return 0
        rows = [(turn["turn"], turn["label"], turn["status"], turn["text"][:300]) for turn in found]
        print(output.format_columns(rows, max_lines=1) or "No turn has finished in this run.")
    elif args.json:
        output.print_json(build_report(recording.events, recording.folder))
    else:
        print(render_transcript(recording.events), end="")
    return 0


def format_report(report: Report) -> str:
    """Format a report as lines of text under titles."""
    parts = [f"{report.mode} · {single_line(report.question, 200)}"]
    for section in describe_report(report):
        parts.append("\n".join([section.title, *(f"  {line}" for line in section.lines)]))
    return "\n\n".join(parts)
