"""Mode `loop`: a questioner, a creator, a mediator and a scribe, turn after turn."""

from roundtable_tui.modes.loop.mode import MODE

__all__ = ["MODE"]
