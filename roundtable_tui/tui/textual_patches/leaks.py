"""Lets go of what Textual 8.2 keeps of widgets that are gone: it grows with every question."""

from __future__ import annotations

from typing import Any

from textual._styles_cache import StylesCache
from textual.app import App
from textual.widgets import Footer

RELEASE_INTERVAL_S = 30.0


def release_detached(app: App[Any]) -> None:
    """Forget the drawn rows of widgets that were removed, and the keys that footers no longer show."""
    # A cache of colours is keyed by its widget's cache of rows, and so keeps a thousand of these alive.
    StylesCache.get_inner_outer.cache_clear()
    for screen in app.screen_stack:
        for footer in screen.query(Footer):
            # Each key is bound to its footer anew whenever the keys change, and never unbound.
            for bound in getattr(footer, "__watchers", {}).values():
                bound[:] = [(node, told) for node, told in bound if node.is_attached]
