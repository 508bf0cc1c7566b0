"""A terminal driver that ends the app when the terminal is closed; Textual 8.2's own would hang.

Its writer thread dies at the first error, later output fills a queue without a reader, and the event loop
blocks, together with the handlers of SIGHUP and SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver

from roundtable_tui.tui.screen_terminal import find_screen_terminal, is_size_given, screen_size
from roundtable_tui.utils.shutdown import hang_up
from roundtable_tui.utils.terminal_cells import drop_undrawn

CHECK_INTERVAL_S = 2.0
_MAX_PENDING_CHARS = 1 << 18
"""Held output that is written although more follows at once; a frame has far less."""
_MAX_RESUMES = 100
"""How often the process may be continued in the background before it takes the terminal."""


class HangupDriver(LinuxDriver):
    """Textual's driver for terminals, for one that may be closed."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._is_continued = False
        # Textual draws on stderr, whatever that is, and takes the size of stdout.
        self._terminal = find_screen_terminal() or self._file
        self._file: IO[str] = ClosedTolerantFile(self._terminal)  # type: ignore[assignment]

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return columns and rows of the terminal that is drawn on."""
        size = None if is_size_given() else screen_size(self._terminal)
        return size or super()._get_terminal_size()

    def start_application_mode(self) -> None:
        """Take the terminal. Suspending is handled by the event loop.

        Textual's own handlers may interrupt the main thread while it holds the lock of the output queue,
        and wait for that lock.
        """
        super().start_application_mode()  # type: ignore[no-untyped-call]
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Not off the main thread.
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
            loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)

    def _sigtstp_application(self, *_: Any) -> None:
        """Give the terminal back, stop this process, and take the terminal again when it is continued."""
        if self._auto_restart:
            self.suspend_application_mode()
        self._is_continued = True
        os.kill(os.getpid(), signal.SIGSTOP)
        if self._auto_restart:
            self._resume()

    def _sigcont_application(self, *_: Any) -> None:
        """Take the terminal again after a stop that came without a warning (SIGSTOP)."""
        if self._is_continued:
            self._is_continued = False
        elif self._auto_restart:
            self.suspend_application_mode()
            self._resume()

    def _resume(self) -> None:
        """Take the terminal; in the background, stop again until the process is in the foreground."""
        self._must_signal_resume = True
        for _ in range(_MAX_RESUMES):
            self.resume_application_mode()
            if not self._must_signal_resume:
                return

    def run_input_thread(self) -> None:
        """Read keys until the terminal is closed or the app has ended."""
        try:
            super().run_input_thread()
        except OSError:  # The terminal was closed.
            hang_up()


class ClosedTolerantFile:
    """The terminal to write to; discards output after it was closed.

    A frame is written by one call of the system, as far as the terminal takes it. Python's text streams write
    pieces of 8 KiB, and the thread that writes may wait for the interpreter before each: meanwhile the
    terminal shows the upper rows of the new frame above the lower rows of the one before.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._closed = threading.Event()
        self._pending: list[str] = []
        self._pending_chars = 0

    def write(self, text: str) -> int:
        """Hold text until it is flushed; end the app if the terminal is closed."""
        self._pending.append(text)
        self._pending_chars += len(text)
        if self._pending_chars > _MAX_PENDING_CHARS:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Write what is held, without the characters that terminals disagree about."""
        text = drop_undrawn("".join(self._pending))
        self._pending.clear()
        self._pending_chars = 0
        self._call_unless_closed(self._write_at_once, text)

    def _write_at_once(self, text: str) -> None:
        self._file.flush()
        encoding, errors = (getattr(self._file, name, None) for name in ("encoding", "errors"))
        data = memoryview(text.encode(encoding or "utf-8", errors or "replace"))
        descriptor = self._file.fileno()
        while data:
            data = data[os.write(descriptor, data) :]

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
