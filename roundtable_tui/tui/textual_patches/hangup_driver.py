"""What draws and reads on a terminal. Where that is closed the app leaves; Textual's own would wait for ever.

Its writing thread dies of the first fault, and what is written after fills a queue that nobody empties:
the event loop stands still, and with it the handlers of SIGHUP and SIGTERM.
"""

from __future__ import annotations

import select
import sys
import threading
from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver

from roundtable_tui.utils.shutdown import hang_up

CHECK_INTERVAL_S = 2.0


class HangupDriver(LinuxDriver):
    """Textual's driver for terminals, on one that may go away."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._file: IO[str] = ClosedTolerantFile(self._file)  # type: ignore[assignment]

    def run_input_thread(self) -> None:
        """Read keys until the terminal has gone or the app has ended."""
        try:
            super().run_input_thread()
        except OSError:  # Nothing to read from: it was closed.
            hang_up()


class ClosedTolerantFile:
    """The terminal to write to; once it has gone, a place where anything may be written to nobody."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._closed = threading.Event()

    def write(self, text: str) -> int:
        """Write, and leave where that cannot be done any more."""
        return self._call_unless_closed(self._file.write, text) or 0

    def flush(self) -> None:
        """Bring it to the terminal."""
        self._call_unless_closed(self._file.flush)

    def fileno(self) -> int:
        """Return the number of the file."""
        return self._file.fileno()

    def _call_unless_closed(self, do: Any, *given: str) -> Any:
        if self._closed.is_set():
            return None
        try:
            return do(*given)
        except OSError:
            self._closed.set()
            hang_up()
            return None


def hang_up_if_closed() -> None:
    """Leave where the terminal that keys come from has gone and nobody has said so."""
    if sys.__stdin__ is None:
        return
    hung_up = select.poll()
    with suppress(OSError, ValueError):
        hung_up.register(sys.__stdin__.fileno(), select.POLLHUP)
        if hung_up.poll(0):
            hang_up()
