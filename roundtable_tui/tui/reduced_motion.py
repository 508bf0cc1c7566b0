"""Reduced motion: no blinking and no animation, and figures are updated less often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import App

REDUCED_INTERVAL_S = 2.0
"""Seconds between updates of clocks and rates."""
_ENV_VARIABLES = ("NO_MOTION", "REDUCE_MOTION", "PREFERS_REDUCED_MOTION")
"""Environment variables used by other programs; any value but 0, no or false requests reduced motion."""


def is_reduced_motion_requested(environ: Mapping[str, str]) -> bool:
    """Return whether the environment requests it; Textual itself reads TEXTUAL_ANIMATIONS=none."""
    return any(environ.get(name, "0").lower() not in ("", "0", "no", "false") for name in _ENV_VARIABLES)


def is_motion_reduced(app: App[Any]) -> bool:
    """Return whether the settings (`animations = false`) or the environment request it for this app."""
    return app.animation_level == "none"
