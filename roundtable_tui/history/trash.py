"""The trash of runs: from it they can be restored or purged (`utils.trash`)."""

from __future__ import annotations

from pathlib import Path

from roundtable_tui.engine.record.recorder import EVENTS_FILE, is_locked_by_writer
from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import LAST
from roundtable_tui.utils import paths
from roundtable_tui.utils.files import display_path, is_regular
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.trash import TrashedItem, list_trash, move_to_trash


def delete_run(folder: Path) -> TrashedItem:
    """Move the run in `folder` to the trash.

    Raises UsageError if it is active or stored elsewhere, FileError if it cannot be moved.
    """
    if folder.absolute().parent != paths.runs_dir().absolute():
        hint = "Delete it by hand."
        raise UsageError("this run is outside of the folder of runs", where=display_path(folder), hint=hint)
    if is_locked_by_writer(folder):
        raise UsageError(f"run {single_line(folder.name)} is active", hint="Stop it first.")
    return move_to_trash(folder)


def list_deleted_runs() -> list[TrashedItem]:
    """Return the runs in the trash, the last deleted first."""
    return [item for item in list_trash(paths.runs_dir()) if is_regular(item.trash_path / EVENTS_FILE)]


def find_deleted_run(name: str) -> TrashedItem:
    """Find a run in the trash by id, a unique part of an id, or `last`. Raises UsageError."""
    there = list_deleted_runs()
    found = there[:1] if name == LAST else [one for one in there if name and name in one.name]
    if len({one.name for one in found}) != 1:
        what = f"{len(found)} deleted runs match" if found else "deleted run not found:"
        raise UsageError(
            f"{what} {single_line(name, 60)}", hint="To list deleted runs: roundtable runs list --deleted."
        )
    return found[0]
