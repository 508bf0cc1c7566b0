"""`roundtable runs`: what was asked so far, newest first."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roundtable_tui import disk, paths
from roundtable_tui.commands import show
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.launch.again import find_run
from roundtable_tui.table import events
from roundtable_tui.table.record import EVENTS, read_record
from roundtable_tui.table.report import report
from roundtable_tui.table.transcript import transcript
from roundtable_tui.text import one_line

_PIECE = 65_536
_LONGEST = 64_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One run in the list."""

    folder: Path
    header: events.RunStarted
    status: str
    """As it ended; "interrupted" where the record has no end."""


def run(args: argparse.Namespace) -> int:
    """List the newest runs, or show one: its transcript, or with --json the whole story."""
    if args.show:
        verb, *names = args.show
        if verb != "show" or len(names) > 1:
            raise UsageError(f"runs {one_line(' '.join(args.show), 60)}", hint="Write it as runs show RUN.")
        return show_one(find_run(names[0] if names else "last"), as_json=args.json, turns=args.turns)
    found, problems = newest(args.n)
    if args.json:
        show.json([_fields(one) for one in found])
    elif found:
        print(page(found))
    elif not problems:
        print("No runs so far.")
    show.trouble(problems)
    return 0


def show_one(folder: Path, *, as_json: bool, turns: bool = False) -> int:
    """Print the run in `folder`: as JSON, as the list of its turns, or as its transcript."""
    recording = read_record(folder)
    if as_json:
        show.json(report(recording.events, folder))
    elif turns:
        found = report(recording.events, folder)["turns"]
        rows = [(turn["turn"], turn["label"], turn["status"], turn["text"][:300]) for turn in found]
        print(show.columns(rows, lines=1))
    else:
        print(transcript(recording.events), end="")
    return 0


def page(found: Sequence[Listed]) -> str:
    """Return two lines a run: when, mode, status, question; then its id."""
    rows = []
    for one in found:
        when = one_line(one.header.started_at.replace("T", " "), 17)[:16]
        # The id is what `--resume` takes: it has a line to itself, so that it is never cut.
        rows += [
            (when, one.header.mode, one.status, one.header.question[:500]),
            ("", "", "", one.folder.name),
        ]
    return show.columns(rows, lines=1)


def newest(count: int, folder: Path | None = None) -> tuple[list[Listed], list[FileError]]:
    """Return the newest runs in `folder` (default: yours), and a line for each that cannot be read."""
    folder = folder or paths.runs_dir()
    names = sorted((name for name in _names(folder) if not name.startswith(".")), reverse=True)
    found: list[Listed] = []
    problems: list[FileError] = []
    for name in names:
        if len(found) >= count:
            break
        try:
            found.append(_read(folder / name))
        except FileError as error:
            problems.append(error)
    return found, problems


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir() if entry.is_dir()]
    except OSError:
        return []


def _read(folder: Path) -> Listed:
    """Return a run by the first and the last line of its record."""
    path = folder / EVENTS
    try:
        with path.open("rb") as file:
            header = _event(file.readline(_LONGEST), path)
            end = _last_line(file)
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}", where=disk.show(path)) from None
    if not isinstance(header, events.RunStarted):
        raise FileError("is not the record of a run: it has no header", where=disk.show(path))
    try:
        last = _event(end, path)
    except FileError:
        last = None  # a torn last line: the run was cut off
    status = last.status if isinstance(last, events.RunFinished) else "interrupted"
    return Listed(folder, header, status)


def _event(line: bytes, path: Path) -> events.Event | None:
    try:
        data = json.loads(line)
        return events.from_dict(data) if isinstance(data, dict) else None
    except (ValueError, TypeError, RecursionError):
        raise FileError("is not the record of a run", where=disk.show(path)) from None


def _last_line(file: Any) -> bytes:
    """Return the last line that is not empty."""
    at = file.seek(0, os.SEEK_END)
    tail = b""
    while at > 0 and b"\n" not in tail.rstrip(b"\n") and len(tail) < _LONGEST:
        step = min(_PIECE, at)
        at = file.seek(at - step)
        tail = file.read(step) + tail
    return tail.rstrip(b"\n").rpartition(b"\n")[2]


def _fields(one: Listed) -> dict[str, Any]:
    header = one.header
    return {
        "run_id": header.run_id,
        "started_at": header.started_at,
        "mode": header.mode,
        "status": one.status,
        "question": header.question,
        "team": header.team,
        "path": str(one.folder),
    }
