"""`roundtable runs list` and `search`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
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
from roundtable_tui.history.trash import list_deleted
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.transcript import render_transcript
from roundtable_tui.utils import paths
from roundtable_tui.utils.dates import format_date, parse_time
from roundtable_tui.utils.text import single_line

_MIN_RUNS_FOR_PROGRESS = 300
"""Runs to read from which on it is told that this goes on."""


def run_list(args: argparse.Namespace) -> int:
    """List runs."""
    if args.deleted:
        return _list_deleted(as_json=args.json)
    found = _find_runs(args.search, args)
    if args.json:
        output.print_json([run_to_dict(entry) for entry in found])
    else:
        narrowed = any((args.search, args.mode, args.status, args.model, args.since, args.until))
        print(format_runs(found) or ("No such runs." if narrowed else "No runs so far."))
    return 0


def run_search(args: argparse.Namespace) -> int:
    """Search runs, and show the place in each where the first of the words stands."""
    typed = " ".join(args.words)
    found = _find_runs(typed, args)
    places = {entry.name: _find_match(entry, typed) for entry in found}
    if args.json:
        output.print_json([{**run_to_dict(entry), "found": places[entry.name][0]} for entry in found])
    else:
        print(format_runs(found, {name: shown for name, (_, shown) in places.items()}) or "No such runs.")
    return 0


def _find_runs(typed: str, args: argparse.Namespace) -> list[RunRow]:
    if args.status and args.status not in STATUSES:
        hint = did_you_mean(args.status, STATUSES, "There are")
        raise UsageError(f"there is no status {single_line(args.status, 40)}", hint=hint)
    wanted = RunQuery(
        words=typed,
        mode=args.mode,
        status=args.status,
        model=args.model,
        since=parse_time(args.since) if args.since else 0.0,
        until=parse_time(args.until) if args.until else 0.0,
        limit=args.n if args.n > 0 else -1,
    )
    with closing(RunIndex()) as index:
        index.refresh(_tell, full=False)
        return index.find(wanted)


def _tell(done: int, of: int) -> None:
    """Say on a terminal that many runs are being read."""
    if of >= _MIN_RUNS_FOR_PROGRESS and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        end = "" if done + 100 < of else "\r\x1b[K"
        print(f"\r\x1b[KReading the runs: {done:,} of {of:,}{end}", end="", file=sys.stderr, flush=True)


def format_runs(found: Sequence[RunRow], places: dict[str, str] | None = None) -> str:
    """Return two lines a run, or three: when, mode, status, question (or title); where it was found; id."""
    rows: list[tuple[str, ...]] = []
    for entry in found:
        called = entry.heading[:500] or single_line(entry.how, 200)
        rows.append((format_date(entry.started), entry.mode, entry.status, called))
        if place := (places or {}).get(entry.name):
            rows.append(("", "", "", place))
        rows.append(("", "", "", entry.name))
    return output.format_columns(rows, max_lines=1)


def run_to_dict(entry: RunRow) -> dict[str, Any]:
    """Return a run of the list as JSON has it."""
    rest = asdict(entry)
    when = datetime.fromtimestamp(entry.started).astimezone().isoformat(timespec="seconds")
    start = {"run_id": rest.pop("name"), "started_at": when if entry.started else None}
    del rest["started"]
    return {**start, **rest, "path": str(paths.runs_dir() / entry.name)}


def _find_match(entry: RunRow, typed: str) -> tuple[str, str]:
    """Return where in a run the words stand: plain, and for the terminal; "" where the question shows it."""
    room = max(40, output.terminal_width() - 30)
    if (found := make_snippet(entry.question, typed, room)).hits:
        return found.text, ""
    digest = read_summary(paths.runs_dir() / entry.name)
    for text in (digest.question, digest.answer, digest.full_text):
        if (found := make_snippet(text, typed, room)).hits:
            return found.text, found.text
    return "", ""


def _list_deleted(*, as_json: bool) -> int:
    there = list_deleted()
    if as_json:
        listed = [
            {"run_id": one.name, "deleted_at": one.deleted_at, "path": str(one.folder)} for one in there
        ]
        output.print_json(listed)
    elif there:
        print(output.format_columns([(format_date(one.deleted_at), one.name) for one in there]))
    else:
        print("Nothing is in the trash.")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print a run: as JSON, as the list of its turns, or as its transcript."""
    recording = read_run(find_run(args.run))
    if args.turns:
        found = build_report(recording.events, recording.folder)["turns"]
        if args.json:
            output.print_json(found)
            return 0
        rows = [(turn["turn"], turn["label"], turn["status"], turn["text"][:300]) for turn in found]
        print(output.format_columns(rows, max_lines=1) or "No turn has ended in this run.")
    elif args.json:
        output.print_json(build_report(recording.events, recording.folder))
    else:
        print(render_transcript(recording.events), end="")
    return 0
