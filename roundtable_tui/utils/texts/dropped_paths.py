"""Reads the paths that a terminal pastes for files dropped on it."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

from roundtable_tui.errors import UsageError
from roundtable_tui.utils.paths import expand_user

_MAX_CHARS = 20_000
_MAX_PATHS = 100


def find_dropped_files(text: str) -> list[Path]:
    """Return the files that a pasted text names; [] if any part of it is not an existing file.

    Terminals write the path as it is, in quotes, with backslashes before blanks, or as a `file:` URL;
    several files are separated by blanks or line breaks.
    """
    text = text.strip()
    if not text or len(text) > _MAX_CHARS or "\0" in text:
        return []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for parts in (lines, _split_words(text)):
        if parts and len(parts) <= _MAX_PATHS:
            found = [_to_file(part) for part in parts]
            if all(found):
                return [path for path in found if path is not None]
    return []


def _split_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _to_file(part: str) -> Path | None:
    if part.startswith("file://"):
        part = unquote(urlsplit(part).path)
    elif len(part) > 1 and part[0] == part[-1] and part[0] in "\"'":
        part = part[1:-1]
    try:
        path = expand_user(part)
        return path if path.is_absolute() and path.is_file() else None
    except (OSError, ValueError, UsageError):
        return None
