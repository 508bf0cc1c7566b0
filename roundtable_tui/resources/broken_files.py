"""Finds the error of an invalid file by any name that the user may ask for it by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from roundtable_tui.errors import FileError
from roundtable_tui.resources.inside import inside
from roundtable_tui.resources.persona import slugify
from roundtable_tui.resources.reading import MAX_PERSONA_BYTES
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user

Kind = Literal["persona", "team", "task"]
_MAX_NAMES = 8
_JSON_NAME = re.compile(r'"(?:name|full_name|title)"\s*:\s*("[^"\\\n]{1,200}(?:\\.[^"\\\n]{0,200}){0,50}")')
_TOML_TITLE = re.compile(r"""^\s*title\s*=\s*["']([^"'\n]{1,200})""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file (of a task: its folder) that was found and cannot be used."""

    kind: Kind
    origin: str
    path: Path
    error: FileError
    names: frozenset[str]
    """Ids (see `slugify`) of its file name and of the names that can still be read in it."""


def describe_broken_file(
    kind: Kind, origin: str, path: Path, error: FileError, base: Path | None = None
) -> BrokenFile:
    """Return the broken file at `path` with its names.

    Args:
        kind: what the file should be.
        origin: where it was found.
        path: the file, for a task its folder.
        error: why it cannot be used.
        base: the folder that it must not lead out of; a link out of it is not read for names.
    """
    stem = path.name if kind == "task" else path.stem
    source = path / "task.toml" if kind == "task" else path
    base = path if kind == "task" else base
    found = [stem, stem.replace("_", " ")]
    if base is None or inside(base, str(source.relative_to(base))) is not None:
        found += _names_in(source, _TOML_TITLE if kind == "task" else _JSON_NAME)
    return BrokenFile(kind, origin, path, error, frozenset(slugify(name) for name in found))


def find_broken_file(broken: Iterable[BrokenFile], kind: Kind, name: str) -> FileError | None:
    """Return the error of the first broken file of this kind that has the name, if there is one."""
    wanted = {slugify(name.strip()), slugify(name.strip().removesuffix(".json"))}
    return next(
        (
            one.error
            for one in broken
            if one.kind == kind and (one.names & wanted or is_path_of(name, one.path))
        ),
        None,
    )


def is_path_of(name: str, path: Path) -> bool:
    """Return whether a name that the user gave is the path of this file, as a shell completes it."""
    return "/" in name and Path(expand_user(name.strip())).absolute() == path.absolute()


def _names_in(path: Path, pattern: re.Pattern[str]) -> Sequence[str]:
    try:
        text = files.read_bytes(path, MAX_PERSONA_BYTES).decode("utf-8", "replace")
    except FileError:
        return []
    found = pattern.findall(text[:100_000])[:_MAX_NAMES]
    return [_unquote(name) if name.startswith('"') else name for name in found]


def _unquote(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text.strip('"')
