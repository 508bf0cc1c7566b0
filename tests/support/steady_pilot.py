"""Let a pilot's pause end when the app has done and drawn its work, and its keys come after that.

Textual's own pause ends when the process has used little CPU time for 20 ms. On a busy machine that is also
true while the process waits for a core, and a test continues before its keys and sizes have had their effect.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from roundtable_tui.tui.widgets.transcript.draw_scheduler import get_scheduler

_MAX_CHECKS, _MAX_CPU_S = 40, 0.1
"""An app that streams is never idle for long: a pause in it ends after both, checks and processor time."""
_pause, _press = Pilot.pause, Pilot.press


def _is_idle(app: App[Any]) -> bool:
    """Return whether nothing waits: no callback of the event loop, and no message of a widget."""
    ready = getattr(asyncio.get_running_loop(), "_ready", ())
    if ready or not app.screen.is_mounted or not app._message_queue.empty() or app._next_callbacks:
        return False
    return not any(
        node.is_running and (not node._message_queue.empty() or node._next_callbacks)
        for screen in app.screen_stack
        for node in screen.walk_children(with_self=True)
    )


async def _wait_until_idle(app: App[Any]) -> None:
    begin, checks = time.process_time(), 0
    while checks < _MAX_CHECKS or time.process_time() - begin < _MAX_CPU_S:
        if _is_idle(app):
            return
        checks += 1
        await asyncio.sleep(0.005)


async def _pause_until_idle(self: Pilot[Any], delay: float | None = None) -> None:
    await _pause(self, delay)
    if delay is None:
        await _wait_until_idle(self.app)
        get_scheduler(self.app).flush_all()  # Text is drawn by a timer, which is late on a busy machine.
        self.app.screen._on_timer_update()


async def _press_when_idle(self: Pilot[Any], *keys: str) -> None:
    # A user presses a key when the screen is there: while one is being built, keys are ignored.
    await _wait_until_idle(self.app)
    await _press(self, *keys)


def install() -> None:
    """Use these in all tests of this process."""
    Pilot.pause = _pause_until_idle  # type: ignore[method-assign]
    Pilot.press = _press_when_idle  # type: ignore[method-assign]
