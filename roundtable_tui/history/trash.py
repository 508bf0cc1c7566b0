"""Runs that were deleted: kept in a hidden folder among the others until they are taken back, or for good."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.engine.record.recorder import EVENTS_FILE, is_locked_by_writer
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.history.constants import LAST
from roundtable_tui.utils import paths
from roundtable_tui.utils.files import display_path
from roundtable_tui.utils.text import single_line

TRASH_DIR = ".trash"


@dataclass(frozen=True, slots=True)
class DeletedRun:
    """A run in the trash."""

    name: str
    folder: Path
    """Where it lies now."""
    deleted_at: float
    """When it was deleted: seconds since the epoch."""


def delete(folder: Path) -> DeletedRun:
    """Move the run in `folder` to the trash. Raises UsageError where it goes on, or is kept elsewhere."""
    home = paths.runs_dir()
    if folder.absolute().parent != home.absolute():
        hint = "It is not among your runs: delete it by hand."
        raise UsageError("Roundtable deletes only what it keeps", where=display_path(folder), hint=hint)
    if is_locked_by_writer(folder):
        raise UsageError(f"run {single_line(folder.name)} goes on right now", hint="Stop it first.")
    at = time.time_ns()
    target = home / TRASH_DIR / f"{at}.{folder.name}"
    try:
        paths.make_private_dir(target.parent)
        folder.rename(target)
    except OSError as error:
        raise FileError(f"cannot be deleted: {error.strerror}", where=display_path(folder)) from None
    return DeletedRun(folder.name, target, at / 1e9)


def list_deleted() -> list[DeletedRun]:
    """Return what is in the trash, the last deleted first."""
    found = []
    try:
        for folder in (paths.runs_dir() / TRASH_DIR).iterdir():
            at, dot, name = folder.name.partition(".")
            if dot and at.isascii() and at.isdigit() and (folder / EVENTS_FILE).exists():
                found.append(DeletedRun(name, folder, int(at) / 1e9))
    except OSError:
        return []
    return sorted(found, key=lambda one: one.folder.name, reverse=True)


def find_deleted(name: str) -> DeletedRun:
    """Return the run in the trash called `name`: an id, a part of one, or `last`. Raises UsageError."""
    there = list_deleted()
    found = there[:1] if name == LAST else [one for one in there if name and name in one.name]
    if len({one.name for one in found}) != 1:
        what = f"{len(found)} deleted runs are called" if found else "there is no deleted run"
        raise UsageError(
            f"{what} {single_line(name, 60)}", hint="`roundtable runs list --deleted` lists them."
        )
    return found[0]


def restore(deleted_run: DeletedRun) -> Path:
    """Take a run back from the trash and return its folder. Raises UsageError, FileError."""
    home = paths.runs_dir() / deleted_run.name
    if home.exists():
        raise UsageError(
            f"there is a run {single_line(deleted_run.name)} already", hint="Delete that one first."
        )
    try:
        deleted_run.folder.rename(home)
    except OSError as error:
        raise FileError(
            f"cannot be taken back: {error.strerror}", where=display_path(deleted_run.folder)
        ) from None
    return home


def purge(deleted_run: DeletedRun) -> None:
    """Delete a run in the trash for good. Raises FileError."""
    try:
        shutil.rmtree(deleted_run.folder)
    except OSError as error:
        raise FileError(
            f"cannot be deleted: {error.strerror}", where=display_path(deleted_run.folder)
        ) from None
