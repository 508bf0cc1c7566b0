"""Imports the screens and dialogs while the app is idle, so that the first opening of each does not wait."""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

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
    "roundtable_tui.tui.screens.library.personas.list",
    "roundtable_tui.tui.screens.library.teams.list",
    "roundtable_tui.tui.screens.library.servers.list",
    "roundtable_tui.tui.screens.settings.screen",
    "roundtable_tui.tui.screens.dialogs.quit",
    "roundtable_tui.tui.screens.dialogs.text_prompt",
    "roundtable_tui.tui.screens.dialogs.theme_picker",
    "roundtable_tui.tui.screens.runs.fork",
    "roundtable_tui.tui.screens.bench.screen",
    "roundtable_tui.tui.screens.batch.screen",
)
"""Modules of the screens that keys open, the most used first."""
GAP_S = 0.05
"""Seconds between two imports: a key that comes meanwhile waits for one import at most."""


async def preload_screens(app: App[Any]) -> None:
    """Import the screens one by one, here: two threads that import can deadlock; then read their styles."""
    for name in SCREEN_MODULES:
        if name not in sys.modules:
            import_module(name)
            await asyncio.sleep(GAP_S)
    new = [path for path in _list_style_sheets() if not app.stylesheet.has_source(str(path), "")]
    for path in new:
        app.stylesheet.read(path)
        await asyncio.sleep(0)
    for kind in _list_widgets():
        # Textual does this for the first widget of each kind, which waits until its rules are parsed.
        for read_from, css, tie_breaker, scope in kind._get_default_css(object.__new__(kind)):
            app.stylesheet.add_source(css, read_from, True, tie_breaker, scope)
    if new:
        app.stylesheet.parse()  # Which keeps what it has parsed; `reparse` does not.
        app.stylesheet.update(app)
    gc.freeze()  # Nothing of it is garbage: the opening of a screen does not wait for a look at it.


def _list_style_sheets() -> list[Path]:
    """Return the style sheets of the imported screens, as Textual names them."""
    found: dict[Path, None] = {}
    for name in SCREEN_MODULES:
        for kind in vars(sys.modules[name]).values():
            if not (isinstance(kind, type) and issubclass(kind, Screen)) or not kind.CSS_PATH:
                continue
            given = kind.CSS_PATH if isinstance(kind.CSS_PATH, list) else [kind.CSS_PATH]
            base = Path(getattr(kind, "_BASE_PATH", None) or inspect.getfile(kind)).parent
            found.update(dict.fromkeys((base / path).resolve() for path in given))
    return list(found)


def _list_widgets() -> list[type[Widget]]:
    """Return the kinds of widgets that the imported screens name."""
    kinds = [kind for name in SCREEN_MODULES for kind in vars(sys.modules[name]).values()]
    found = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Widget)]
    return [kind for kind in dict.fromkeys(found) if not issubclass(kind, Screen)]
