"""The record: every event of a run, appended to `events.jsonl` as it happens.

Deltas are joined to one line per tenth of a second and turn. What is written is handed to the
system at once, so that a killed program loses at most that tenth; it is forced to the disk at the
end of each turn. When the disk refuses, the lines wait in memory and are written when it lets them.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.events import Event, RunFinished, RunResumed
from roundtable_tui.engine.record import serialize
from roundtable_tui.errors import FileError
from roundtable_tui.utils import paths
from roundtable_tui.utils.files import check_regular, show, write_text
from roundtable_tui.utils.text import to_json

EVENTS = "events.jsonl"
JOIN_S = 0.1
_ENDS = (events.TurnFinished, events.TurnFailed, events.RunFinished)
_NEW = (events.RunResumed, events.RunFinished, events.RunPaused, events.Forecast, events.Budget)
"""Never told again of what was before, when a run is resumed."""


class Recorder:
    """Writes one run's events; the first must be its header."""

    def __init__(self, folder: Path, *, warn: Callable[[str], None] = lambda line: None) -> None:
        self.folder = folder
        self._warn = warn
        self._warned = False
        self._fd: int | None = None
        self._unsaved = bytearray()
        self._parts: dict[tuple[str, str], tuple[events.Event, list[str]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._known: dict[str, deque[int]] = {}
        self._noticed = -1
        self._recalled: set[str] = set()
        self._after_recalled = False

    def already(self, recorded: Iterable[events.Event]) -> None:
        """The file has these already: told again, when a run is resumed, they are not written twice."""
        for place, event in enumerate(recorded):
            if not hasattr(event, "turn") and not isinstance(event, _NEW):
                self._known.setdefault(_without_time(event), deque()).append(place)

    def recall(self, turn: str) -> None:
        """What is told of this turn comes from the record itself."""
        self._recalled.add(turn)

    def __call__(self, event: events.Event) -> None:
        """Write an event, or keep a delta until its tenth of a second is over."""
        if self._is_there(event):
            return
        if isinstance(event, events.AnswerDelta | events.ReasoningDelta):
            self._parts.setdefault((event.turn, event.type), (event, []))[1].append(event.text)
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(JOIN_S, self._join)
            return
        self._join()
        self._write([event])
        if isinstance(event, _ENDS):
            self._sync(isinstance(event, events.RunFinished))

    def _is_there(self, event: events.Event) -> bool:
        """Tell whether the record has this event already, since the run is resumed from it."""
        turn = getattr(event, "turn", None)
        if turn is not None:
            self._after_recalled = turn in self._recalled
            return self._after_recalled
        if isinstance(event, _NEW):
            # Sums come in another order when parallel turns are recalled.
            return isinstance(event, events.Budget) and self._after_recalled
        places = self._known.get(_without_time(event)) if self._known else None
        if isinstance(event, events.Notice):  # Not all are told again; those that are come in their order.
            while places and places[0] < self._noticed:
                places.popleft()
            self._noticed = places[0] if places else self._noticed
        if not places:
            return False
        places.popleft()
        return True

    def _join(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        joined: list[events.Event] = []
        for first, texts in self._parts.values():
            cls: Any = type(first)
            joined.append(cls(t=first.t, turn=first.turn, seat=first.seat, text="".join(texts)))  # type: ignore[attr-defined]
        self._parts.clear()
        self._write(joined)

    def _write(self, batch: Iterable[events.Event]) -> None:
        for event in batch:
            self._unsaved += _line(event)
        try:
            if self._fd is None:
                self._fd = _open_held(self.folder / EVENTS)
            while self._unsaved:
                done = os.write(self._fd, self._unsaved)
                del self._unsaved[:done]
        except OSError as error:
            if not self._warned:
                self._warned = True
                self._warn(
                    f"the record cannot be written ({error.strerror}): the run goes on, unsaved so far"
                )
        else:
            if self._warned:
                self._warned = False
                self._warn("the record is written again; nothing was lost")

    def _sync(self, now: bool) -> None:
        if self._fd is None:
            return
        if now:
            _fsync(self._fd)
            return
        with suppress(OSError):  # No descriptor left: the end of the next turn syncs this one too.
            own = os.dup(self._fd)
            # A slow disk must not hold up the screen.
            asyncio.get_running_loop().run_in_executor(None, _fsync, own, True)

    def close(self) -> None:
        """Write what is left and close the file."""
        self._join()
        if self._fd is not None:
            _fsync(self._fd)
            with suppress(OSError):  # Not left to `close`: a copy may still be on its way to the disk.
                fcntl.flock(self._fd, fcntl.LOCK_UN)
            os.close(self._fd)
            self._fd = None


def _open_held(path: Path) -> int:
    """Open a record to append to, and hold it against other writers; BlockingIOError if there is one."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise BlockingIOError(0, "another Roundtable writes to it") from None
    except OSError:
        pass  # Some file systems cannot hold files: one goes without.
    return fd


def is_going_on(folder: Path) -> bool:
    """Tell whether some program, this one included, writes to the record of the run in `folder` right now."""
    try:
        if not (folder / EVENTS).is_file():
            return False
        fd = os.open(folder / EVENTS, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
    return False


def _fsync(fd: int, close: bool = False) -> None:
    try:
        os.fsync(fd)
    except OSError:
        return  # Some file systems cannot; the bytes are handed over all the same.
    finally:
        if close:
            os.close(fd)


def _line(event: events.Event) -> bytes:
    return to_json(serialize.to_dict(event)).encode() + b"\n"


def _without_time(event: events.Event) -> str:
    data = serialize.to_dict(event)
    del data["t"]
    return json.dumps(data, ensure_ascii=False, sort_keys=True, default=list)


@dataclass(frozen=True, slots=True)
class Recording:
    """A record as read back. `skipped` counts lines that could not be read."""

    folder: Path
    header: events.RunStarted
    events: tuple[Event, ...]
    skipped: int = 0

    @property
    def finished(self) -> RunFinished | None:
        """The end of the run; None if it was cut off, or goes on."""
        for event in reversed(self.events):
            if isinstance(event, RunFinished):
                return event
            if isinstance(event, RunResumed):
                return None
        return None


def read_record(folder: Path) -> Recording:
    """Read a run's record; a torn last line and lines that make no sense are skipped and counted.

    Raises FileError where there is no header, or a newer version wrote it. Never changes the file.
    """
    path = folder / EVENTS
    try:
        check_regular(path)
        raw = path.read_bytes()
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}", where=show(path)) from None
    found: list[events.Event] = []
    skipped = 0
    for number, line in enumerate(raw.split(b"\n")):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            version = data.get("version") if number == 0 else None
            if isinstance(version, int) and version > events.VERSION:
                what = f"written by a newer version ({version})"
                raise FileError(what, where=show(path), hint="Update Roundtable.")
            event = serialize.from_dict(data)
        except (ValueError, AttributeError, RecursionError):
            event = None
        if event is None:
            skipped += 1
        else:
            found.append(event)
    if not found or not isinstance(found[0], events.RunStarted):
        raise FileError("not the record of a run: it has no header", where=show(path))
    return Recording(folder, found[0], tuple(found), skipped)


def repair_tail(folder: Path) -> None:
    """Before a record is gone on with: end a torn last line, so that nothing sticks to it. Raises OSError."""
    with (folder / EVENTS).open("rb+") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")


def write_record(folder: Path, recorded: Iterable[events.Event]) -> None:
    """Write a whole record at once, for a run that begins as another one did."""
    paths.ensure(folder.parent)
    folder.mkdir(mode=0o700)
    write_text(folder / EVENTS, b"".join(_line(event) for event in recorded).decode())
