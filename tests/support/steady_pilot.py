"""Let a pilot's pause end when the app has done its work, and its keys come after that, on any machine.

Textual's own pause ends when the process has used little CPU time for 20 ms. On a busy machine that is also
true while the process waits for a core, and a test continues before its keys and sizes have had their effect.
"""

from __future__ import annotations

import asyncio
from typing import Any

from textual.app import App
from textual.pilot import Pilot

_MAX_CHECKS = 40
"""An app that streams is never idle for long; a pause in it ends all the same."""
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
    for _ in range(_MAX_CHECKS):
        if _is_idle(app):
            return
        await asyncio.sleep(0.005)


async def _pause_until_idle(self: Pilot[Any], delay: float | None = None) -> None:
    await _pause(self, delay)
    if delay is None:
        await _wait_until_idle(self.app)
        self.app.screen._on_timer_update()


async def _press_when_idle(self: Pilot[Any], *keys: str) -> None:
    # A user presses a key when the screen is there: while one is being built, keys are ignored.
    await _wait_until_idle(self.app)
    await _press(self, *keys)


def install() -> None:
    """Use these in all tests of this process."""
    Pilot.pause = _pause_until_idle  # type: ignore[method-assign]
    Pilot.press = _press_when_idle  # type: ignore[method-assign]
