"""The end of a program that nobody sees any more: its terminal was closed, its browser tab is gone."""

from __future__ import annotations

import os
import signal
import threading
import time

LONGEST_S = 5.0
"""How long a program may take to leave once nobody sees it any more."""
_leaving = threading.Event()


def leave() -> None:
    """Hang up on this very process, as a terminal does that is closed; make sure that it ends."""
    if _leaving.is_set():
        return
    _leaving.set()
    threading.Thread(target=_last_resort, daemon=True).start()
    os.kill(os.getpid(), signal.SIGHUP)


def _last_resort() -> None:
    time.sleep(LONGEST_S)
    os._exit(128 + signal.SIGHUP)
