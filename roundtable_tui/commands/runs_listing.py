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

from roundtable_tui import paths
from roundtable_tui.commands import show
from roundtable_tui.errors import UsageError
from roundtable_tui.runs.digest import read_digest
from roundtable_tui.runs.entry import Entry
from roundtable_tui.runs.index import RunIndex
from roundtable_tui.runs.moment import date, moment
from roundtable_tui.runs.snippet import snippet
from roundtable_tui.runs.trash import deleted
from roundtable_tui.runs.wanted import Wanted
from roundtable_tui.runs.words import STATUSES
from roundtable_tui.settings import nearest
from roundtable_tui.text import one_line

_PROGRESS_FROM = 300
"""Runs to read from which on it is told that this goes on."""


def run_list(args: argparse.Namespace) -> int:
    """List runs."""
    if args.deleted:
        return _deleted(as_json=args.json)
    found = _found(args.search, args)
    if args.json:
        show.json([fields(entry) for entry in found])
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
        show.json([{**fields(entry), "found": places[entry.name][0]} for entry in found])
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
    return show.columns(rows, lines=1)


def fields(entry: Entry) -> dict[str, Any]:
    """Return a run of the list as JSON has it."""
    rest = asdict(entry)
    when = datetime.fromtimestamp(entry.started).astimezone().isoformat(timespec="seconds")
    start = {"run_id": rest.pop("name"), "started_at": when if entry.started else None}
    del rest["started"]
    return {**start, **rest, "path": str(paths.runs_dir() / entry.name)}


def _place(entry: Entry, typed: str) -> tuple[str, str]:
    """Return where in a run the words stand: plain, and for the terminal; "" where the question shows it."""
    room = max(40, show.width() - 30)
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
        show.json(listed)
    elif there:
        print(show.columns([(date(one.at), one.name) for one in there]))
    else:
        print("Nothing is in the trash.")
    return 0
