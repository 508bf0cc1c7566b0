"""`roundtable runs`: what was asked so far: listed, searched, shown, renamed, deleted."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from roundtable_tui import disk, paths
from roundtable_tui.commands import show
from roundtable_tui.errors import UsageError
from roundtable_tui.runs import trash
from roundtable_tui.runs.entry import STATUSES, Entry
from roundtable_tui.runs.find import LAST, find_run, read_run
from roundtable_tui.runs.index import RunIndex
from roundtable_tui.runs.title import write_title
from roundtable_tui.runs.wanted import Wanted
from roundtable_tui.settings import nearest
from roundtable_tui.table.record import Recording
from roundtable_tui.table.report import report
from roundtable_tui.table.transcript import transcript
from roundtable_tui.text import one_line

ACTIONS = ("show", "rename", "delete", "restore")


def run(args: argparse.Namespace) -> int:
    """List the newest runs, or do something with one."""
    if not args.action:
        return _list(args)
    action, *rest = args.action
    if action not in ACTIONS:
        what = one_line(" ".join(args.action), 60)
        raise UsageError(f"runs {what}", hint=nearest(action, ACTIONS) or "Write it as runs show RUN.")
    if not rest and action in ("rename", "delete"):
        raise UsageError(f"no run is named to {action}", hint=f"Write it as runs {action} RUN.")
    name = rest[0] if rest else LAST
    if len(rest) > 1 and action != "rename":
        raise UsageError(f"{len(rest)} runs are named", hint=f"Write it as runs {action} RUN.")
    if action == "restore":
        print(f"Back again: {disk.show(trash.restore(trash.find_deleted(name)))}")
    elif action == "delete":
        gone = trash.delete(find_run(name))
        print(f"Deleted. To have it back: roundtable runs restore {gone.name}")
    elif action == "rename":
        title = write_title(find_run(name), " ".join(rest[1:]))
        print(f"It is called {title} now." if title else "It is called by its question again.")
    else:
        _show(read_run(find_run(name)), as_json=args.json, turns=args.turns)
    return 0


def _list(args: argparse.Namespace) -> int:
    if args.status and args.status not in STATUSES:
        hint = nearest(args.status, STATUSES, "There are")
        raise UsageError(f"there is no status {one_line(args.status, 40)}", hint=hint)
    wanted = Wanted(words=args.search, mode=args.mode, status=args.status, model=args.model, limit=args.n)
    with closing(RunIndex()) as index:
        index.refresh()
        found = index.find(wanted)
    if args.json:
        show.json([_fields(entry) for entry in found])
    else:
        print(page(found) or ("No such runs." if wanted != Wanted(limit=args.n) else "No runs so far."))
    return 0


def page(found: Sequence[Entry]) -> str:
    """Return two lines a run: when, mode, status, question (or title); then its id."""
    rows: list[tuple[str, ...]] = []
    for entry in found:
        when = datetime.fromtimestamp(entry.started).strftime("%Y-%m-%d %H:%M") if entry.started else ""
        rows.append((when, entry.mode, entry.status, entry.shown[:500]))
        rows.append(("", "", "", entry.name))
    return show.columns(rows, lines=1)


def _fields(entry: Entry) -> dict[str, Any]:
    fields = asdict(entry)
    when = datetime.fromtimestamp(entry.started).astimezone().isoformat(timespec="seconds")
    start = {"run_id": fields.pop("name"), "started_at": when if entry.started else None}
    del fields["started"]
    return {**start, **fields, "path": str(paths.runs_dir() / entry.name)}


def _show(recording: Recording, *, as_json: bool, turns: bool) -> None:
    """Print a run: as JSON, as the list of its turns, or as its transcript."""
    folder: Path = recording.folder
    if as_json:
        show.json(report(recording.events, folder))
    elif turns:
        found = report(recording.events, folder)["turns"]
        rows = [(turn["turn"], turn["label"], turn["status"], turn["text"][:300]) for turn in found]
        print(show.columns(rows, lines=1))
    else:
        print(transcript(recording.events), end="")
