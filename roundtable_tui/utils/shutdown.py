"""Ends the process: without waiting for threads, and after its terminal or browser tab was closed."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

EXIT_TIMEOUT_S = 5.0
"""Seconds that the process may take to end after its terminal was closed, and a session to close."""
_is_hanging_up = threading.Event()


class AbandoningExecutor(ThreadPoolExecutor):
    """Threads for background work whose end is not waited for when the event loop is closed."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Start no more work; what is running continues until the process exits."""
        super().shutdown(wait=False, cancel_futures=True)


def abandon_threads_at_exit() -> None:
    """Make the running event loop end without waiting for its threads.

    `asyncio.run` would wait for minutes for a thread that reads a large file or waits for a slow disk.
    Work that must be finished is awaited where it is started.
    """
    asyncio.get_running_loop().set_default_executor(AbandoningExecutor(thread_name_prefix="background"))


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
