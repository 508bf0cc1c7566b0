"""The base classes of all screens and dialogs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from roundtable_tui.tui.background import run_in_background

R = TypeVar("R")

NOTICE_TIMEOUT_S = 3.0


class BaseScreen(Screen[R], Generic[R]):
    """A screen that closes with a result of type R. Its background work starts here or by `@background`."""

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

    def show_notice(self, line: str) -> None:
        """Show a line for a short time, as plain text."""
        self.notify(line, timeout=NOTICE_TIMEOUT_S, markup=False)


class BaseDialog(ModalScreen[R], BaseScreen[R]):
    """A screen on top of another one, which stays visible behind it."""
