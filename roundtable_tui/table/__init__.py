"""The engine: seats, board, captain, events and the record. Knows no screen."""

from roundtable_tui.table.board import Entry
from roundtable_tui.table.mode import Answer, Mode, NoAnswer, Options
from roundtable_tui.table.seat import Seat
from roundtable_tui.table.table import Table
from roundtable_tui.table.turn import Turn

__all__ = ["Answer", "Entry", "Mode", "NoAnswer", "Options", "Seat", "Table", "Turn"]
