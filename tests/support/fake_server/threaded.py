"""Runs the fake server in a thread, for code with an event loop of its own or in another process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.fake_server.server import FakeServer


@contextmanager
def served(*script: Any, **how: Any) -> Iterator[FakeServer]:
    """Serve within the `with`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = FakeServer(*script, **how)

    def do(work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result()

    do(server.__aenter__())
    try:
        yield server
    finally:
        do(server.__aexit__())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
