"""Waiting for conditions in an app under test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from tests.support import fast_textual


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Let the app run until its screen is built and `condition` holds; fail after a minute or more."""
    for _ in range(3000):
        screens = pilot.app.screen_stack
        if (not screens or screens[-1].is_mounted) and condition():
            if screens:
                fast_textual.draw_changes(pilot.app)
            return
        await asyncio.sleep(0.02)  # A pause of the pilot sends a message to every widget.
        pilot.app.screen._on_timer_update()
    raise AssertionError(f"never came about: {what or condition}")
