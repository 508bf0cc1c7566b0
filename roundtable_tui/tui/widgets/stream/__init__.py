"""The drawing of a live stream: a model of the transcript, and the widget that shows it."""

from .document import StreamDocument
from .ticker import StreamTicker, ticker_of
from .view import StreamView

__all__ = ["StreamDocument", "StreamTicker", "StreamView", "ticker_of"]
