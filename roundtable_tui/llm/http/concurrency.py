"""So many calls at once to one server; the rest wait in line, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque

_CROWD = 8
"""Streams at once from which on their sockets are left alone between reads."""
_REST_S = 0.001
_LONGEST_REST_S = 0.04


class Lane:
    """The slots of one server. It narrows when the server says it is overrun, and widens as calls succeed."""

    def __init__(self, width: int) -> None:
        self._full_width = max(1, width)
        self._width = self._full_width
        self._busy = 0
        self._successes = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @property
    def width(self) -> int:
        """Calls at once, at present."""
        return self._width

    def rest(self) -> float:
        """Return the seconds for which a reader leaves its socket alone after a read.

        A read costs the same whether it brings one token or four, and thirty-two streams are drawn no more
        than some ten times a second. The last streams of a crowd are read at once again: they are waited for.
        """
        return min(_LONGEST_REST_S, self._busy * _REST_S) if self._busy >= _CROWD else 0.0

    def set_width(self, width: int) -> None:
        """Take a new setting of the server."""
        if max(1, width) != self._full_width:
            self._full_width = self._width = max(1, width)
            self._let_in()

    def enter_at_once(self) -> bool:
        """Take a slot if one is free and nobody waits for it."""
        if self._busy < self._width and not self._line:
            self._busy += 1
            return True
        return False

    async def enter(self) -> None:
        """Wait for a slot and take it."""
        if self.enter_at_once():
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The slot was given in the very moment the caller left.
                self.leave()
            else:
                self._line.remove(turn)
            raise

    def leave(self) -> None:
        """Give a slot back."""
        self._busy -= 1
        self._let_in()

    def narrow(self) -> None:
        """Halve the width: the server is overrun."""
        self._successes = 0
        self._width = max(1, min(self._width, self._busy or 1) // 2)

    def widen(self) -> None:
        """Note a success; when all calls that may be made at once have succeeded, allow one more of them."""
        if self._width < self._full_width:
            self._successes += 1
            if self._successes >= self._width:
                self._successes = 0
                self._width += 1
                self._let_in()

    def _let_in(self) -> None:
        while self._line and self._busy < self._width:
            turn = self._line.popleft()
            if not turn.done():
                self._busy += 1
                turn.set_result(None)
