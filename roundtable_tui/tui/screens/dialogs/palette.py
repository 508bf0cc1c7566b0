"""The command palette: every command that can be used now, found by typing a part of its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.screen import Screen

from roundtable_tui.tui.commands import SCOPE_TITLES, format_keys
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.slash_commands import list_usable_commands
from roundtable_tui.tui.widgets.lists.item_list import Item


class CommandPicker(Picker):
    """Closes with the id of the chosen command, or None."""


def make_command_items(screen: Screen[Any], keys: Mapping[str, str]) -> list[Item]:
    """Return the commands that can be used now on a screen, by scope, with their keys.

    Args:
        screen: The screen that the commands act on.
        keys: Keys from the settings, by command.
    """
    found = [
        Item(
            one.id,
            one.title,
            f"{one.help}  /{one.slash}",
            SCOPE_TITLES[one.scope].lower(),
            format_keys(keys.get(one.id, one.keys)),
        )
        for one in list_usable_commands(screen)
    ]
    # What concerns the screen comes before what works anywhere.
    return sorted(found, key=lambda item: item.group == SCOPE_TITLES["app"].lower())
