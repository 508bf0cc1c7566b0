"""A terminal driver that ends the app when the terminal is closed; Textual 8.2's own would hang.

Its writer thread dies at the first error, later output fills a queue without a reader, and the event loop
blocks, together with the handlers of SIGHUP and SIGTERM.
"""

from __future__ import annotations

import select
import sys
import threading
from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver

from roundtable_tui.utils.shutdown import hang_up
from roundtable_tui.utils.terminal_cells import drop_undrawn

CHECK_INTERVAL_S = 2.0


class HangupDriver(LinuxDriver):
    """Textual's driver for terminals, for one that may be closed."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._file: IO[str] = ClosedTolerantFile(self._file)  # type: ignore[assignment]

    def run_input_thread(self) -> None:
        """Read keys until the terminal is closed or the app has ended."""
        try:
            super().run_input_thread()
        except OSError:  # The terminal was closed.
            hang_up()


class ClosedTolerantFile:
    """The terminal to write to; discards output after it was closed."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._closed = threading.Event()

    def write(self, text: str) -> int:
        """Write what terminals agree about; end the app if the terminal is closed."""
        return self._call_unless_closed(self._file.write, drop_undrawn(text)) or 0

    def flush(self) -> None:
        """Flush to the terminal."""
        self._call_unless_closed(self._file.flush)

    def fileno(self) -> int:
        """Return the file descriptor."""
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
    """End the app if the terminal of the keyboard was closed without a signal."""
    if sys.__stdin__ is None:
        return
    hung_up = select.poll()
    with suppress(OSError, ValueError):
        hung_up.register(sys.__stdin__.fileno(), select.POLLHUP)
        if hung_up.poll(0):
            hang_up()
