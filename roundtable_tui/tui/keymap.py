"""Validates the `[keys]` section of the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual.keys import Keys, key_to_character

from roundtable_tui.tui.commands import COMMANDS, Command, CommandScope, format_keys
from roundtable_tui.utils.text import single_line

CONCURRENT_SCOPES: tuple[tuple[CommandScope, ...], ...] = (
    ("table", "pane", "app"),
    ("runs", "run", "app"),
    ("replay", "run", "pane", "app"),
)
"""Scopes whose keys are active at the same time."""
_PANE_COMMANDS = frozenset({"zoom", "follow_speaker", "copy_answer", "copy_pane", "reasoning", "board"})
_KEY_SYMBOLS = {"slash": "/", "plus": "+", "minus": "-", "underscore": "_", "at": "@"}
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
_KEY_NAMES = frozenset(str(key.value).split("+")[-1] for key in Keys)


def validate_keys(keys: Mapping[str, str], known: Iterable[str] = ()) -> tuple[dict[str, str], list[str]]:
    """Check keys from the settings.

    Args:
        keys: Comma-separated keys, by command id.
        known: Ids of bindings that are declared outside the commands.

    Returns:
        The usable keys by command id, and a line for each error. A command with an unusable key keeps its
        default; a key that conflicts with another command is reported and used.
    """
    from roundtable_tui.config import did_you_mean

    commands = {command.id: command for command in COMMANDS}
    there = {*commands, *known}
    usable: dict[str, str] = {}
    wrong: list[str] = []
    for id, wanted in keys.items():
        named = f"keys.{single_line(id, 40)}"
        command = commands.get(id)
        bad = next((key for key in wanted.split(",") if not is_key(key.strip())), None)
        if id not in there:
            wrong.append(f"{named} is not a command. {did_you_mean(id, there)}".strip())
        elif bad is not None:
            wrong.append(f'{named}: "{single_line(bad, 30)}" is not a key. Examples: ctrl+t, f9, z')
        elif command is not None and command.scope == "app" and any(map(is_printable, wanted.split(","))):
            wrong.append(f'{named}: "{single_line(wanted, 30)}" is needed for typing. Use an F key or ctrl')
        else:
            usable[id] = ",".join(key.strip() for key in wanted.split(","))
    return usable, [*wrong, *find_conflicts(usable, COMMANDS)]


def find_conflicts(keys: Mapping[str, str], commands: Sequence[Command]) -> list[str]:
    """Report keys that two commands share in the same scope, where at least one is set by `keys`."""
    found: dict[tuple[str, str], str] = {}
    for places in CONCURRENT_SCOPES:
        here = [command for command in commands if _is_available(command, places)]
        for changed in here:
            if changed.id not in keys:
                continue
            for other in here:
                pair = tuple(sorted((changed.id, other.id)))
                if other is changed or pair in found:
                    continue
                mine, theirs = (_split_keys(keys.get(one.id, one.keys)) for one in (changed, other))
                if both := mine & theirs:
                    key = format_keys(sorted(both)[0])
                    found[pair[0], pair[1]] = f"keys.{changed.id}: {key} is also “{other.title}” ({other.id})"
    return list(found.values())


def _is_available(command: Command, places: Sequence[CommandScope]) -> bool:
    """Return whether a command is available in these scopes; a replay has panes but no live seats."""
    if "replay" in places and command.scope == "pane":
        return command.id in _PANE_COMMANDS
    return command.scope in places or ("pane" in places and command.id == "copy_transcript")


def is_key(key: str) -> bool:
    """Return whether this names a key, with or without modifiers."""
    *held, last = key.split("+") if key != "+" else ["+"]
    if not all(one in _MODIFIERS for one in held) or not last:
        return False
    return len(last) == 1 or last.lower() in _KEY_NAMES or bool(_get_symbol(last))


def is_printable(key: str) -> bool:
    """Return whether a key types a character, so that it cannot be a command where text is typed."""
    key = key.strip()
    return len(key) == 1 or bool(_get_symbol(key)) or key == "space"


def _get_symbol(name: str) -> str:
    """Return the character that a name such as question_mark stands for; "" for none."""
    if len(name) == 1 or name.lower() in _KEY_NAMES:
        return ""
    return _KEY_SYMBOLS.get(name) or key_to_character(name) or ""


def _split_keys(keys: str) -> set[str]:
    return {_normalize_key(key.strip()) for key in keys.split(",")}


def _normalize_key(key: str) -> str:
    return _get_symbol(key) or key
