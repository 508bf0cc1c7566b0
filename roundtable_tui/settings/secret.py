"""Keys stay out of files: a value that is, or may be, a key is refused, and never repeated."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from roundtable_tui.settings.fault import Source

_NAME = re.compile(
    r"(^|[_-])((api[_-]?)?key|token|secret|password|passwd|bearer|authorization)$",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\b(sk|pk|gsk|hf|xai|pplx|nvapi|ghp|r8|tgp|csk)[-_][\w-]{8}|\bAIza[\w-]{8}|^Bearer\s", re.IGNORECASE
)
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
_INSTEAD = "Name the variable that holds it with api_key_env, or the command that prints it with api_key_cmd."


def refuse(key: str, value: object, keys: tuple[str, ...], source: Source) -> None:
    """Raise FileError if `key` = `value` keeps a key, at any depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            refuse(name, inner, (*keys, name), source)
    elif _NAME.search(key) or (isinstance(value, str) and _VALUE.search(value)):
        raise source.fault(keys, "looks like a key, and keys do not belong in this file", _INSTEAD)


def check_variable(name: str, keys: tuple[str, ...], source: Source) -> None:
    """Raise FileError if `name` cannot be the name of an environment variable (a key put in its place)."""
    if (fault := fault_of_variable(name)) is not None:
        raise source.fault(keys, *fault)


def check_command(command: str, keys: tuple[str, ...], source: Source) -> None:
    """Raise FileError if `command` cannot be split into words, or holds a key."""
    if (fault := fault_of_command(command)) is not None:
        raise source.fault(keys, *fault)


def is_key(value: str) -> bool:
    """Tell whether `value` looks like a key, or holds what does."""
    return _VALUE.search(value) is not None


def fault_of_variable(name: str) -> tuple[str, str] | None:
    """Return (what is wrong, what to do), or None for what can be the name of an environment variable."""
    lower_and_digits = name != name.upper() and any(c.isdigit() for c in name) and len(name) >= 20
    if not _VARIABLE.match(name) or is_key(name) or lower_and_digits:
        hint = "Put the key itself into a variable, and the variable's name here."
        return "should be the name of an environment variable, such as OPENAI_API_KEY", hint
    return None


def fault_of_command(command: str) -> tuple[str, str] | None:
    """Return (what is wrong, what to do), or None for a command that may print a key."""
    try:
        words = shlex.split(command)
    except ValueError:
        return "is not a command: a quotation mark is not closed", ""
    if not words:
        return "is empty", "Give a command whose first line is the key, or leave it out."
    if is_key(command):
        return "holds a key", "Give a command that fetches the key from where it is kept."
    return None
