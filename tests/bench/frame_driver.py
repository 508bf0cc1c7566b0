"""A terminal driver that ends the process at the first frame, so that nothing after it is measured."""

from __future__ import annotations

import os

from textual.drivers.linux_driver import LinuxDriver

MARK = "Type a question"
"""Words of the welcome, which stands in the first frame."""


class FirstFrameDriver(LinuxDriver):
    """Textual's driver until the frame with `MARK` is written."""

    def write(self, data: str) -> None:
        """Write to the terminal, or exit."""
        if MARK in data:
            os._exit(0)
        super().write(data)
