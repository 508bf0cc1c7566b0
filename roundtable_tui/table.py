"""The engine under its former name: modes outside this package import from `roundtable_tui.table`."""

from typing import TYPE_CHECKING, Any

from roundtable_tui import engine

if TYPE_CHECKING:
    from roundtable_tui.engine import Answer, Entry, Mode, NoAnswer, NoAnswerError, Options, Seat, Table, Turn

__all__ = ["Answer", "Entry", "Mode", "NoAnswer", "NoAnswerError", "Options", "Seat", "Table", "Turn"]


def __getattr__(name: str) -> Any:
    """Return the engine's name."""
    return getattr(engine, name)
