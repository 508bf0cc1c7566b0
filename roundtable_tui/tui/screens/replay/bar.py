"""The bar of a replay: speed, position and phases; drag it to seek."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from roundtable_tui.history.player import INSTANT
from roundtable_tui.utils.format import format_clock

_MIN_BAR_CELLS = 8
"""A narrower bar leaves out the times."""


class ReplayBar(Widget, can_focus=False):
    """One row; a click or a drag on the bar posts `SeekRequested`."""

    DEFAULT_CSS = """
    ReplayBar {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $primary;
        & > .bar--rest { color: $panel-lighten-3; }
        & > .bar--handle { color: $accent; text-style: bold; }
        & > .bar--figures { color: $foreground; }
    }
    """
    ALLOW_SELECT = False
    """Dragging moves the handle instead of selecting text."""
    COMPONENT_CLASSES = {"bar--rest", "bar--handle", "bar--figures"}

    at: reactive[float] = reactive(0.0)
    state: reactive[str] = reactive("")

    @dataclass
    class SeekRequested(Message):
        """The user seeks to `at`, in seconds since the start of the run."""

        at: float

        def can_replace(self, message: Message) -> bool:
            """Let a later request replace a pending one."""
            return isinstance(message, ReplayBar.SeekRequested)

    def __init__(self, length: float, marks: Sequence[float] = (), *, id: str | None = None) -> None:
        """Take the length of the run and the starts of its phases, in seconds."""
        super().__init__(id=id)
        self.length = length
        self.marks = marks
        self._bar_span = (0, 1)
        """First cell and width of the bar itself, when it was last drawn."""

    def set_length(self, length: float, marks: Sequence[float]) -> None:
        """Take the length of a run that has become longer, and the starts of its phases, in seconds."""
        self.length, self.marks = length, marks
        self.refresh()

    def show(self, at: float, speed: float, *, playing: bool, over: bool) -> None:
        """Show position and speed."""
        sign = "►" if playing else "■" if over else "‖"
        self.state = f"{sign} {format_speed(speed)}"
        self.at = at

    def render(self) -> Content:
        """Draw state, times and bar."""
        width = self.content_size.width
        left = f"{self.state}  {format_clock(self.at)} "
        right = f" {format_clock(self.length)}"
        room = width - cell_len(left) - cell_len(right)
        if room < _MIN_BAR_CELLS:
            left, right = f"{self.state[:1]} ", ""
            room = max(1, width - cell_len(left))
        self._bar_span = (cell_len(left), room)
        figures, rest, handle = (
            self.get_visual_style(f"bar--{part}") for part in ("figures", "rest", "handle")
        )
        marks = {self._get_cell(mark, room) for mark in self.marks if 0 < mark < self.length}
        here = self._get_cell(self.at, room)
        parts = [Content.styled(left, figures)]
        for cell in range(room):
            if cell == here:
                parts.append(Content.styled("●", handle))
            elif cell < here:
                parts.append(Content("╋" if cell in marks else "━"))
            else:
                parts.append(Content.styled("┼" if cell in marks else "─", rest))
        return Content("").join([*parts, Content.styled(right, figures)])

    def _get_cell(self, at: float, room: int) -> int:
        return min(room - 1, round(at / self.length * (room - 1))) if self.length else room - 1

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Seek, and follow the mouse."""
        self.capture_mouse()
        self._seek_to_mouse(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while it is held."""
        if self.app.mouse_captured is self:
            self._seek_to_mouse(event)

    def on_mouse_up(self) -> None:
        """Stop following the mouse."""
        self.release_mouse()

    def _seek_to_mouse(self, event: events.MouseEvent) -> None:
        first, room = self._bar_span
        x = event.screen_x - self.content_region.x - first
        share = min(max(x / max(1, room - 1), 0.0), 1.0)
        self.post_message(self.SeekRequested(share * self.length))


def format_speed(speed: float) -> str:
    """Return a speed for display, e.g. 2×."""
    return "at once" if speed == INSTANT else "½×" if speed == 0.5 else f"{speed:g}×"
