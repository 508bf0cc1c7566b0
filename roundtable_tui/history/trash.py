"""The trash of runs: a hidden folder beside them, from which they can be restored or purged."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.engine.record.recorder import EVENTS_FILE, is_locked_by_writer
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.history.constants import LAST
from roundtable_tui.utils import paths
from roundtable_tui.utils.files import display_path, is_regular
from roundtable_tui.utils.text import single_line

TRASH_DIR = ".trash"


@dataclass(frozen=True, slots=True)
class DeletedRun:
    """A run in the trash."""

    name: str
    folder: Path
    """Its folder in the trash."""
    deleted_at: float
    """Seconds since the epoch."""


def delete(folder: Path) -> DeletedRun:
    """Move the run in `folder` to the trash. Raises UsageError if it is active or stored elsewhere."""
    home = paths.runs_dir()
    if folder.absolute().parent != home.absolute():
        hint = "Delete it by hand."
        raise UsageError("this run is outside of the folder of runs", where=display_path(folder), hint=hint)
    if is_locked_by_writer(folder):
        raise UsageError(f"run {single_line(folder.name)} is active", hint="Stop it first.")
    at = time.time_ns()
    target = home / TRASH_DIR / f"{at}.{folder.name}"
    try:
        paths.make_private_dir(target.parent)
        folder.rename(target)
    except OSError as error:
        raise FileError(f"cannot be deleted: {error.strerror}", where=display_path(folder)) from None
    return DeletedRun(folder.name, target, at / 1e9)


def list_deleted() -> list[DeletedRun]:
    """Return the runs in the trash, the last deleted first."""
    found = []
    try:
        for folder in (paths.runs_dir() / TRASH_DIR).iterdir():
            at, dot, name = folder.name.partition(".")
            if dot and at.isascii() and at.isdigit() and is_regular(folder / EVENTS_FILE):
                found.append(DeletedRun(name, folder, int(at) / 1e9))
    except OSError:
        return []
    return sorted(found, key=lambda one: one.folder.name, reverse=True)


def find_deleted(name: str) -> DeletedRun:
    """Find a run in the trash by id, a unique part of an id, or `last`. Raises UsageError."""
    there = list_deleted()
    found = there[:1] if name == LAST else [one for one in there if name and name in one.name]
    if len({one.name for one in found}) != 1:
        what = f"{len(found)} deleted runs match" if found else "deleted run not found:"
        raise UsageError(
            f"{what} {single_line(name, 60)}", hint="To list deleted runs: roundtable runs list --deleted."
        )
    return found[0]


def restore(deleted_run: DeletedRun) -> Path:
    """Restore a run from the trash. Returns its folder. Raises UsageError, FileError."""
    home = paths.runs_dir() / deleted_run.name
    if home.exists():
        raise UsageError(f"run {single_line(deleted_run.name)} already exists", hint="Delete that one first.")
    try:
        deleted_run.folder.rename(home)
    except OSError as error:
        raise FileError(
            f"cannot be restored: {error.strerror}", where=display_path(deleted_run.folder)
        ) from None
    return home


def purge(deleted_run: DeletedRun) -> None:
    """Delete a run in the trash permanently. Raises FileError."""
    try:
        shutil.rmtree(deleted_run.folder)
    except OSError as error:
        raise FileError(
            f"cannot be deleted: {error.strerror}", where=display_path(deleted_run.folder)
        ) from None
