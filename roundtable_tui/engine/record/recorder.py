"""Writes and reads the record of a run: `events.jsonl`, one event per line, appended as it happens.

Deltas of a turn are merged to one line per tenth of a second. Lines are written without buffering, so
that a killed process loses at most that tenth, and synced to disk a tenth after the end of a turn. If
writing fails, lines are kept in memory and written when the disk accepts them again.
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
from roundtable_tui.utils.files import (
    BYTES_PER_MB,
    display_path,
    is_locked,
    open_regular,
    open_regular_fd,
    write_text,
)
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import to_safe_json

EVENTS_FILE = "events.jsonl"
MAX_RECORD_BYTES = 512_000_000
"""Bytes of a record that is read."""
MAX_DAMAGED_LINES = 10_000
TOO_DAMAGED = f"is damaged: more than {MAX_DAMAGED_LINES:,} lines cannot be read"
MERGE_INTERVAL_S = 0.1
_SYNC_DELAY_S = 0.1
"""Seconds after the end of a turn: those that end together are synced once."""
_SYNCED_EVENTS = (events.TurnFinished, events.TurnFailed)
_NEVER_REPEATED = (
    events.RunResumed,
    events.RunFinished,
    events.RunPaused,
    events.CallsForecast,
    events.UsageUpdated,
)
"""Events that a resumed run does not emit again for its recorded part."""


class Recorder:
    """Writes the events of one run; the first must be its header."""

    def __init__(
        self,
        folder: Path,
        *,
        warn: Callable[[str], None] = lambda line: None,
        waits_for_disk: bool = True,
    ) -> None:
        """Prepare a recorder.

        Args:
            folder: the folder of the record.
            warn: called with a line for the user if writing fails.
            waits_for_disk: False for one of many runs: it is synced once, at its end, in a thread, so that a
                slow disk does not hold up the others. Then a power failure may lose its last seconds.
        """
        self.folder = folder
        self._waits_for_disk = waits_for_disk
        self._warn = warn
        self._warned = False
        self._fd: int | None = None
        self._unwritten = bytearray()
        self._pending_deltas: dict[tuple[str, str], tuple[events.Event, list[str]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sync_timer: asyncio.TimerHandle | None = None
        self._recorded_at: dict[str, deque[int]] = {}
        self._last_notice = -1
        self._skipped_turns: set[str] = set()
        self._in_skipped_turn = False

    def skip_recorded(self, recorded: Iterable[events.Event]) -> None:
        """Register events already on disk, in order; a resumed run does not write them again."""
        for position, event in enumerate(recorded):
            if not hasattr(event, "turn") and not isinstance(event, _NEVER_REPEATED):
                self._recorded_at.setdefault(_key_without_time(event), deque()).append(position)

    def list_unrepeated(self) -> list[int]:
        """Return the positions of recorded events that the resumed run has not emitted again, in order."""
        return sorted(position for left in self._recorded_at.values() for position in left)

    def skip_turn(self, turn: str) -> None:
        """Do not write events of this turn: it is replayed from the record."""
        self._skipped_turns.add(turn)

    def __call__(self, event: events.Event) -> None:
        """Write an event; a delta is held back until its merge interval is over."""
        if self._already_recorded(event):
            return
        if isinstance(event, events.AnswerDelta | events.ReasoningDelta):
            self._pending_deltas.setdefault((event.turn, event.type), (event, []))[1].append(event.text)
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(MERGE_INTERVAL_S, self._flush_deltas)
            return
        if self._warned:  # Tries again first, so that the notice of it stands before this event.
            self._write([])
        self._write([*self._take_deltas(), event])
        if isinstance(event, events.RunFinished):
            self._sync(self._waits_for_disk)
        elif self._waits_for_disk and self._sync_timer is None and isinstance(event, _SYNCED_EVENTS):
            self._sync_timer = asyncio.get_running_loop().call_later(_SYNC_DELAY_S, self._sync, False)

    def _already_recorded(self, event: events.Event) -> bool:
        """Return True if a resumed run emits an event that the record has."""
        turn = getattr(event, "turn", None)
        if turn is not None:
            self._in_skipped_turn = turn in self._skipped_turns
            return self._in_skipped_turn
        if isinstance(event, _NEVER_REPEATED):
            # Totals differ in between, as parallel turns are replayed in another order.
            return isinstance(event, events.UsageUpdated) and self._in_skipped_turn
        positions = self._recorded_at.get(_key_without_time(event)) if self._recorded_at else None
        if isinstance(event, events.Notice):  # Some are not emitted again; the others keep their order.
            while positions and positions[0] < self._last_notice:
                positions.popleft()
            self._last_notice = positions[0] if positions else self._last_notice
        if not positions:
            return False
        positions.popleft()
        return True

    def _flush_deltas(self) -> None:
        self._write(self._take_deltas())

    def _take_deltas(self) -> list[events.Event]:
        """Return the deltas that were held back, merged."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        joined: list[events.Event] = []
        for first, texts in self._pending_deltas.values():
            cls: Any = type(first)
            joined.append(cls(t=first.t, turn=first.turn, seat=first.seat, text="".join(texts)))  # type: ignore[attr-defined]
        self._pending_deltas.clear()
        return joined

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
                    f"the record cannot be written ({error.strerror}): the run continues without saving"
                )
        else:
            if self._warned:
                self._warned = False
                self._warn("the record is being written again; nothing was lost")

    def _cancel_sync(self) -> None:
        if self._sync_timer is not None:
            self._sync_timer.cancel()
            self._sync_timer = None

    def _sync(self, now: bool) -> None:
        self._cancel_sync()
        if self._fd is None:
            return
        if now:
            _fsync(self._fd)
            return
        with suppress(OSError):  # Out of file descriptors: the next sync includes this turn.
            own = os.dup(self._fd)
            # Synced in a thread: a slow disk must not block the screen.
            try:
                asyncio.get_running_loop().run_in_executor(None, _fsync, own, True)
            except RuntimeError:  # The program is ending: no threads are left.
                _fsync(own, True)

    def close(self) -> None:
        """Write pending events and close the file."""
        self._flush_deltas()
        self._cancel_sync()
        if self._fd is not None:
            if self._waits_for_disk:
                _fsync(self._fd)
            with suppress(OSError):  # A duplicate of the descriptor may still be open for syncing.
                fcntl.flock(self._fd, fcntl.LOCK_UN)
            os.close(self._fd)
            self._fd = None


def _open_locked(path: Path) -> int:
    """Open a record for appending and lock it; raises BlockingIOError if another process has it locked."""
    try:
        fd = open_regular_fd(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, follow=False)
    except FileError as error:
        raise OSError(0, error.what) from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise BlockingIOError(0, "another Roundtable writes to it") from None
    except OSError:
        pass  # Some file systems have no locks.
    return fd


def is_locked_by_writer(folder: Path) -> bool:
    """Return True if any process, this one included, is writing the record of the run in `folder`."""
    return is_locked(folder / EVENTS_FILE)


def _fsync(fd: int, close: bool = False) -> None:
    try:
        os.fsync(fd)
    except OSError:
        return  # Some file systems cannot sync; the data is written all the same.
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
    """A record read from disk. `skipped_lines` is the number of unreadable lines."""

    folder: Path
    header: events.RunStarted
    events: tuple[Event, ...]
    skipped_lines: int = 0

    @property
    def run_finished(self) -> RunFinished | None:
        """The final event; None if the run was interrupted or is still running."""
        for event in reversed(self.events):
            if isinstance(event, RunFinished):
                return event
            if isinstance(event, RunResumed):
                return None
        return None


def read_record(folder: Path) -> RunRecord:
    """Read the record of a run; incomplete and invalid lines are skipped and counted.

    Raises:
        FileError: the file cannot be read, has no header or too many invalid lines, or was written by a newer
            version.
    """
    path = folder / EVENTS_FILE
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_size > MAX_RECORD_BYTES:
                what = f"is too large: at most {MAX_RECORD_BYTES // BYTES_PER_MB} MB are read"
                raise FileError(what, where=display_path(path))
            raw = file.read(MAX_RECORD_BYTES)
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}", where=display_path(path)) from None
    found: list[events.Event] = []
    skipped = damaged = 0
    for number, line in enumerate(raw.split(b"\n")):
        if not line.strip():
            continue
        try:
            data = load_json(line)
            version = data.get("version") if number == 0 else None
            if isinstance(version, int) and version > events.VERSION:
                what = f"written by a newer version ({version})"
                raise FileError(what, where=display_path(path), hint="Update Roundtable.")
            event = serialize.from_dict(data)
            damaged += "type" not in data
        except (ValueError, AttributeError, RecursionError):
            event = None
            damaged += 1
        if damaged > MAX_DAMAGED_LINES:
            raise FileError(TOO_DAMAGED, where=display_path(path))
        if event is None:
            skipped += 1
        else:
            found.append(event)
    if not found or not isinstance(found[0], events.RunStarted):
        raise FileError("not the record of a run: it has no header", where=display_path(path))
    return RunRecord(folder, found[0], tuple(found), skipped)


def terminate_last_line(folder: Path) -> None:
    """End an incomplete last line, so that new events start on their own line. Raises OSError, FileError."""
    with open_regular(folder / EVENTS_FILE, "rb+", follow=False) as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")


def write_record(folder: Path, recorded: Iterable[events.Event]) -> None:
    """Create a record with these events: for a run that starts from another one."""
    paths.make_private_dir(folder.parent)
    folder.mkdir(mode=0o700)
    write_text(folder / EVENTS_FILE, b"".join(_encode_line(event) for event in recorded).decode())
