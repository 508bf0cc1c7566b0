"""One timer that draws all transcripts of an app, at a rate adapted to the load."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

RATES_HZ = (30.0, 20.0, 15.0, 10.0, 7.5, 5.0)
"""Drawings per second, by level."""
_STREAMS_PER_LEVEL = (1, 4, 12)
"""Up to this many streams are drawn at level 0, 1, 2 if the load allows it, more at level 3."""
_REDUCED_MOTION_LEVEL = len(RATES_HZ) - 1
"""The slowest rate, for reduced motion."""
_REMOTE_LEVEL = 3
"""The fastest level over ssh: 10 drawings per second."""
_BUSY_LOAD, _IDLE_LOAD = 0.55, 0.25
_MAX_SLICE_S = 0.006
"""Seconds of drawing after which other events are handled."""
_LOAD_TICKS = 10
"""Ticks over which the load is measured."""
_MAX_PAUSE_S = 1.0
"""Seconds without a tick after which the measurement starts again."""


class Flushable(Protocol):
    """A view that the scheduler draws."""

    def flush(self) -> bool:
        """Draw changes; return whether more is left for the next tick."""
        ...


class DrawScheduler:
    """Calls `flush` of views with changes; its timer is paused while there are none."""

    def __init__(self, app: App[object], environ: Mapping[str, str] = os.environ) -> None:
        self._app = app
        self._awake: dict[Flushable, None] = {}
        self._waiting: list[Flushable] = []
        self._timer: Timer | None = None
        self._remote = "SSH_CONNECTION" in environ or "SSH_TTY" in environ
        self._level = _REMOTE_LEVEL if self._remote else 1
        self._ticks = 0
        self._cpu = self._wall = self._last = 0.0

    @property
    def rate(self) -> float:
        """Current drawings per second."""
        return RATES_HZ[self._level]

    def wake(self, view: Flushable) -> None:
        """Schedule a view for the next tick."""
        if not self._awake:
            if self._timer is None:
                self._start()
            else:
                self._timer.resume()
        self._awake[view] = None

    def remove_view(self, view: Flushable) -> None:
        """Do not flush a view any more."""
        self._awake.pop(view, None)

    def flush_all(self) -> None:
        """Flush all scheduled views at once."""
        self._waiting = list(self._awake)
        self._flush_some(float("inf"))

    def _tick(self) -> None:
        """Flush scheduled views in slices of time, so that keys are handled in between."""
        self._adapt()
        if not self._waiting:
            self._waiting = list(self._awake)
            self._flush_some()

    def _flush_some(self, seconds: float | None = None) -> None:
        end = time.perf_counter() + (_MAX_SLICE_S if seconds is None else seconds)
        while self._waiting:
            view = self._waiting.pop()
            if view in self._awake and not view.flush():
                self._awake.pop(view, None)
            if self._waiting and time.perf_counter() > end:
                self._app.call_later(self._flush_some)
                return
        if not self._awake and self._timer is not None:
            self._timer.pause()

    @property
    def _min_level(self) -> int:
        return _REDUCED_MOTION_LEVEL if self._app.animation_level == "none" else 0

    def _start(self) -> None:
        self._level = max(self._level, self._min_level)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_interval(1 / self.rate, self._tick, name="streams")

    def _adapt(self) -> None:
        """Lower the rate while the process uses most of a core, raise it when it does not."""
        now = time.monotonic()
        if now - self._last > _MAX_PAUSE_S:
            self._ticks = 0
        self._last = now
        if self._ticks == 0:
            self._cpu, self._wall = time.process_time(), now
        self._ticks += 1
        if self._ticks <= _LOAD_TICKS:
            return
        load = (time.process_time() - self._cpu) / max(1e-6, now - self._wall)
        fastest = get_fastest_level(len(self._awake), self._remote)
        level = get_next_level(self._level, max(fastest, self._min_level), load)
        self._ticks = 0
        if level != self._level:
            self._level = level
            self._start()


def get_fastest_level(streams: int, remote: bool) -> int:
    """Return the fastest level for a number of streams."""
    level = sum(streams > few for few in _STREAMS_PER_LEVEL)
    return max(level, _REMOTE_LEVEL) if remote else level


def get_next_level(level: int, fastest: int, load: float) -> int:
    """Return the level after a period in which the process used `load` of a core."""
    if load > _BUSY_LOAD or level < fastest:
        return min(len(RATES_HZ) - 1, level + 1)
    if load < _IDLE_LOAD and level > fastest:
        return level - 1
    return level


_schedulers: WeakKeyDictionary[App[object], DrawScheduler] = WeakKeyDictionary()


def get_scheduler(app: App[object]) -> DrawScheduler:
    """Return the scheduler of an app."""
    ticker = _schedulers.get(app)
    if ticker is None:
        ticker = _schedulers[app] = DrawScheduler(app)
    return ticker
