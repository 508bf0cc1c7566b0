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
from roundtable_tui.utils.files import check_regular, display_path, write_text
from roundtable_tui.utils.text import to_safe_json

EVENTS_FILE = "events.jsonl"
MERGE_INTERVAL_S = 0.1
_SYNCED_EVENTS = (events.TurnFinished, events.TurnFailed, events.RunFinished)
_NEVER_REPEATED = (
    events.RunResumed,
    events.RunFinished,
    events.RunPaused,
    events.CallsForecast,
    events.UsageUpdated,
)
"""Never told again of what was before, when a run is resumed."""


class Recorder:
    """Writes one run's events; the first must be its header."""

    def __init__(self, folder: Path, *, warn: Callable[[str], None] = lambda line: None) -> None:
        self.folder = folder
        self._warn = warn
        self._warned = False
        self._fd: int | None = None
        self._unwritten = bytearray()
        self._pending_deltas: dict[tuple[str, str], tuple[events.Event, list[str]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._recorded_at: dict[str, deque[int]] = {}
        self._last_notice = -1
        self._skipped_turns: set[str] = set()
        self._in_skipped_turn = False

    def skip_recorded(self, recorded: Iterable[events.Event]) -> None:
        """The file has these already: told again, when a run is resumed, they are not written twice."""
        for place, event in enumerate(recorded):
            if not hasattr(event, "turn") and not isinstance(event, _NEVER_REPEATED):
                self._recorded_at.setdefault(_key_without_time(event), deque()).append(place)

    def skip_turn(self, turn: str) -> None:
        """What is told of this turn comes from the record itself."""
        self._skipped_turns.add(turn)

    def __call__(self, event: events.Event) -> None:
        """Write an event, or keep a delta until its tenth of a second is over."""
        if self._already_recorded(event):
            return
        if isinstance(event, events.AnswerDelta | events.ReasoningDelta):
            self._pending_deltas.setdefault((event.turn, event.type), (event, []))[1].append(event.text)
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(MERGE_INTERVAL_S, self._flush_deltas)
            return
        self._flush_deltas()
        self._write([event])
        if isinstance(event, _SYNCED_EVENTS):
            self._sync(isinstance(event, events.RunFinished))

    def _already_recorded(self, event: events.Event) -> bool:
        """Tell whether the record has this event already, since the run is resumed from it."""
        turn = getattr(event, "turn", None)
        if turn is not None:
            self._in_skipped_turn = turn in self._skipped_turns
            return self._in_skipped_turn
        if isinstance(event, _NEVER_REPEATED):
            # Sums come in another order when parallel turns are recalled.
            return isinstance(event, events.UsageUpdated) and self._in_skipped_turn
        places = self._recorded_at.get(_key_without_time(event)) if self._recorded_at else None
        if isinstance(event, events.Notice):  # Not all are told again; those that are come in their order.
            while places and places[0] < self._last_notice:
                places.popleft()
            self._last_notice = places[0] if places else self._last_notice
        if not places:
            return False
        places.popleft()
        return True

    def _flush_deltas(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        joined: list[events.Event] = []
        for first, texts in self._pending_deltas.values():
            cls: Any = type(first)
            joined.append(cls(t=first.t, turn=first.turn, seat=first.seat, text="".join(texts)))  # type: ignore[attr-defined]
        self._pending_deltas.clear()
        self._write(joined)

    def _write(self, batch: Iterable[events.Event]) -> None:
        for event in batch:
            self._unwritten += _encode_line(event)
        try:
            if self._fd is None:
                self._fd = _open_locked(self.folder / EVENTS_FILE)
            while self._unwritten:
                done = os.write(self._fd, self._unwritten)
                del self._unwritten[:done]
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
        self._flush_deltas()
        if self._fd is not None:
            _fsync(self._fd)
            with suppress(OSError):  # Not left to `close`: a copy may still be on its way to the disk.
                fcntl.flock(self._fd, fcntl.LOCK_UN)
            os.close(self._fd)
            self._fd = None


def _open_locked(path: Path) -> int:
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


def is_locked_by_writer(folder: Path) -> bool:
    """Tell whether some program, this one included, writes to the record of the run in `folder` right now."""
    try:
        if not (folder / EVENTS_FILE).is_file():
            return False
        fd = os.open(folder / EVENTS_FILE, os.O_RDONLY)
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


def _encode_line(event: events.Event) -> bytes:
    return to_safe_json(serialize.to_dict(event)).encode() + b"\n"


def _key_without_time(event: events.Event) -> str:
    data = serialize.to_dict(event)
    del data["t"]
    return json.dumps(data, ensure_ascii=False, sort_keys=True, default=list)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A record as read back. `skipped` counts lines that could not be read."""

    folder: Path
    header: events.RunStarted
    events: tuple[Event, ...]
    skipped_lines: int = 0

    @property
    def run_finished(self) -> RunFinished | None:
        """The end of the run; None if it was cut off, or goes on."""
        for event in reversed(self.events):
            if isinstance(event, RunFinished):
                return event
            if isinstance(event, RunResumed):
                return None
        return None


def read_record(folder: Path) -> RunRecord:
    """Read a run's record; a torn last line and lines that make no sense are skipped and counted.

    Raises FileError where there is no header, or a newer version wrote it. Never changes the file.
    """
    path = folder / EVENTS_FILE
    try:
        check_regular(path)
        raw = path.read_bytes()
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}", where=display_path(path)) from None
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
                raise FileError(what, where=display_path(path), hint="Update Roundtable.")
            event = serialize.from_dict(data)
        except (ValueError, AttributeError, RecursionError):
            event = None
        if event is None:
            skipped += 1
        else:
            found.append(event)
    if not found or not isinstance(found[0], events.RunStarted):
        raise FileError("not the record of a run: it has no header", where=display_path(path))
    return RunRecord(folder, found[0], tuple(found), skipped)


def terminate_last_line(folder: Path) -> None:
    """Before a record is gone on with: end a torn last line, so that nothing sticks to it. Raises OSError."""
    with (folder / EVENTS_FILE).open("rb+") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")


def write_record(folder: Path, recorded: Iterable[events.Event]) -> None:
    """Write a whole record at once, for a run that begins as another one did."""
    paths.make_private_dir(folder.parent)
    folder.mkdir(mode=0o700)
    write_text(folder / EVENTS_FILE, b"".join(_encode_line(event) for event in recorded).decode())
