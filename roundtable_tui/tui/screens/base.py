"""The base classes of all screens and dialogs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from textual import events, on
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.worker import Worker

from roundtable_tui.tui.background import run_in_background
from roundtable_tui.tui.key_hold import get_key_hold
from roundtable_tui.utils.text import single_line

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")

NOTICE_TIMEOUT_S, WARNING_TIMEOUT_S = 4.0, 8.0
MAX_NOTICE_CHARS = 600


def offered(
    condition: Callable[[Any], object], *, hide: bool = False
) -> Callable[[Callable[Concatenate[S, P], T]], Callable[Concatenate[S, P], T | None]]:
    """Make an action that can be done only while a condition is met.

    Otherwise it does nothing, and its key is greyed out; with `hide` its key is not shown.

    Args:
        condition: gets what the method belongs to.
        hide: whether to hide the key instead.
    """

    def decorate(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T | None]:
        inner = getattr(method, "check_offer", None)

        @wraps(method)
        def start(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T | None:
            return method(self, *args, **kwargs) if condition(self) else None

        def check_offer(self: S) -> bool | None:
            if not condition(self):
                return False if hide else None
            return True if inner is None else inner(self)

        action: Any = start
        action.check_offer = check_offer
        return start

    return decorate


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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action can be done now, see `offered`."""
        method: Any = getattr(self, f"action_{action}", None)
        if not hasattr(method, "check_offer"):
            return True
        is_offered: bool | None = method.check_offer(method.__self__)
        return is_offered

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
