"""The engine: seats, board, captain, events and the record. Knows no screen.

What a mode needs is named here, and imported only when it is asked for: the screen wants the
events alone, and wants them before its first frame.
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
    """Import a name from its home."""
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
