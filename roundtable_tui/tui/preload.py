"""Imports the screens and dialogs while the app is idle, so that the first opening of each does not wait."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module

SCREEN_MODULES = (
    "roundtable_tui.tui.screens.dialogs.picker",
    "roundtable_tui.tui.screens.dialogs.palette",
    "roundtable_tui.tui.screens.dialogs.help",
    "roundtable_tui.tui.help_sections",
    "roundtable_tui.tui.screens.dialogs.model_picker",
    "roundtable_tui.tui.screens.dialogs.options",
    "roundtable_tui.tui.screens.dialogs.board",
    "roundtable_tui.tui.screens.dialogs.stats",
    "roundtable_tui.reports.stats",
    "roundtable_tui.history.index",
    "roundtable_tui.tui.screens.runs.screen",
    "roundtable_tui.tui.screens.replay.screen",
    "roundtable_tui.tui.screens.library.tasks.list",
    "roundtable_tui.tui.screens.library.personas",
    "roundtable_tui.tui.screens.library.teams",
    "roundtable_tui.tui.screens.servers.screen",
    "roundtable_tui.tui.screens.settings.screen",
)
"""Modules of the screens that keys open, the most used first."""
GAP_S = 0.05
"""Seconds between two imports: a key that comes meanwhile waits for one import at most."""


async def preload_screens() -> None:
    """Import the modules of the screens one by one, here: two threads that import can deadlock."""
    for name in SCREEN_MODULES:
        if name not in sys.modules:
            import_module(name)
            await asyncio.sleep(GAP_S)
