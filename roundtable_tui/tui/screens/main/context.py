"""What the controllers of the main screen share."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.session import Session

START_ACTIONS = frozenset({"use_local", "use_demo"})
"""Actions that work while no question was asked and nothing is typed."""
LIVE_RUN_ACTIONS = frozenset(
    {
        "seat_menu", "mute_seat", "replace_persona", "replace_model", "promote_seat",
        "more_rounds", "fewer_rounds", "change_budget",
    }
)  # fmt: skip
"""Actions that need a run that has not finished."""
MESSAGE_PLACEHOLDER = "Next question (queued), or a message: @all, @name"


class MainContext(NamedTuple):
    """The main screen as its controllers see it."""

    screen: BaseScreen[None]
    session: Session
    update_choices: Callable[[], None]
    """Redraws the row of choices and the placeholder of the input."""
