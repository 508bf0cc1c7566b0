"""The line of progress of `roundtable bench`, on stderr."""

from __future__ import annotations

import sys
import time

from roundtable_tui.bench.progress import BenchProgress
from roundtable_tui.bench.results import ResultRow
from roundtable_tui.bench.runner import Bench

_EVERY_S = 1.0


class ProgressLine:
    """Shows how far the bench is: on a terminal every second in one line, else every ten seconds."""

    def __init__(self, bench: Bench) -> None:
        self._progress = BenchProgress(bench)
        self._last = 0.0
        self._is_terminal = sys.stderr.isatty()

    def __call__(self, row: ResultRow) -> None:
        """Count a finished run."""
        self._progress.add(row)
        now = time.monotonic()
        if now - self._last >= (_EVERY_S if self._is_terminal else 10 * _EVERY_S):
            self._last = now
            line = self._progress.describe()
            sys.stderr.write(f"\r{line}\x1b[K" if self._is_terminal else f"{line}\n")
            sys.stderr.flush()

    def close(self) -> None:
        """End the line."""
        if self._is_terminal and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
