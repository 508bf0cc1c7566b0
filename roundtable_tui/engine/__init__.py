"""The engine: runs a mode with seats, a board and a captain, and records its events.

Exports what modes need. Names are imported on first use: the app needs only the events before its
first frame.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roundtable_tui.engine.board import Entry
    from roundtable_tui.engine.mode import Answer, Mode, NoAnswer, NoAnswerError, Options
    from roundtable_tui.engine.seat import Seat
    from roundtable_tui.engine.table import Table
    from roundtable_tui.engine.turn import Turn

_MODULES = {
    "Answer": "mode",
    "Entry": "board",
    "Mode": "mode",
    "NoAnswer": "mode",
    "NoAnswerError": "mode",
    "Options": "mode",
    "Seat": "seat",
    "Table": "table",
    "Turn": "turn",
}

__all__ = ["Answer", "Entry", "Mode", "NoAnswer", "NoAnswerError", "Options", "Seat", "Table", "Turn"]


def __getattr__(name: str) -> Any:
    """Import an exported name from its module."""
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
