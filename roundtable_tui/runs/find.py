"""One run, by what a person calls it; and its record, read so that whoever shows it can rely on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

from roundtable_tui import paths
from roundtable_tui.errors import UsageError
from roundtable_tui.runs.scan import run_names, state
from roundtable_tui.runs.words import LAST
from roundtable_tui.table.record import EVENTS, Recording, read_record
from roundtable_tui.text import one_line

_MANY = 3


def find_run(name: str) -> Path:
    """Return the folder of the run called `name`: an id, the start of one or another part that is in no
    other id, `last`, or a path. Raises UsageError.
    """
    path = Path(name)
    if name and (path / EVENTS).is_file():
        return path
    found = _called(name)
    if len(found) != 1:
        shown = one_line(name, 60)
        if not found:
            raise UsageError(f"there is no run {shown}", hint="`roundtable runs` lists them.")
        how = "begin with" if all(path.name.startswith(name) for path in found) else "have in their id"
        some = ", ".join(path.name for path in found[-_MANY:])
        raise UsageError(f"{len(found)} runs {how} {shown}", hint=f"Give more of it, such as {some}.")
    return found[0]


def _called(name: str) -> list[Path]:
    folder = paths.runs_dir()
    names = sorted(one for one in run_names(folder) if state(f"{folder}/{one}") is not None)
    if name == LAST:
        return [folder / one for one in names[-1:]]
    ways: tuple[Callable[[str], bool], ...] = (
        lambda one: one == name,
        lambda one: one.startswith(name),
        lambda one: name in one,
    )
    for way in ways if name else ():
        if found := [folder / one for one in names if way(one)]:
            return found
    return []


def read_run(folder: Path) -> Recording:
    """Return the record of the run in `folder`, its header and its times as they can be shown. FileError."""
    recording = read_record(folder)
    header = replace(
        recording.header,
        seats=tuple(_seat(seat, number) for number, seat in enumerate(recording.header.seats, 1)),
    )
    kept = [event for event in recording.events[1:] if isfinite(event.t) and event.t >= 0]
    return replace(recording, header=header, events=(header, *kept))


def _seat(seat: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """Return a seat with all that is asked of one, whatever a hand or a bad disk has made of it."""
    texts = {
        key: str(seat.get(key) or "") for key in ("seat", "name", "full_name", "role", "model", "server")
    }
    texts["seat"] = texts["seat"] or f"seat-{number}"
    texts["name"] = texts["name"] or texts["seat"]
    return {**seat, **texts, "captain": bool(seat.get("captain"))}
