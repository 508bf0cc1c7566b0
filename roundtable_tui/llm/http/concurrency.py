"""Limits the number of simultaneous calls to one server; further calls wait, first in, first out."""

from __future__ import annotations

import asyncio
from collections import deque


class AdaptiveLimiter:
    """The concurrency slots of one server.

    The limit is halved when the server reports overload and raised by one as calls succeed, like the
    congestion window of TCP (additive increase, multiplicative decrease).
    """

    def __init__(self, limit: int) -> None:
        self._max_limit = max(1, limit)
        self._limit = self._max_limit
        self._in_use = 0
        self._successes = 0
        self._waiters: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """Current maximum number of simultaneous calls."""
        return self._limit

    @property
    def in_use(self) -> int:
        """Number of calls that have a slot."""
        return self._in_use

    def set_limit(self, limit: int) -> None:
        """Set the configured maximum."""
        if max(1, limit) != self._max_limit:
            self._max_limit = self._limit = max(1, limit)
            self._wake_waiters()

    def try_acquire(self) -> bool:
        """Take a slot if one is free and no call is waiting; return whether it was taken."""
        if self._in_use < self._limit and not self._waiters:
            self._in_use += 1
            return True
        return False

    async def acquire(self) -> None:
        """Wait for a slot and take it."""
        if self.try_acquire():
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                # The slot was assigned at the same time as the caller was cancelled.
                self.release()
            else:
                self._waiters.remove(waiter)
            raise

    def release(self) -> None:
        """Return a slot."""
        self._in_use -= 1
        self._wake_waiters()

    def decrease(self) -> None:
        """Halve the limit: the server is overloaded."""
        self._successes = 0
        self._limit = max(1, min(self._limit, self._in_use or 1) // 2)

    def increase(self) -> None:
        """Count a successful call; after as many as the limit allows at once, raise the limit by one."""
        if self._limit < self._max_limit:
            self._successes += 1
            if self._successes >= self._limit:
                self._successes = 0
                self._limit += 1
                self._wake_waiters()

    def _wake_waiters(self) -> None:
        while self._waiters and self._in_use < self._limit:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._in_use += 1
                waiter.set_result(None)
