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
from roundtable_tui.config import nearest
from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import STATUSES
from roundtable_tui.history.find import find_run
from roundtable_tui.history.index import RunIndex
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.search import Wanted, snippet
from roundtable_tui.history.summary import Entry, read_digest
from roundtable_tui.history.trash import deleted
from roundtable_tui.reports.json_report import report
from roundtable_tui.reports.transcript import transcript
from roundtable_tui.utils import paths
from roundtable_tui.utils.dates import date, moment
from roundtable_tui.utils.text import one_line

_PROGRESS_FROM = 300
"""Runs to read from which on it is told that this goes on."""


def run_list(args: argparse.Namespace) -> int:
    """List runs."""
    if args.deleted:
        return _deleted(as_json=args.json)
    found = _found(args.search, args)
    if args.json:
        output.json([fields(entry) for entry in found])
    else:
        narrowed = any((args.search, args.mode, args.status, args.model, args.since, args.until))
        print(page(found) or ("No such runs." if narrowed else "No runs so far."))
    return 0


def run_search(args: argparse.Namespace) -> int:
    """Search runs, and show the place in each where the first of the words stands."""
    typed = " ".join(args.words)
    found = _found(typed, args)
    places = {entry.name: _place(entry, typed) for entry in found}
    if args.json:
        output.json([{**fields(entry), "found": places[entry.name][0]} for entry in found])
    else:
        print(page(found, {name: shown for name, (_, shown) in places.items()}) or "No such runs.")
    return 0


def _found(typed: str, args: argparse.Namespace) -> list[Entry]:
    if args.status and args.status not in STATUSES:
        hint = nearest(args.status, STATUSES, "There are")
        raise UsageError(f"there is no status {one_line(args.status, 40)}", hint=hint)
    wanted = Wanted(
        words=typed, mode=args.mode, status=args.status, model=args.model,
        since=moment(args.since) if args.since else 0.0, until=moment(args.until) if args.until else 0.0,
        limit=args.n if args.n > 0 else -1,
    )  # fmt: skip
    with closing(RunIndex()) as index:
        index.refresh(_tell, whole=False)
        return index.find(wanted)


def _tell(done: int, of: int) -> None:
    """Say on a terminal that many runs are being read."""
    if of >= _PROGRESS_FROM and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        end = "" if done + 100 < of else "\r\x1b[K"
        print(f"\r\x1b[KReading the runs: {done:,} of {of:,}{end}", end="", file=sys.stderr, flush=True)


def page(found: Sequence[Entry], places: dict[str, str] | None = None) -> str:
    """Return two lines a run, or three: when, mode, status, question (or title); where it was found; id."""
    rows: list[tuple[str, ...]] = []
    for entry in found:
        called = entry.shown[:500] or one_line(entry.how, 200)
        rows.append((date(entry.started), entry.mode, entry.status, called))
        if place := (places or {}).get(entry.name):
            rows.append(("", "", "", place))
        rows.append(("", "", "", entry.name))
    return output.columns(rows, lines=1)


def fields(entry: Entry) -> dict[str, Any]:
    """Return a run of the list as JSON has it."""
    rest = asdict(entry)
    when = datetime.fromtimestamp(entry.started).astimezone().isoformat(timespec="seconds")
    start = {"run_id": rest.pop("name"), "started_at": when if entry.started else None}
    del rest["started"]
    return {**start, **rest, "path": str(paths.runs_dir() / entry.name)}


def _place(entry: Entry, typed: str) -> tuple[str, str]:
    """Return where in a run the words stand: plain, and for the terminal; "" where the question shows it."""
    room = max(40, output.width() - 30)
    if (found := snippet(entry.question, typed, room)).hits:
        return found.text, ""
    digest = read_digest(paths.runs_dir() / entry.name)
    for text in (digest.question, digest.answer, digest.said):
        if (found := snippet(text, typed, room)).hits:
            return found.text, found.text
    return "", ""


def _deleted(*, as_json: bool) -> int:
    there = deleted()
    if as_json:
        listed = [{"run_id": one.name, "deleted_at": one.at, "path": str(one.folder)} for one in there]
        output.json(listed)
    elif there:
        print(output.columns([(date(one.at), one.name) for one in there]))
    else:
        print("Nothing is in the trash.")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print a run: as JSON, as the list of its turns, or as its transcript."""
    recording = read_run(find_run(args.run))
    if args.turns:
        found = report(recording.events, recording.folder)["turns"]
        if args.json:
            output.json(found)
            return 0
        rows = [(turn["turn"], turn["label"], turn["status"], turn["text"][:300]) for turn in found]
        print(output.columns(rows, lines=1) or "No turn has ended in this run.")
    elif args.json:
        output.json(report(recording.events, recording.folder))
    else:
        print(transcript(recording.events), end="")
    return 0
