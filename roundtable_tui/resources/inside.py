"""Restrict paths to a folder that may come from an untrusted source, whatever its names and links are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files

MAX_ENTRIES = 20_000
"""Entries of one folder that are looked at."""


def inside(folder: Path, name: str) -> Path | None:
    """Return the path `name` in `folder`; None if it is outside.

    Outside are absolute paths, those with `~` or `..`, and those that a link leads out of `folder`.
    """
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or name.startswith("~") or "\0" in name:
        return None
    return folder / path if files.is_within(folder / path, folder) else None


def own(folder: Path, name: str) -> Path:
    """Return the path `name` in `folder`. Raises FileError if it is outside."""
    if (path := inside(folder, name)) is None:
        hint = "Put a copy of what it points to in its place."
        raise FileError(
            "is a link that leads out of the folder", where=files.display_path(folder / name), hint=hint
        )
    return path


def check_own(folder: Path) -> None:
    """Raise FileError for a link out of `folder`, a pipe or a device in it, at any depth."""
    for number, (path, mode) in enumerate(_entries(folder)):
        if number == MAX_ENTRIES:
            raise FileError(f"holds more than {MAX_ENTRIES:,} files", where=files.display_path(folder))
        own(folder, str(path.relative_to(folder)))
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
            what = "is a device or a pipe, not a file"
            raise FileError(what, where=files.display_path(path), hint="Remove it.")


def _entries(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield all entries of `folder` at any depth, with their mode; links are not followed."""
    for at, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(at, name)
            yield path, path.lstat().st_mode
