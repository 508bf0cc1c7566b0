"""Finds a run by id, part of an id, or path; reads and writes its title."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import EVENTS_FILE, is_locked_by_writer
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.history.constants import LAST
from roundtable_tui.history.scan import list_run_names, record_state, scan_records
from roundtable_tui.resources.inside import inside, own
from roundtable_tui.utils import paths
from roundtable_tui.utils.files import is_regular, open_regular, write_text
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

_MAX_EXAMPLES = 3
_MAX_HEADER_BYTES = 64_000_000


def find_run(name: str) -> Path:
    """Find the folder of a run.

    Args:
        name: An id, the start or another unique part of an id, `last`, or a path.

    Raises:
        UsageError: No run, or more than one, matches.
    """
    path = Path(name)
    if name and is_regular(path / EVENTS_FILE):
        return path
    found = _find_by_name(name)
    if len(found) != 1:
        shown = single_line(name, 60)
        if not found:
            raise UsageError(f"run not found: {shown}", hint="To list runs: roundtable runs.")
        how = "start with" if all(path.name.startswith(name) for path in found) else "contain"
        some = ", ".join(path.name for path in found[-_MAX_EXAMPLES:])
        raise UsageError(f"{len(found)} runs {how} {shown}", hint=f"Use a longer part, such as {some}.")
    return found[0]


def _find_by_name(name: str) -> list[Path]:
    folder = paths.runs_dir()
    names = sorted(list_run_names(folder))
    if name == LAST:
        last = _find_last(folder, names)
        return [] if last is None else [folder / last]
    ways: tuple[Callable[[str], bool], ...] = (
        lambda one: one == name,
        lambda one: one.startswith(name),
        lambda one: name in one,
    )
    for way in ways if name else ():
        if some := [folder / one for one in names if way(one) and _has_record(folder, one)]:
            return some
    return []


def _find_last(folder: Path, names: Sequence[str]) -> str | None:
    """Return the run that ended last; a run that is active counts with the time it started.

    A run ended when its record was last written.
    """
    states = scan_records(folder, names)
    best: tuple[float, str] | None = None
    for name in sorted(states, key=lambda one: (states[one][1], one), reverse=True):
        written_at = states[name][1] / 1e9
        if best is not None and written_at < best[0]:
            break
        header = _read_header(folder / name)
        if header is None:  # Not a record, or nothing of it could be written.
            continue
        if is_locked_by_writer(folder / name):
            written_at = min(written_at, _started_at(header, written_at))
        best = max(best or (written_at, name), (written_at, name))
    return None if best is None else best[1]


def _read_header(run: Path) -> Mapping[str, Any] | None:
    """Return the header of a record; None if it has none."""
    with suppress(OSError, ValueError, RecursionError, FileError):
        with open_regular(run / EVENTS_FILE) as file:
            header = load_json(file.readline(_MAX_HEADER_BYTES))
        if isinstance(header, dict) and header.get("type") == events.RunStarted.type:
            return header
    return None


def _started_at(header: Mapping[str, Any], default: float) -> float:
    """Return when a run started, in seconds since the epoch."""
    try:
        return datetime.fromisoformat(str(header.get("started_at"))).timestamp()
    except (ValueError, OverflowError):
        return default


def _has_record(folder: Path, name: str) -> bool:
    return record_state(f"{folder}/{name}") is not None


TITLE_FILE = "title.txt"
MAX_TITLE_LENGTH = 200


def read_title(folder: Path) -> str:
    """Return the title of the run in `folder`; "" if it has none."""
    with suppress(OSError, FileError):
        if inside(folder, TITLE_FILE) is not None:
            with open_regular(folder / TITLE_FILE) as file:
                return single_line(
                    file.read(4 * MAX_TITLE_LENGTH).decode("utf-8", "replace"), MAX_TITLE_LENGTH
                )
    return ""


def write_title(folder: Path, title: str) -> str:
    """Set the title of the run in `folder`, or remove it with ""; return it as stored. Raises FileError."""
    title = single_line(title, MAX_TITLE_LENGTH)
    path = folder / TITLE_FILE
    if title:
        write_text(own(folder, TITLE_FILE), title + "\n")
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise FileError(f"cannot be removed: {error.strerror}", where=str(path)) from None
    return title
