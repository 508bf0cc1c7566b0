"""Completion of what is typed into the input: `/command`, `@seat` and `@file`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.errors import UsageError
from roundtable_tui.tui.widgets.lists.matching import match
from roundtable_tui.utils.paths import expand_user

MAX_CANDIDATES = 50
_MAX_ENTRIES = 5_000
"""Entries of a folder that are looked at."""
_MAX_TOKEN_CHARS = 400


@dataclass(frozen=True, slots=True)
class Candidate:
    """A completion. Its texts are raw: sanitize them before display."""

    text: str
    """What replaces the token."""
    label: str
    detail: str = ""
    path: Path | None = None
    """The file to attach, if it is one."""
    is_final: bool = True
    """False for a folder: more is to be typed."""


@dataclass(frozen=True, slots=True)
class CompletionToken:
    """The word at the cursor that can be completed."""

    sign: str
    """`/` or `@`."""
    word: str
    """What was typed after the sign."""
    start: int
    """Its column in the line, at the sign."""
    row: int = 0


def find_token(lines: Sequence[str]) -> CompletionToken | None:
    """Return the token that ends at the cursor.

    Args:
        lines: the text before the cursor.
    """
    line = lines[-1]
    if len(lines) == 1 and line.startswith("/") and not any(char.isspace() for char in line):
        return CompletionToken("/", line[1:], 0) if "/" not in line[1:] else None
    at = max(line.rfind(" @"), line.rfind("\t@")) + 1
    if line[at : at + 1] != "@" or len(line) - at > _MAX_TOKEN_CHARS:
        return None
    word = line[at + 1 :]
    if any(char.isspace() for char in word):
        return None
    return CompletionToken("@", word, at, len(lines) - 1)


def rank_candidates(typed: str, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates that fit what was typed, best first."""
    if not typed:
        return list(candidates)[:MAX_CANDIDATES]
    scored = [(found.score, one) for one in candidates if (found := match(typed, one.label, one.detail))]
    scored.sort(key=lambda pair: -pair[0])
    return [one for _, one in scored[:MAX_CANDIDATES]]


def list_files(word: str, folder: Path) -> list[Candidate]:
    """Return the files and folders whose paths begin with `word`, folders first.

    Args:
        word: A path or its beginning, relative to `folder`, absolute or from `~`.
        folder: The current folder.
    """
    head, tail = os.path.split(word)
    found: list[tuple[bool, str, Path]] = []
    try:
        base = folder / expand_user(head) if head else folder
        with os.scandir(base) as entries:
            for number, entry in enumerate(entries):
                if number >= _MAX_ENTRIES:
                    break
                if entry.name.casefold().startswith(tail.casefold()) and (
                    tail.startswith(".") or not entry.name.startswith(".")
                ):
                    found.append((not entry.is_dir(), entry.name, Path(entry.path)))
    except (OSError, ValueError, UsageError):
        return []
    found.sort(key=lambda one: (one[0], one[1].casefold()))
    shown = f"{head.rstrip(os.sep)}{os.sep}" if head else ""
    return [
        Candidate(f"{shown}{name}", name, path=path)
        if is_file
        else Candidate(f"{shown}{name}/", f"{name}/", "folder", is_final=False)
        for is_file, name, path in found[:MAX_CANDIDATES]
    ]


def parse_pasted_path(text: str) -> Path | None:
    """Return the existing file that a pasted text names, as terminals paste a dropped file; else None."""
    text = text.strip()
    if not text or "\n" in text or len(text) > 4_000:
        return None
    if text[0] in "'\"" and text[-1] == text[0]:
        text = text[1:-1]
    elif text.startswith("file://"):
        from urllib.parse import unquote

        text = unquote(text.removeprefix("file://"))
    elif os.sep == "/":
        text = text.replace("\\ ", " ")
    if not text.startswith(("/", "~", "./", "../")) and not (len(text) > 2 and text[1] == ":"):
        return None  # A word that is also the name of a file here is a word.
    return find_file(text)


def find_file(name: str) -> Path | None:
    """Return the path of an existing file, with `~` replaced; None if there is no such file."""
    try:
        path = expand_user(name)
        return path if path.is_file() else None
    except (OSError, ValueError, UsageError):
        return None
