"""Spaces out the reads of simultaneous streams of one server.

A read of a socket costs the same whether it returns one token or ten, and the panes of 32 streams are drawn
about ten times per second.
"""

from __future__ import annotations

import asyncio

_MIN_PACED_STREAMS = 8
"""Number of simultaneous streams from which on reads are spaced out."""
_TICK_S, _END_TICK_S = 0.016, 0.008
"""Seconds between two ticks; the second applies after the end of a stream."""
_READS_PER_TICK = 5
_MAX_PAUSE_TICKS = 6
"""Ticks after which a stream is read again, however many there are."""
_END_PHASE_S = 0.1
"""Seconds after the end of a stream in which all are read at each tick."""


class ReadPacer:
    """The pauses between the reads of all streams of one server.

    At each tick of one timer, those that were read longest ago are read again. The streams of a batch often
    end at about the same time, and the run waits for the last one: after an end, all are read at each tick.
    """

    def __init__(self) -> None:
        self.is_enabled = True
        """False reads streams without pauses, for a program that shows none of them."""
        self._streams = 0
        self._paused: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._end_phase_until = 0.0

    def begin_stream(self) -> None:
        """Count a stream."""
        self._streams += 1

    def end_stream(self) -> None:
        """Count the end of a stream, and shorten the pauses of the others."""
        self._streams -= 1
        self._end_phase_until = asyncio.get_running_loop().time() + _END_PHASE_S
        if self._streams < _MIN_PACED_STREAMS:
            self._wake(len(self._paused))

    def start_pause(self) -> asyncio.Future[None] | None:
        """Return a future that is done when the reader may read again; None if it may do so at once."""
        if not self.is_enabled or self._streams < _MIN_PACED_STREAMS:
            return None
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._schedule_tick()
        future = loop.create_future()
        self._paused.append(future)
        return future

    @property
    def _is_ending(self) -> bool:
        return asyncio.get_running_loop().time() < self._end_phase_until

    def _schedule_tick(self) -> None:
        delay = _END_TICK_S if self._is_ending else _TICK_S
        self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer = None
        count = max(_READS_PER_TICK, -(-self._streams // _MAX_PAUSE_TICKS))
        self._wake(len(self._paused) if self._is_ending else count)
        if self._paused:
            self._schedule_tick()

    def _wake(self, count: int) -> None:
        """End the pauses of the first `count` readers."""
        paused, self._paused = self._paused[:count], self._paused[count:]
        for future in paused:
            if not future.done():
                future.set_result(None)
