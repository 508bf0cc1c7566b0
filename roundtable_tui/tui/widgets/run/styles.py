"""The style sheet of the panes of a run, which the first frame does not need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App

RUN_STYLES = Path(__file__).with_name("run.tcss")
"""A screen that is built with panes names it in its `CSS_PATH`."""


def load_run_styles(app: App[Any]) -> None:
    """Add the style sheet to an app, for a screen that gets its panes after the first frame."""
    if not app.stylesheet.has_source(str(RUN_STYLES)):
        app.stylesheet.add_source(RUN_STYLES.read_text(encoding="utf-8"), (str(RUN_STYLES), ""))
