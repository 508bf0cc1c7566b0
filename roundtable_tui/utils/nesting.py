"""Read JSON from files and servers with a limit of depth, which is checked before anything is parsed.

Parsers and all code that walks a value recurse or keep a path per level: a small text that is nested very
deeply would take much memory, or end in a RecursionError far from its cause.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

MAX_DEPTH = 64
"""Levels of lists and objects in a JSON or TOML text that is read."""
_JSON_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)
_JSON_TOKEN_BYTES = re.compile(_JSON_TOKEN.pattern.encode(), re.DOTALL)
_TOML_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*(?:"{3,5}|\Z)'  # texts of several lines
    r"|'''(?:[^']|'(?!''))*(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\.)*"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*|[\[{]|[\]}]|[.,=\n]",
    re.DOTALL,
)


class NestingError(ValueError):
    """A text has more levels of lists and objects than `MAX_DEPTH`."""

    def __init__(self) -> None:
        super().__init__(f"nested more than {MAX_DEPTH} levels deep")


def check_json_depth(text: str | bytes) -> None:
    """Raise NestingError if a JSON text is nested deeper than `MAX_DEPTH`, in linear time, without recursion.

    Args:
        text: A JSON text, or anything at all; only brackets outside of quoted texts count.
    """
    if isinstance(text, str):
        if text.count("[") + text.count("{") > MAX_DEPTH:
            _check_depth((match[0] for match in _JSON_TOKEN.finditer(text)), "[{", "]}")
    elif text.count(b"[") + text.count(b"{") > MAX_DEPTH:
        _check_depth((match[0] for match in _JSON_TOKEN_BYTES.finditer(text)), b"[{", b"]}")


def is_too_deep(text: str) -> bool:
    """Return whether a JSON text is nested deeper than `MAX_DEPTH`."""
    try:
        check_json_depth(text)
    except NestingError:
        return True
    return False


def _check_depth(tokens: Any, opening: Any, closing: Any) -> None:
    depth = 0
    for token in tokens:
        if token in opening:
            depth += 1
            if depth > MAX_DEPTH:
                raise NestingError
        elif token in closing:
            depth = max(0, depth - 1)


def check_toml_depth(text: str) -> None:
    """Raise NestingError if lists, tables and dotted names of a TOML text are deeper than `MAX_DEPTH`."""
    depth = dots = 0
    for match in _TOML_TOKEN.finditer(text):
        token = match[0]
        if token == ".":
            dots += 1
        elif token in ("[", "{"):
            depth, dots = depth + 1, 0
        elif token in ("]", "}"):
            depth, dots = max(0, depth - 1), 0
        elif token in (",", "=", "\n"):
            dots = 0
        if depth + dots > MAX_DEPTH:
            raise NestingError


def load_json(text: str | bytes, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Return the value of a JSON text that comes from outside.

    Args:
        text: A JSON text; bytes are UTF-8, UTF-16 or UTF-32.
        parse_constant: Called with `NaN`, `Infinity` and `-Infinity`, which are not JSON; None accepts them.

    Raises:
        NestingError: it is nested more than `MAX_DEPTH` levels deep; it was not parsed.
        ValueError: it is not JSON.
    """
    check_json_depth(text)
    return json.loads(text, parse_constant=parse_constant)
