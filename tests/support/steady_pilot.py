"""Let a pilot's pause end when the app has done and drawn its work, and its keys come after that.

Textual's own pause ends when the process has used little CPU time for 20 ms. On a busy machine that is also
true while the process waits for a core, and a test continues before its keys and sizes have had their effect.
It also sends a message to every widget, and a key waits for three such times.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import BaseEventLoop
from typing import Any
from weakref import WeakSet

import textual.app
from textual.app import App, ScreenError
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen

from roundtable_tui.tui.widgets.transcript.draw_scheduler import get_scheduler
from tests.support import fast_textual

_MAX_CHECKS, _MAX_CPU_S = 40, 0.1
"""An app that streams is never idle for long: a pause in it ends after both, checks and processor time."""
_MAX_FRAMES = 5
"""What a frame lays out may have work to do, which ends in another frame."""
_run_in_executor = BaseEventLoop.run_in_executor
_in_threads: WeakSet[asyncio.Future[Any]] = WeakSet()


def _is_busy(pump: MessagePump) -> bool:
    """Return whether messages wait, or one is being handled: then the pump does not wait for the next."""
    queue: Any = pump._message_queue
    is_waiting = queue.empty() and bool(queue.ready_event._waiters)
    return pump.is_running and (not is_waiting or bool(pump._next_callbacks))


def _is_idle(app: App[Any]) -> bool:
    """Return whether nothing is to be done: by the event loop, in a thread, or by a widget."""
    loop = asyncio.get_running_loop()
    if _has_ready(loop) or any(one.get_loop() is loop and not one.done() for one in _in_threads):
        return False
    if not _has_screen(app):
        return True
    screen = app.screen
    if not screen.is_mounted or screen._callbacks or app._resize_timer or _is_busy(app):
        return False
    return not any(_is_busy(node) for one in app.screen_stack for node in one.walk_children(with_self=True))


def _has_screen(app: App[Any]) -> bool:
    """Return whether the app has not ended."""
    try:
        return bool(app.screen)
    except ScreenError:
        return False


def _has_ready(loop: asyncio.AbstractEventLoop) -> bool:
    return bool(getattr(loop, "_ready", ()))


async def _wait_until_idle(app: App[Any]) -> None:
    await asyncio.sleep(0)
    begin, checks = time.process_time(), 0
    while checks < _MAX_CHECKS or time.process_time() - begin < _MAX_CPU_S:
        if _is_idle(app):
            return
        checks += 1
        await asyncio.sleep(0 if _has_ready(asyncio.get_running_loop()) else 0.005)


def _has_frame(screen: Screen[Any]) -> bool:
    """Return whether something is to be laid out or drawn."""
    return bool(
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._dirty_widgets
        or screen._callbacks
    )


async def _finish(app: App[Any]) -> None:
    """Let the app do its work and draw it, and do the work that follows from a layout."""
    for _ in range(_MAX_FRAMES):
        await _wait_until_idle(app)
        if not _has_screen(app):
            break
        get_scheduler(app).flush_all()  # Text is drawn by a timer, which is late on a busy machine.
        app.screen._on_timer_update()
        fast_textual.draw_changes(app)
        if _is_idle(app) and not _has_frame(app.screen):
            break


async def _pause_until_idle(self: Pilot[Any], delay: float | None = None) -> None:
    if delay is None:
        await _finish(self.app)
    else:
        await asyncio.sleep(delay)
        self.app.screen._on_timer_update()
        fast_textual.draw_changes(self.app)


async def _press_when_idle(self: Pilot[Any], *keys: str) -> None:
    # A user presses a key when the screen is there: while one is being built, keys are ignored.
    await _wait_until_idle(self.app)
    for key in keys:
        await self.app._press_keys([key])
        await _finish(self.app)


async def _let_others_run(min_sleep: float = 0.0, max_sleep: float = 0.0) -> None:
    await asyncio.sleep(0)


def _count_in_executor(self: BaseEventLoop, *args: Any) -> asyncio.Future[Any]:
    future = _run_in_executor(self, *args)
    _in_threads.add(future)
    return future


def install() -> None:
    """Use these in all tests of this process."""
    Pilot.pause = _pause_until_idle  # type: ignore[method-assign]
    Pilot.press = _press_when_idle  # type: ignore[method-assign]
    textual.app.wait_for_idle = _let_others_run  # type: ignore[attr-defined]
    BaseEventLoop.run_in_executor = _count_in_executor  # type: ignore[method-assign, assignment]
