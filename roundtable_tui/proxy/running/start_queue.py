"""Lets runs start one after the other: many that start at once would delay all that is sent meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque


class StartQueue:
    """Lets one waiter continue in each iteration of the event loop, in the order of their arrival."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False

    async def wait(self) -> None:
        """Wait until it is this one's turn."""
        loop = asyncio.get_running_loop()
        if not self._is_taken:
            self._is_taken = True
            loop.call_soon(self._release)
            return
        waiter = loop.create_future()
        self._waiting.append(waiter)
        await waiter

    def _release(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():  # One that was cancelled is.
                waiter.set_result(None)
                asyncio.get_running_loop().call_soon(self._release)
                return
        self._is_taken = False
