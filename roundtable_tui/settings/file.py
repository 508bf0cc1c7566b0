"""The settings file: read, written, and changed in one place without disturbing the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from roundtable_tui import disk, paths
from roundtable_tui.settings.check import from_table, to_table
from roundtable_tui.settings.fault import Source
from roundtable_tui.settings.model import Settings
from roundtable_tui.settings.toml import edited, parse


def load(path: Path | None = None) -> Settings:
    """Return the settings of `path` (default: yours); the defaults where there is no file.

    Raises FileError that names file, line, what is expected there, and the nearest right name.
    """
    path = paths.settings_file() if path is None else path
    if (source := _text(path)) is None:
        return Settings()
    return from_table(parse(source, path), Source(source, path))


def save(settings: Settings, path: Path | None = None) -> Path:
    """Write `settings` to `path` (default: yours), whole or not at all, readable by its owner only.

    Comments and settings of other versions stay. Raises FileError, also where the file that is there
    cannot be read: it may be somebody's work.
    """
    path = paths.settings_file() if path is None else path
    table = to_table(settings)
    from_table(table, Source("", path))
    return disk.write_text(path, edited(_text(path) or "", table, path))


def remember(path: Path | None = None, **changes: Any) -> Settings:
    """Change some settings in the file: `remember(mode="pro")`. Raises as load and save do."""
    old = load(path)
    new = replace(old, **changes)
    if new != old:
        save(new, path)
    return new


def _text(path: Path) -> str | None:
    return disk.read_text(path) if disk.is_there(path) else None
