"""`roundtable runs rename`, `delete` and `restore`."""

from __future__ import annotations

import argparse
from contextlib import closing

from roundtable_tui.errors import UsageError
from roundtable_tui.history import trash
from roundtable_tui.history.constants import LAST
from roundtable_tui.history.find import find_run, write_title
from roundtable_tui.history.index import RunIndex
from roundtable_tui.utils import files, paths


def run_rename(args: argparse.Namespace) -> int:
    """Give a run a title."""
    folder = find_run(args.run)
    title = write_title(folder, " ".join(args.title))
    if files.resolve_path(folder.parent) == files.resolve_path(paths.runs_dir()):
        with closing(RunIndex()) as index:
            index.reindex(folder.name)
    print(f"It is called {title} now." if title else "It is called by its question again.")
    return 0


def run_delete(args: argparse.Namespace) -> int:
    """Delete runs, or have the last deleted one back."""
    if args.undo:
        args.run = args.runs[0] if args.runs else LAST
        return run_restore(args)
    if not args.runs:
        raise UsageError("no run is named to delete", hint="Write it as runs delete RUN.")
    if args.forever:
        return _purge_runs(args.runs)
    # All are looked up before the first one goes: `last` means the same one throughout.
    gone = [trash.delete(folder) for folder in dict.fromkeys(map(find_run, args.runs))]
    if len(gone) == 1:
        print(f"Deleted. To have it back: roundtable runs restore {gone[0].name}")
    else:
        print(f"{len(gone)} runs deleted. To have one back: roundtable runs restore RUN")
    return 0


def _purge_runs(names: list[str]) -> int:
    found = []
    for name in names:
        try:
            found.append(trash.find_deleted(name))
        except UsageError:
            found.append(trash.delete(find_run(name)))
    for one in found:
        trash.purge(one)
    print(f"{len(found)} {'run is' if len(found) == 1 else 'runs are'} gone for good.")
    return 0


def run_restore(args: argparse.Namespace) -> int:
    """Take a run back from the trash."""
    print(f"Back again: {files.display_path(trash.restore(trash.find_deleted(args.run)))}")
    return 0
