"""Reduced motion: nothing blinks, slides or turns, and figures change at a slower pace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import App

REDUCED_INTERVAL_S = 2.0
"""Seconds between two readings of clocks and rates."""
_ENV_VARIABLES = ("NO_MOTION", "REDUCE_MOTION", "PREFERS_REDUCED_MOTION")
"""Variables that some programs go by, set to anything but 0."""


def is_reduced_motion_requested(environ: Mapping[str, str]) -> bool:
    """Tell whether the environment asks for it; Textual reads TEXTUAL_ANIMATIONS=none by itself."""
    return any(environ.get(name, "0").lower() not in ("", "0", "no", "false") for name in _ENV_VARIABLES)


def is_motion_reduced(app: App[Any]) -> bool:
    """Tell whether nothing is to move in this app: `animations = false`, or the environment asks for it."""
    return app.animation_level == "none"
