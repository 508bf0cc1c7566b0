"""Whether files have changed since they were looked at: by their times and sizes, which costs little."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from roundtable_tui.files.read import json_files

Seen = tuple[tuple[str, int, int, int], ...]
"""Of each file its name, time, size and number; what is not there has none."""


def seen(files: Iterable[Path]) -> Seen:
    """Return how the files are now."""
    found = []
    for path in files:
        try:
            is_now = path.stat()
        except (OSError, ValueError):
            continue
        found.append((str(path), is_now.st_mtime_ns, is_now.st_size, is_now.st_ino))
    return tuple(found)


def seen_in(folders: Iterable[Path]) -> Seen:
    """Return how the JSON files of the folders are now."""
    return seen(path for folder in folders for path in json_files(folder)[0])
