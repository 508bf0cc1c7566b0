"""What the controllers of the main screen share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.session import Session


@dataclass(frozen=True, slots=True)
class MainContext:
    """The main screen as its controllers see it."""

    screen: BaseScreen[None]
    session: Session
    update_choices: Callable[[], None]
    """Redraws the row of choices and the placeholder of the input."""
