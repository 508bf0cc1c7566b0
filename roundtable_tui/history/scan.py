"""Which records there are: the folders of runs, and the size and time of each record."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from roundtable_tui.engine.record.recorder import EVENTS
from roundtable_tui.utils.text import repair

State = tuple[int, int]
"""Bytes, and nanoseconds since the epoch."""
_RECORD = f"/{EVENTS}"
_COARSE_NS = 3_000_000_000


def scan(folder: Path, names: Iterable[str]) -> dict[str, State]:
    """Return the state of the record of each of these folders in `folder` that has one."""
    base = f"{folder}/"
    out: dict[str, State] = {}
    for name in names:
        if (found := state(base + name)) is not None:
            out[name] = found
    return out


def folder_stamp(folder: Path) -> int:
    """Return a number that is another one once a folder has come to `folder` or gone from it; 0 if it cannot
    be told, as where that has been just now: the clocks of disks are coarse.
    """
    try:
        found = folder.stat().st_mtime_ns
    except OSError:
        return 0
    return found if found < time.time_ns() - _COARSE_NS else 0


def run_names(folder: Path) -> list[str]:
    """Return the names of the folders that may be runs; not of hidden ones."""
    try:
        with os.scandir(folder) as found:
            return [item.name for item in found if _may_be(item)]
    except OSError:
        return []


def state(run: str) -> State | None:
    """Return the state of the record in the folder `run`; None if there is none."""
    try:
        # Not by way of Path: thousands are looked at each time a list is shown.
        found = os.stat(run + _RECORD)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def _may_be(item: os.DirEntry[str]) -> bool:
    name = item.name
    try:
        return name[0] != "." and (name.isascii() or repair(name) == name) and item.is_dir()
    except OSError:
        return False
