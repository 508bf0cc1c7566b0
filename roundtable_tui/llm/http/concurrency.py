"""So many calls at once to one server; the rest wait in line, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque

_MIN_PAUSED_STREAMS = 8
"""Streams at once from which on their sockets are left alone between reads."""
_PAUSE_PER_STREAM_S = 0.001
_MAX_READ_PAUSE_S = 0.04


class AdaptiveLimiter:
    """The slots of one server. It narrows when the server says it is overrun, and widens as calls succeed."""

    def __init__(self, limit: int) -> None:
        self._max_limit = max(1, limit)
        self._limit = self._max_limit
        self._in_use = 0
        self._successes = 0
        self._waiters: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """Calls at once, at present."""
        return self._limit

    def read_pause(self) -> float:
        """Return the seconds for which a reader leaves its socket alone after a read.

        A read costs the same whether it brings one token or four, and thirty-two streams are drawn no more
        than some ten times a second. The last streams of a crowd are read at once again: they are waited for.
        """
        return (
            min(_MAX_READ_PAUSE_S, self._in_use * _PAUSE_PER_STREAM_S)
            if self._in_use >= _MIN_PAUSED_STREAMS
            else 0.0
        )

    def set_limit(self, limit: int) -> None:
        """Take a new setting of the server."""
        if max(1, limit) != self._max_limit:
            self._max_limit = self._limit = max(1, limit)
            self._wake_waiters()

    def try_acquire(self) -> bool:
        """Take a slot if one is free and nobody waits for it."""
        if self._in_use < self._limit and not self._waiters:
            self._in_use += 1
            return True
        return False

    async def acquire(self) -> None:
        """Wait for a slot and take it."""
        if self.try_acquire():
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The slot was given in the very moment the caller left.
                self.release()
            else:
                self._waiters.remove(turn)
            raise

    def release(self) -> None:
        """Give a slot back."""
        self._in_use -= 1
        self._wake_waiters()

    def decrease(self) -> None:
        """Halve the width: the server is overrun."""
        self._successes = 0
        self._limit = max(1, min(self._limit, self._in_use or 1) // 2)

    def increase(self) -> None:
        """Note a success; when all calls that may be made at once have succeeded, allow one more of them."""
        if self._limit < self._max_limit:
            self._successes += 1
            if self._successes >= self._limit:
                self._successes = 0
                self._limit += 1
                self._wake_waiters()

    def _wake_waiters(self) -> None:
        while self._waiters and self._in_use < self._limit:
            turn = self._waiters.popleft()
            if not turn.done():
                self._in_use += 1
                turn.set_result(None)
