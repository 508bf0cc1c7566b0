"""The transcript of a seat: its model (`StreamDocument`) and the widget that draws it (`StreamView`)."""

from roundtable_tui.tui.widgets.transcript.document import StreamDocument
from roundtable_tui.tui.widgets.transcript.draw_scheduler import DrawScheduler, get_scheduler
from roundtable_tui.tui.widgets.transcript.view import StreamView

__all__ = ["DrawScheduler", "StreamDocument", "StreamView", "get_scheduler"]
