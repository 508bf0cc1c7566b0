"""The table of keys: each key has one meaning, on every screen. Commands name a meaning, not a key."""

from __future__ import annotations

from collections.abc import Mapping

KEYS: Mapping[str, str] = {
    # Everywhere
    "help": "f1",
    "palette": "ctrl+p",
    "quit": "ctrl+q",
    "suspend": "ctrl+z",
    "back": "escape",
    "open": "enter",
    # Choices, and the screens behind them: shift opens more
    "mode": "f2",
    "options": "shift+f2,f14",
    "team": "f3",
    "teams": "shift+f3,f15",
    "model": "f4",
    "servers": "shift+f4,f16",
    "personas": "f5",
    "seat models": "shift+f5,f17",
    "task": "f6",
    "settings": "f11,shift+f12,f24",
    "edit keys": "shift+f1,f13",
    "built-in model": "ctrl+b",
    "demo": "ctrl+d",
    # Runs
    "pause": "f7",
    "step": "shift+f7,f19",
    "stop": "f8",
    "try": "f9",
    "apply": "shift+f9,f21",
    "runs": "f10,ctrl+r",
    "report": "f12",
    "bench": "shift+f10,f22",
    "batches": "shift+f6,f18",
    "continue": "ctrl+o",
    "new conversation": "ctrl+n",
    "follow up": "u",
    "fork": "f",
    "export": "x",
    "copy transcript": "T",
    "play": "space",
    "next turn": "right",
    "previous turn": "left",
    "next event": "full_stop",
    "previous event": "comma",
    "to start": "shift+left",
    "to end": "shift+right",
    "faster": "plus,equals_sign",
    "slower": "minus",
    # Panes and seats
    "jump": "ctrl+g",
    "zoom": "z",
    "follow speaker": "a",
    "reasoning": "o",
    "board": "b",
    "difference": "d",
    "copy": "y",
    "copy all": "Y",
    "message": "w",
    "stop seat": "X",
    "retry": "r",
    "seat menu": "m",
    "mute": "M",
    "replace persona": "p",
    "replace model": "v",
    "captain": "C",
    "previous stage": "left_square_bracket",
    "next stage": "right_square_bracket",
    "more rounds": "greater_than_sign",
    "fewer rounds": "less_than_sign",
    "budget": "dollar_sign",
    # Lists
    "search": "slash,ctrl+f",
    "new": "n",
    "new empty": "N",
    "edit": "e",
    "duplicate": "c",
    "rename": "R",
    "delete": "D,delete",
    "undo": "U,ctrl+underscore",
    "use": "s",
    "clear": "backspace",
    "status": "S",
    "date": "t",
    "move up": "K,shift+up",
    "move down": "J,shift+down",
    # Editors
    "save": "ctrl+s",
    "reload": "ctrl+l",
    "other view": "ctrl+t",
    "next error": "alt+down",
    "editor": "alt+up",
    "keep": "shift+f8,f20",
}
"""Meaning -> its keys. Keys that move a cursor or edit text are those of the widgets: arrows, tab, home."""


def get_keys(meaning: str) -> str:
    """Return the keys of a meaning, comma-separated."""
    return KEYS[meaning]
