"""A slider of one row, moved by keys or the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class Slider(Widget, can_focus=True):
    """A slider with a `value` from `low` to `high`.

    Left and right move to the next multiple of `step`, home and end to the ends, a digit to that many
    tenths of the range; a click or a drag moves to the mouse, in steps.
    """

    DEFAULT_CSS = """
    Slider {
        height: 1;
        width: 1fr;
        color: $primary;
        & > .slider--rest { color: $panel-lighten-2; }
        & > .slider--handle { color: $foreground; }
        &:focus { color: $accent; }
        &:focus > .slider--handle { color: $accent; text-style: bold; }
        &:disabled { color: $text-disabled; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"slider--rest", "slider--handle"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Less", show=False),
        Binding("right", "move(1)", "More", show=False),
        Binding("home", "share(0)", "Minimum", show=False),
        Binding("end", "share(10)", "Maximum", show=False),
        *(Binding(str(n), f"share({n})", f"{n}/10", show=False) for n in range(10)),
    ]

    value: reactive[float] = reactive(0.0)

    @dataclass
    class Changed(Message):
        """The value has changed."""

        slider: Slider
        value: float

        @property
        def control(self) -> Slider:
            """The slider."""
            return self.slider

    def __init__(
        self,
        value: float = 0.0,
        *,
        low: float = 0.0,
        high: float = 1.0,
        step: float = 0.05,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.low, self.high, self.step = low, high, step
        self.set_reactive(Slider.value, self.validate_value(value))

    def validate_value(self, value: float) -> float:
        """Limit the value to the range."""
        return min(max(value, self.low), self.high)

    def watch_value(self, value: float) -> None:
        """Report a change."""
        self.post_message(self.Changed(self, value))

    def render(self) -> Content:
        """Draw the line with the handle."""
        width = self.content_size.width
        at = round((self.value - self.low) / (self.high - self.low) * (width - 1))
        rest, handle = (self.get_visual_style(f"slider--{part}") for part in ("rest", "handle"))
        return Content.assemble("━" * at, ("●", handle), ("━" * (width - at - 1), rest))

    def action_move(self, steps: int) -> None:
        """Move by a number of steps, to multiples of the step."""
        at = (self.value - self.low) / self.step
        # Tolerance for rounding errors: 0.15000000000000002 is the third step of 0.05, not beyond it.
        near = round(at)
        place = near if abs(at - near) < 1e-6 else at - at % 1 + (steps < 0)
        self.value = self._round_value(self.low + (place + steps) * self.step)

    def action_share(self, tenths: int) -> None:
        """Move to a number of tenths of the range."""
        self.value = self._round_value(self.low + (self.high - self.low) * tenths / 10)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Start dragging."""
        self.capture_mouse()
        self._move_to_mouse(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the handle while it is dragged."""
        if self.app.mouse_captured is self:
            self._move_to_mouse(event)

    def on_mouse_up(self) -> None:
        """End dragging."""
        self.release_mouse()

    def _move_to_mouse(self, event: events.MouseEvent) -> None:
        x = event.screen_x - self.content_region.x
        share = x / max(1, self.content_size.width - 1)
        steps = round((self.high - self.low) * share / self.step)
        self.value = self._round_value(self.low + steps * self.step)

    @staticmethod
    def _round_value(value: float) -> float:
        """Remove rounding errors: 0.15, not 0.15000000000000002."""
        return round(value, 6)
