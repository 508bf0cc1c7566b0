"""Keys of one's own, from the settings file: which can be used, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual.keys import Keys, key_to_character

from roundtable_tui.config import nearest
from roundtable_tui.tui.commands import ALL, Command, Where, shown
from roundtable_tui.utils.text import one_line

TOGETHER: tuple[tuple[Where, ...], ...] = (
    ("table", "pane", "app"),
    ("runs", "run", "app"),
    ("replay", "run", "pane", "app"),
)
"""Places whose keys can be pressed at one time."""
_ON_ANY_PANE = frozenset({"zoom", "follow_speaker", "copy_answer", "copy_pane", "reasoning"})
_SIGNS = {"slash": "/", "plus": "+", "minus": "-", "underscore": "_", "at": "@"}
_HELD = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
_NAMED = frozenset(str(key.value).split("+")[-1] for key in Keys)


def sorted_out(keys: Mapping[str, str], known: Iterable[str] = ()) -> tuple[dict[str, str], list[str]]:
    """Return the keys that can be used, by command, and a line for each thing that is wrong.

    `known` are ids of commands that are declared elsewhere. What cannot be used leaves the command its own
    key; a conflict is told, and the key is used.
    """
    commands = {command.id: command for command in ALL}
    there = {*commands, *known}
    usable: dict[str, str] = {}
    wrong: list[str] = []
    for id, wanted in keys.items():
        named = f"keys.{one_line(id, 40)}"
        command = commands.get(id)
        bad = next((key for key in wanted.split(",") if not is_key(key.strip())), None)
        if id not in there:
            wrong.append(f"{named} is no command. {nearest(id, there)}".strip())
        elif bad is not None:
            wrong.append(f'{named}: "{one_line(bad, 30)}" is no key, such as ctrl+t, f9 or z')
        elif command is not None and command.where == "app" and any(map(is_written, wanted.split(","))):
            wrong.append(f'{named}: "{one_line(wanted, 30)}" is needed to write: take an F key, or ctrl')
        else:
            usable[id] = ",".join(key.strip() for key in wanted.split(","))
    return usable, [*wrong, *conflicts(usable, ALL)]


def conflicts(keys: Mapping[str, str], commands: Sequence[Command]) -> list[str]:
    """Return a line for each key that two commands have where both can be pressed, one of them by `keys`."""
    found: dict[tuple[str, str], str] = {}
    for places in TOGETHER:
        here = [command for command in commands if _is_there(command, places)]
        for changed in here:
            if changed.id not in keys:
                continue
            for other in here:
                pair = tuple(sorted((changed.id, other.id)))
                if other is changed or pair in found:
                    continue
                mine, theirs = (_keys(keys.get(one.id, one.keys)) for one in (changed, other))
                if both := mine & theirs:
                    key = shown(sorted(both)[0])
                    found[pair[0], pair[1]] = f"keys.{changed.id}: {key} is also “{other.title}” ({other.id})"
    return list(found.values())


def _is_there(command: Command, places: Sequence[Where]) -> bool:
    """Tell whether a command can be given where these are: a replay has panes, but nobody speaks in them."""
    if "replay" in places and command.where == "pane":
        return command.id in _ON_ANY_PANE
    return command.where in places or ("pane" in places and command.id == "copy_transcript")


def is_key(key: str) -> bool:
    """Tell whether this names a key, with what is held beside it."""
    *held, last = key.split("+") if key != "+" else ["+"]
    if not all(one in _HELD for one in held) or not last:
        return False
    return len(last) == 1 or last.lower() in _NAMED or bool(_sign(last))


def is_written(key: str) -> bool:
    """Tell whether a key writes a sign, and so cannot be taken where one writes."""
    key = key.strip()
    return len(key) == 1 or bool(_sign(key)) or key == "space"


def _sign(name: str) -> str:
    """Return the sign that a name such as question_mark stands for, "" for none."""
    if len(name) == 1 or name.lower() in _NAMED:
        return ""
    return _SIGNS.get(name) or key_to_character(name) or ""


def _keys(keys: str) -> set[str]:
    return {_plain(key.strip()) for key in keys.split(",")}


def _plain(key: str) -> str:
    return _sign(key) or key
