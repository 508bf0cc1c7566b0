"""The drawing of a live stream: a model of the transcript, and the widget that shows it."""

from roundtable_tui.tui.widgets.stream.document import StreamDocument
from roundtable_tui.tui.widgets.stream.ticker import StreamTicker, ticker_of
from roundtable_tui.tui.widgets.stream.view import StreamView

__all__ = ["StreamDocument", "StreamTicker", "StreamView", "ticker_of"]
