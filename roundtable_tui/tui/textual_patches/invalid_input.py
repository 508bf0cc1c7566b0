"""Replaces invalid UTF-8 from the keyboard; Textual 8.2 would end the app with a traceback."""

from __future__ import annotations

import codecs
from functools import partial


def install_invalid_input_patch() -> None:
    """Make Textual decode the keyboard with replacement characters."""
    try:
        from textual.drivers import linux_driver
    except ImportError:  # Windows: the driver reads text, not bytes.
        return
    reader = partial(codecs.getincrementaldecoder("utf-8"), "replace")
    linux_driver.getincrementaldecoder = lambda name: reader  # type: ignore[attr-defined]
