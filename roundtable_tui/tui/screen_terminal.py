"""Finds the terminal to draw on: stderr, else stdout, else the controlling terminal."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import IO

CONTROLLING_TERMINAL = "/dev/tty"


@cache
def find_screen_terminal() -> IO[str] | None:
    """Return the terminal to draw on, as a text stream; None if there is none.

    Any of the streams may be redirected, closed or full.
    """
    for stream in (sys.__stderr__, sys.__stdout__):
        if stream is not None and _is_terminal(stream):
            return stream
    try:
        return open(CONTROLLING_TERMINAL, "w", encoding="utf-8", errors="replace")  # noqa: PTH123
    except OSError:
        return None


def screen_size(terminal: IO[str]) -> tuple[int, int] | None:
    """Return columns and rows of a terminal, None if it does not say."""
    try:
        columns, rows = os.get_terminal_size(terminal.fileno())
    except (OSError, ValueError):
        return None
    return (columns, rows) if columns and rows else None


def is_size_given() -> bool:
    """Return whether COLUMNS or LINES of the environment give a size."""
    return bool(os.environ.get("COLUMNS") or os.environ.get("LINES"))


def _is_terminal(stream: IO[str]) -> bool:
    try:
        return stream.isatty()
    except (OSError, ValueError):
        return False
