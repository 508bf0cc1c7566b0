"""A trash for files and folders: what is deleted moves to a hidden folder beside it and can be restored."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line

TRASH_DIR = ".trash"


@dataclass(frozen=True, slots=True)
class TrashedItem:
    """A file or folder in the trash."""

    path: Path
    """Where it was, and where restoring puts it."""
    trash_path: Path
    """Where it is: `.trash/NANOSECONDS.NAME`."""

    @property
    def name(self) -> str:
        """Its name, without the time of its deletion."""
        return self.path.name

    @property
    def deleted_at(self) -> float:
        """When it was deleted, in seconds since the epoch."""
        return int(self.trash_path.name.partition(".")[0]) / 1e9


def move_to_trash(path: Path) -> TrashedItem:
    """Move a file or folder to the trash of its folder. Raises FileError; it is then where it was."""
    item = TrashedItem(path, path.parent / TRASH_DIR / f"{time.time_ns()}.{path.name}")
    _move(path, item.trash_path, "deleted")
    return item


def list_trash(folder: Path) -> list[TrashedItem]:
    """Return what was deleted from `folder`, the last deleted first."""
    trash = folder / TRASH_DIR
    try:
        names = [path.name for path in trash.iterdir()]
    except OSError:
        return []
    found = []
    for name in names:
        at, _, original = name.partition(".")
        if at.isascii() and at.isdigit() and original:
            found.append(TrashedItem(folder / original, trash / name))
    return sorted(found, key=lambda item: int(item.trash_path.name.partition(".")[0]), reverse=True)


def restore(item: TrashedItem) -> Path:
    """Move a file or folder back to where it was and return its path.

    Raises:
        FileError: Another one has its name now, or it cannot be moved.
    """
    if files.path_exists(item.path):
        kept = files.display_path(item.trash_path)
        raise FileError(
            "already exists", where=files.display_path(item.path), hint=f"The deleted one is {kept}."
        )
    _move(item.trash_path, item.path, "restored")
    return item.path


def purge(item: TrashedItem) -> None:
    """Delete a file or folder in the trash for good. Raises FileError."""
    try:
        if item.trash_path.is_dir() and not item.trash_path.is_symlink():
            shutil.rmtree(item.trash_path)
        else:
            item.trash_path.unlink()
    except OSError as error:
        where = files.display_path(item.trash_path)
        raise FileError(f"cannot be deleted: {error.strerror}", where=where) from None


def _move(source: Path, target: Path, what: str) -> None:
    try:
        paths.make_private_dir(target.parent)
        shutil.move(source, target)
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", "") or single_line(str(error), 120)
        raise FileError(f"cannot be {what}: {reason}", where=files.display_path(source)) from None
    if files.path_exists(source):  # Copied to another disk, and not all of it could be removed.
        raise FileError(f"was {what}, but could not be removed here", where=files.display_path(source))
