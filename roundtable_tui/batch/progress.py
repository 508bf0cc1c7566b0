"""The progress of a batch: counted by the runner, shown on the command line and in the app."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from roundtable_tui.batch.rows import BatchRow
from roundtable_tui.batch.servers import ShareState
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.format import format_duration
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.json_fields import read_fields

PROGRESS_FILE = "progress.json"
RATE_RUNS = 50
"""The time left is estimated from this number of runs."""
_MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class BatchState:
    """The figures of a batch at one moment."""

    total: int = 0
    done: int = 0
    """Finished runs, failed ones included."""
    failed: int = 0
    running: int = 0
    tokens: int = 0
    cost: float = 0.0
    """USD; 0 if no price is known."""
    seconds_left: float | None = None
    """None if unknown."""
    source: str = ""
    """The file or folder of the tasks."""
    status: str = "running"
    """running, finished, stopped, failed."""
    updated: float = 0.0
    """Seconds since the epoch."""
    servers: tuple[ShareState, ...] = ()

    @property
    def left(self) -> int:
        """Runs that have not finished."""
        return max(0, self.total - self.done)


@dataclass(slots=True)
class BatchCounter:
    """Counts the rows of a batch."""

    source: str = ""
    total: int = 0
    done: int = 0
    failed: int = 0
    running: int = 0
    tokens: int = 0
    cost: float = 0.0
    _ends: deque[float] = field(default_factory=lambda: deque(maxlen=RATE_RUNS))
    _started: float = field(default_factory=time.monotonic)

    def count_earlier(self, row: BatchRow) -> None:
        """Count a row of an earlier start."""
        self.done += 1
        self.failed += not row.ok
        self.tokens += row.tokens
        self.cost += row.cost or 0.0

    def uncount(self, row: BatchRow) -> None:
        """Take back a row of an earlier start that was followed by another one of the same run."""
        self.done -= 1
        self.failed -= not row.ok
        self.tokens -= row.tokens
        self.cost -= row.cost or 0.0

    def count(self, row: BatchRow) -> None:
        """Count a run that has ended now."""
        self.count_earlier(row)
        self._ends.append(time.monotonic())

    def seconds_left(self) -> float | None:
        """Return the estimated time left, from the last runs; None before the first."""
        if not self._ends:
            return None
        since = self._ends[0] if len(self._ends) == RATE_RUNS else self._started
        runs = len(self._ends) - (len(self._ends) == RATE_RUNS)
        return max(0.0, time.monotonic() - since) / runs * max(0, self.total - self.done)

    def get_state(self, servers: Sequence[ShareState] = (), status: str = "running") -> BatchState:
        """Return the figures of this moment."""
        return BatchState(
            self.total, self.done, self.failed, self.running, self.tokens, self.cost, self.seconds_left(),
            self.source, status, time.time(), tuple(servers),
        )  # fmt: skip


def format_state(state: BatchState) -> str:
    """Return the progress as one line."""
    parts = [f"{state.done:,} of {state.total:,} done"]
    if state.failed:
        parts.append(f"{state.failed:,} failed")
    if state.running:
        parts.append(f"{state.running:,} running")
    if state.left:
        parts.append(f"{state.left:,} left")
    parts.append(f"{state.tokens:,} tokens")
    if state.cost:
        parts.append(f"${state.cost:,.2f}")
    if state.left and state.seconds_left is not None:
        parts.append(f"{format_duration(state.seconds_left)} left")
    return ", ".join(parts)


def describe_server(server: ShareState) -> str:
    """Return the runs and calls of a server as one line."""
    parts = [f"{server.running:,} running"]
    if server.calls is not None:
        fewer = f" (of {server.slots})" if server.limit < server.slots else ""
        parts.append(f"{server.calls} of {server.limit} calls{fewer}")
    if server.is_out_of_reach:
        parts.append("out of reach")
    return f"{single_line(server.name, 60)}: {', '.join(parts)}"


def save_state(folder: Path, state: BatchState) -> None:
    """Write `progress.json`. Raises FileError."""
    files.write_text(folder / PROGRESS_FILE, json.dumps(asdict(state), ensure_ascii=False) + "\n")


def load_state(folder: Path) -> BatchState:
    """Read `progress.json` of a batch. Raises FileError."""
    path = folder / PROGRESS_FILE
    try:
        data = load_json(files.read_text(path, _MAX_BYTES))
        servers = tuple(ShareState(**read_fields(ShareState, one)) for one in data.get("servers", ()))
        return BatchState(**{**read_fields(BatchState, data, ("servers",)), "servers": servers})
    except (ValueError, TypeError, AttributeError) as error:
        what = f"is not the progress of a batch ({type(error).__name__})"
        raise FileError(what, where=files.format_location(path)) from None
