"""Works around leaks of removed widgets in Textual 8.2, which grow with every question."""

from __future__ import annotations

from typing import Any

from textual._styles_cache import StylesCache
from textual.app import App

RELEASE_INTERVAL_S = 30.0


def release_detached(app: App[Any]) -> None:
    """Release cached rows of removed widgets, and callbacks of footers to removed keys."""
    # This cache of colours is keyed by the row caches of widgets and keeps up to a thousand of them alive.
    StylesCache.get_inner_outer.cache_clear()
    for screen in app.screen_stack:
        for footer in screen.query("Footer"):
            # A footer registers each key again whenever the keys change, and never removes one.
            for bound in getattr(footer, "__watchers", {}).values():
                bound[:] = [(node, callback) for node, callback in bound if node.is_attached]
