"""The table of keys: one key has one meaning, in all commands and in all bindings of widgets."""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module
from pkgutil import walk_packages

from textual.dom import DOMNode

from roundtable_tui import tui
from roundtable_tui.tui.commands import COMMANDS, NO_KEY
from roundtable_tui.tui.help_sections import get_declared_bindings, to_binding
from roundtable_tui.tui.keys import KEYS

CURSOR_KEYS = {"up", "down", "pageup", "pagedown", "home", "end", "ctrl+home", "ctrl+end", *"0123456789"}
"""Keys that move a cursor, set a value or choose a pane by its number."""
WIDGET_MEANINGS = {
    "Undo typing": "undo", "Undo": "undo", "Back": "back", "Cancel": "back", "Stay": "back", "Leave": "open",
    "Save": "save", "Reset": "reload", "Fork": "continue", "Reasoning": "reasoning", "Select": "open",
    "Less": "previous turn", "More": "next turn", "Open": "next turn", "Fold": "previous turn",
    "Open or fold": "play",
}  # fmt: skip
"""Bindings that widgets declare themselves -> the meaning of their key in the table. Left and right are
one step back and forth, space switches something on and off.
"""
CLOSING_KEYS = {"BoardScreen": "board", "StatsScreen": "report", "HelpScreen": "help"}
"""Screens that the key that opens them closes again."""
ALSO_OPENS = {"reasoning"}
"""Meanings that enter has too, where nothing else can be opened."""


def meanings_of_widgets() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    ids = {command.id for command in COMMANDS}
    for module in walk_packages(tui.__path__, f"{tui.__name__}."):
        for kind in vars(import_module(module.name)).values():
            if not (isinstance(kind, type) and issubclass(kind, DOMNode)):
                continue
            if not kind.__module__.startswith(tui.__name__):
                continue
            for binding in map(to_binding, get_declared_bindings(kind)):
                for key in binding.key.split(","):
                    is_choice = key in ("left", "right") and binding.description == "Choose"
                    if binding.id in ids or key in CURSOR_KEYS or is_choice:
                        continue
                    meaning = WIDGET_MEANINGS.get(
                        binding.description, f"{kind.__name__}: {binding.description}"
                    )
                    if key in KEYS.get(CLOSING_KEYS.get(kind.__name__, ""), "").split(","):
                        meaning = CLOSING_KEYS[kind.__name__]
                    if key == "enter" and (meaning in ALSO_OPENS or binding.description == "Open"):
                        meaning = "open"
                    found[key].add(meaning)
    return found


def test_keys_table_each_key_has_one_meaning() -> None:
    meanings: dict[str, set[str]] = defaultdict(set)
    for meaning, keys in KEYS.items():
        for key in keys.split(","):
            meanings[key].add(meaning)
    for key, found in meanings_of_widgets().items():
        meanings[key] |= found
    assert {key: found for key, found in meanings.items() if len(found) > 1} == {}


def test_keys_table_holds_every_binding_of_widgets() -> None:
    outside = {
        key: {meaning for meaning in found if key not in KEYS.get(meaning, "").split(",")}
        for key, found in meanings_of_widgets().items()
    }
    assert {key: found for key, found in outside.items() if found} == {}


def test_keys_table_every_meaning_is_used_and_known() -> None:
    used = {meaning for command in COMMANDS for meaning in command.meaning.split(",") if meaning}
    assert used == set(KEYS)
    assert NO_KEY not in KEYS.values()


def test_slash_names_are_unique_among_commands_of_one_screen() -> None:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for places in (("app", "table", "pane", "run"), ("runs", "run", "app"), ("replay", "run", "pane", "app")):
        names = [one.slash for one in COMMANDS if one.scope in places and one.palette]
        found[places] = sorted({name for name in names if names.count(name) > 1})
    assert not any(found.values()), found
