"""The Python API: the client `Roundtable`, its run handles and results, and the function `pro_mode`."""

from __future__ import annotations

from roundtable_tui.api.client import Roundtable
from roundtable_tui.api.pro import pro_mode
from roundtable_tui.api.run_handle import Result, RunHandle

__all__ = ["Result", "Roundtable", "RunHandle", "pro_mode"]
