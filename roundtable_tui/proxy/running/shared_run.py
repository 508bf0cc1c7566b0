"""One run with any number of listeners. The last listener that leaves before its end cancels it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from roundtable_tui.proxy.running.pieces import Piece, RunEnd

Work = Callable[[Callable[[Piece], None], Callable[[], None]], Awaitable[RunEnd]]
"""Executes the run: gets a function for its pieces, and one to call once a model has begun to answer."""


class SharedRun:
    """A run that has started."""

    def __init__(self, work: Work, *, is_panel: bool, on_end: Callable[[SharedRun], None]) -> None:
        """Start the run in a task.

        Args:
            work: executes it.
            is_panel: False for a run of one call.
            on_end: called at its end, also if it was cancelled.
        """
        self.is_panel = is_panel
        self.pieces: list[Piece] = []
        self.end: RunEnd | None = None
        """None while it runs, and for one that was cancelled."""
        self.begun = asyncio.Event()
        """Set once a model has begun to answer, or at the end."""
        self.undelivered = 0
        """Listeners whose connection broke before they had everything."""
        self._on_end = on_end
        self._changed = asyncio.Event()
        self._listeners = 0
        self._is_cancelled = False
        self._work = work
        self._task = asyncio.create_task(self._execute())

    @property
    def is_active(self) -> bool:
        """True while the run has not ended and is not being cancelled."""
        return not (self._is_cancelled or self._task.done() or self.end is not None)

    def listen(self) -> None:
        """Add a listener; each has to call `leave`."""
        self._listeners += 1

    def leave(self, *, delivered: bool) -> None:
        """Remove a listener; `delivered`: it got everything."""
        self._listeners -= 1
        self.undelivered += not delivered
        if not self._listeners and self.is_active:
            self._is_cancelled = True
            self._task.cancel()

    async def wait_begun(self, seconds: float) -> None:
        """Wait until a model has begun to answer or the run has ended, at most this time."""
        try:
            await asyncio.wait_for(self.begun.wait(), seconds)
        except TimeoutError:
            return

    async def next_pieces(self, seen: int, seconds: float | None = None) -> list[Piece] | None:
        """Return the pieces after the first `seen`; [] if none came in time; None at the end."""
        while len(self.pieces) <= seen:
            if self.end is not None or self._task.done():
                return None
            changed = self._changed
            try:
                await asyncio.wait_for(changed.wait(), seconds)
            except TimeoutError:
                return []
        return self.pieces[seen:]

    async def wait_end(self) -> RunEnd | None:
        """Wait for the end; None if it was cancelled."""
        await asyncio.wait({self._task})
        return self.end

    async def cancel(self) -> None:
        """End the run, with its record."""
        self._is_cancelled = True
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _execute(self) -> None:
        try:
            self.end = await self._work(self._add, self.begun.set)
        finally:
            self.begun.set()
            self._notify()
            self._on_end(self)

    def _add(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self._notify()

    def _notify(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
