"""The base classes of all screens and dialogs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from textual import events, on
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.worker import Worker

from roundtable_tui.tui.background import run_in_background
from roundtable_tui.tui.key_hold import get_key_hold
from roundtable_tui.utils.text import single_line

R = TypeVar("R")

NOTICE_TIMEOUT_S, WARNING_TIMEOUT_S = 4.0, 8.0
MAX_NOTICE_CHARS = 600


class BaseScreen(Screen[R], Generic[R]):
    """A screen that closes with a result of type R. Its background work starts here or by `@background`."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    _was_resumed = False

    @on(events.ScreenResume)
    def _open_first_time(self, event: events.ScreenResume) -> None:
        """Style the widgets once: Textual would do it again right after they were mounted. Take held keys."""
        if not self._was_resumed:
            self._was_resumed = True
            event.refresh_styles = False
            if (hold := get_key_hold(self.app)) is not None:
                self.call_later(hold.end_all)  # Then this event has set the focus.

    def set_focus(
        self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False
    ) -> None:
        """Focus a widget and scroll it into view, if the screen was laid out: before, none is in view."""
        super().set_focus(widget, scroll_visible and bool(self.outer_size), from_app_focus)

    def add_actions(self, actions: Mapping[str, Callable[..., object]]) -> None:
        """Add actions that are methods of something else, such as a controller of this screen.

        Args:
            actions: by the id of the command, as an `action_...` method would be named after it.
        """
        for name, function in actions.items():
            setattr(self, f"action_{name}", function)

    def run_in_background(
        self,
        job: Callable[[], Any],
        *,
        name: str,
        group: str = "default",
        exclusive: bool = False,
        thread: bool = False,
    ) -> Worker[Any]:
        """Start background work of this screen. See `tui.background.run_in_background`."""
        return run_in_background(self, job, name=name, group=group, exclusive=exclusive, thread=thread)

    def show_notice(self, line: str, *, warning: bool = False, timeout: float | None = None) -> None:
        """Show one line of plain text as a toast.

        Args:
            line: The text; line breaks and control characters are removed.
            warning: Something did not work: the line is coloured and stays longer.
            timeout: Seconds that the line stays, instead of the usual time.
        """
        self.notify(
            single_line(line, MAX_NOTICE_CHARS),
            timeout=timeout or (WARNING_TIMEOUT_S if warning else NOTICE_TIMEOUT_S),
            severity="warning" if warning else "information",
            markup=False,
        )


class BaseDialog(ModalScreen[R], BaseScreen[R]):
    """A screen on top of another one, which stays visible behind it."""
