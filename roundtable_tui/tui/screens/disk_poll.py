"""Looks for changes of files on disk while a screen is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.base import BaseScreen

POLL_INTERVAL_S = 1.0
"""Seconds between two looks."""


class DiskPoller:
    """Polls files of a screen.

    Args:
        screen: the screen; nothing is done while another one is in front of it.
        has_changed: returns whether files have changed; called in a thread.
        on_change: called if they have.
    """

    def __init__(
        self, screen: BaseScreen[Any], has_changed: Callable[[], bool], on_change: Callable[[], None]
    ) -> None:
        self.screen = screen
        self._has_changed, self._on_change = has_changed, on_change
        self._is_polling = False

    def start(self) -> None:
        """Poll from now on."""
        self.screen.set_interval(POLL_INTERVAL_S, self.poll)

    @background(group="poll")
    async def poll(self) -> None:
        """Look once."""
        if self._is_polling or not self.screen.is_current:
            return
        self._is_polling = True  # A slow disk is not asked again before it has answered.
        try:
            has_changed = await asyncio.to_thread(self._has_changed)
        finally:
            self._is_polling = False
        if has_changed:
            self._on_change()
