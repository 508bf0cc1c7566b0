"""`roundtable runs rename`, `delete` and `restore`."""

from __future__ import annotations

import argparse
from contextlib import closing

from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import LAST
from roundtable_tui.history.find import find_run, write_title
from roundtable_tui.history.index import RunIndex
from roundtable_tui.history.trash import delete_run, find_deleted_run
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.trash import purge, restore


def run_rename(args: argparse.Namespace) -> int:
    """Set or remove the title of a run."""
    folder = find_run(args.run)
    title = write_title(folder, " ".join(args.title))
    if files.resolve_path(folder.parent) == files.resolve_path(paths.runs_dir()):
        with closing(RunIndex()) as index:
            index.reindex(folder.name)
    print(f"Title set: {title}" if title else "Title removed.")
    return 0


def run_delete(args: argparse.Namespace) -> int:
    """Delete runs, or restore the run that was deleted last."""
    if args.undo:
        args.run = args.runs[0] if args.runs else LAST
        return run_restore(args)
    if not args.runs:
        raise UsageError("no run given", hint="Use roundtable runs delete RUN.")
    if args.forever:
        return _purge_runs(args.runs)
    # Find all runs before deleting the first: `last` must not change meaning in between.
    gone = [delete_run(folder) for folder in dict.fromkeys(map(find_run, args.runs))]
    if len(gone) == 1:
        print(f"Deleted. To undo: roundtable runs restore {gone[0].name}")
    else:
        print(f"{len(gone)} runs deleted. To undo: roundtable runs restore RUN")
    return 0


def _purge_runs(names: list[str]) -> int:
    found = []
    for name in names:
        try:
            found.append(find_deleted_run(name))
        except UsageError:
            found.append(delete_run(find_run(name)))
    for one in found:
        purge(one)
    print(f"{count_of(len(found), 'run')} deleted permanently.")
    return 0


def run_restore(args: argparse.Namespace) -> int:
    """Restore a run from the trash."""
    print(f"Restored: {files.display_path(restore(find_deleted_run(args.run)))}")
    return 0
