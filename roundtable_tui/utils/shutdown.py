"""Ends the process after its terminal or browser tab was closed."""

from __future__ import annotations

import os
import signal
import threading
import time

EXIT_TIMEOUT_S = 5.0
"""Seconds that the process may take to end after its terminal was closed."""
_is_hanging_up = threading.Event()


def hang_up() -> None:
    """Send SIGHUP to this process, as a closed terminal does, and make sure that it ends."""
    if _is_hanging_up.is_set():
        return
    _is_hanging_up.set()
    threading.Thread(target=_force_exit, daemon=True).start()
    os.kill(os.getpid(), signal.SIGHUP)


def _force_exit() -> None:
    time.sleep(EXIT_TIMEOUT_S)
    os._exit(128 + signal.SIGHUP)
