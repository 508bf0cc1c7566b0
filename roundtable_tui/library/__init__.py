"""Roundtable in a program: `Roundtable`, its runs and results, and the plain function `pro_mode`."""

from __future__ import annotations

from roundtable_tui.library.pro import pro_mode
from roundtable_tui.library.table import Going, Result, Roundtable

__all__ = ["Going", "Result", "Roundtable", "pro_mode"]
