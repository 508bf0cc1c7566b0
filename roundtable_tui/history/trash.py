"""Runs that were deleted: kept in a hidden folder among the others until they are taken back, or for good."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.engine.record.recorder import EVENTS, is_going_on
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.history.constants import LAST
from roundtable_tui.utils import paths
from roundtable_tui.utils.files import show
from roundtable_tui.utils.text import one_line

FOLDER = ".trash"


@dataclass(frozen=True, slots=True)
class Deleted:
    """A run in the trash."""

    name: str
    folder: Path
    """Where it lies now."""
    at: float
    """When it was deleted: seconds since the epoch."""


def delete(folder: Path) -> Deleted:
    """Move the run in `folder` to the trash. Raises UsageError where it goes on, or is kept elsewhere."""
    home = paths.runs_dir()
    if folder.absolute().parent != home.absolute():
        hint = "It is not among your runs: delete it by hand."
        raise UsageError("Roundtable deletes only what it keeps", where=show(folder), hint=hint)
    if is_going_on(folder):
        raise UsageError(f"run {one_line(folder.name)} goes on right now", hint="Stop it first.")
    at = time.time_ns()
    target = home / FOLDER / f"{at}.{folder.name}"
    try:
        paths.ensure(target.parent)
        folder.rename(target)
    except OSError as error:
        raise FileError(f"cannot be deleted: {error.strerror}", where=show(folder)) from None
    return Deleted(folder.name, target, at / 1e9)


def deleted() -> list[Deleted]:
    """Return what is in the trash, the last deleted first."""
    found = []
    try:
        for folder in (paths.runs_dir() / FOLDER).iterdir():
            at, dot, name = folder.name.partition(".")
            if dot and at.isascii() and at.isdigit() and (folder / EVENTS).exists():
                found.append(Deleted(name, folder, int(at) / 1e9))
    except OSError:
        return []
    return sorted(found, key=lambda one: one.folder.name, reverse=True)


def find_deleted(name: str) -> Deleted:
    """Return the run in the trash called `name`: an id, a part of one, or `last`. Raises UsageError."""
    there = deleted()
    found = there[:1] if name == LAST else [one for one in there if name and name in one.name]
    if len({one.name for one in found}) != 1:
        what = f"{len(found)} deleted runs are called" if found else "there is no deleted run"
        raise UsageError(f"{what} {one_line(name, 60)}", hint="`roundtable runs list --deleted` lists them.")
    return found[0]


def restore(one: Deleted) -> Path:
    """Take a run back from the trash and return its folder. Raises UsageError, FileError."""
    home = paths.runs_dir() / one.name
    if home.exists():
        raise UsageError(f"there is a run {one_line(one.name)} already", hint="Delete that one first.")
    try:
        one.folder.rename(home)
    except OSError as error:
        raise FileError(f"cannot be taken back: {error.strerror}", where=show(one.folder)) from None
    return home


def purge(one: Deleted) -> None:
    """Delete a run in the trash for good. Raises FileError."""
    try:
        shutil.rmtree(one.folder)
    except OSError as error:
        raise FileError(f"cannot be deleted: {error.strerror}", where=show(one.folder)) from None
