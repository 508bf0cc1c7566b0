"""The list of the earlier questions of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import App

from roundtable_tui.tui.conversation import ThreadEntry
from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.utils.text import single_line


async def choose_earlier_run(app: App[Any], runs: Sequence[ThreadEntry], current: str) -> ThreadEntry | None:
    """Return the run of the conversation that the user chooses; None for none.

    Args:
        app: The app.
        runs: The conversation, oldest question first; runs whose record is gone are left out.
        current: The id of the run that is shown.
    """
    found = {one.run: one for one in runs if one.folder is not None}
    items = [
        Item(one.run, single_line(one.question, 200), single_line(one.answer, 200)) for one in found.values()
    ]
    chosen = await app.push_screen_wait(Picker("Earlier questions", items[::-1], current=current))
    return found.get(chosen) if chosen else None
