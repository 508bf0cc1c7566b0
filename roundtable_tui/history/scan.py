"""Lists the folders of runs, and the size and modification time of their records."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from roundtable_tui.engine.record.recorder import EVENTS_FILE
from roundtable_tui.utils.text import fix_surrogates

RecordState = tuple[int, int]
"""Size in bytes, modification time in nanoseconds since the epoch."""
_RECORD = f"/{EVENTS_FILE}"
_CLOCK_RESOLUTION_NS = 3_000_000_000


def scan_records(folder: Path, names: Iterable[str]) -> dict[str, RecordState]:
    """Return the states of the records of these folders in `folder`; folders without one are left out."""
    base = f"{folder}/"
    out: dict[str, RecordState] = {}
    for name in names:
        if (found := record_state(base + name)) is not None:
            out[name] = found
    return out


def folder_stamp(folder: Path) -> int:
    """Return a number that changes when a folder is added to or removed from `folder`.

    0 means unknown: the folder is missing, or changed so recently that a coarse disk clock could hide another
    change.
    """
    try:
        found = folder.stat().st_mtime_ns
    except OSError:
        return 0
    return found if found < time.time_ns() - _CLOCK_RESOLUTION_NS else 0


def list_run_names(folder: Path) -> list[str]:
    """Return the names of the folders that may be runs; hidden ones are left out."""
    try:
        with os.scandir(folder) as found:
            return [item.name for item in found if _is_candidate(item)]
    except OSError:
        return []


def record_state(run: str) -> RecordState | None:
    """Return the state of the record in the folder `run`; None if it has none."""
    try:
        # os.stat instead of Path: thousands are read each time a list is shown.
        found = os.stat(run + _RECORD)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def _is_candidate(item: os.DirEntry[str]) -> bool:
    name = item.name
    try:
        return name[0] != "." and (name.isascii() or fix_surrogates(name) == name) and item.is_dir()
    except OSError:
        return False
