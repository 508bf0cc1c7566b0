"""The engine: runs a mode with seats, a board and a captain, and records its events.

Exports what modes need. Names are imported on first use: the app needs only the events before its
first frame.
"""

from typing import TYPE_CHECKING

from roundtable_tui.utils import import_when_used

if TYPE_CHECKING:
    from roundtable_tui.engine.board import Entry
    from roundtable_tui.engine.mode import Answer, Mode, NoAnswer, NoAnswerError, Options
    from roundtable_tui.engine.seat import Seat
    from roundtable_tui.engine.table import Table
    from roundtable_tui.engine.turn import Turn

__all__ = ["Answer", "Entry", "Mode", "NoAnswer", "NoAnswerError", "Options", "Seat", "Table", "Turn"]

__getattr__ = import_when_used(
    __name__,
    {
        "board": ("Entry",),
        "mode": ("Answer", "Mode", "NoAnswer", "NoAnswerError", "Options"),
        "seat": ("Seat",),
        "table": ("Table",),
        "turn": ("Turn",),
    },
)
