"""What a person types or pastes may hold bytes that are no text: they become signs, and end nothing."""

from __future__ import annotations

import codecs
from functools import partial


def install_invalid_input_patch() -> None:
    """Have Textual read the keyboard so: left alone, it ends the app with a traceback at such a byte."""
    try:
        from textual.drivers import linux_driver
    except ImportError:  # Another system: its keyboard comes as text.
        return
    reader = partial(codecs.getincrementaldecoder("utf-8"), "replace")
    linux_driver.getincrementaldecoder = lambda name: reader  # type: ignore[attr-defined]
