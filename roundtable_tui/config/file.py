"""Read and write the settings file; comments and unknown settings stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtable_tui.config.model import Settings
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files, paths

if TYPE_CHECKING:
    from roundtable_tui.config.toml_edit import Table


def load(path: Path | None = None) -> Settings:
    """Return the settings in `path` (default: the user's file), or the defaults if there is no file.

    Raises:
        FileError: With the file, the line, what is expected there, and the nearest valid name.
    """
    path = paths.settings_file() if path is None else path
    if (source := _text(path)) is None:
        return Settings()
    from roundtable_tui.config.suggestions import SourceFile
    from roundtable_tui.config.toml_edit import parse
    from roundtable_tui.config.validate import from_table

    return from_table(parse(source, path), SourceFile(source, path))


def save(settings: Settings, path: Path | None = None) -> Path:
    """Write `settings` to `path` (default: the user's file) atomically, readable by its owner only.

    Comments and settings of other versions stay.

    Raises:
        FileError: The file cannot be written, or the present one cannot be read and would be lost.
    """
    path = paths.settings_file() if path is None else path
    return files.write_text(path, render_settings(_text(path) or "", settings, path))


def render_settings(source: str, settings: Settings, path: Path) -> str:
    """Return the TOML of `settings` made from `source`, as `save` does. Raises FileError."""
    from roundtable_tui.config.suggestions import SourceFile
    from roundtable_tui.config.toml_edit import update_toml
    from roundtable_tui.config.validate import from_table, to_table

    table = to_table(settings)
    from_table(table, SourceFile("", path))
    _keep_explicit_defaults(source, settings, table, path)
    return update_toml(source, table, path)


def _keep_explicit_defaults(source: str, settings: Settings, table: Table, path: Path) -> None:
    """Add to `table` the default values that the user wrote into the file."""
    from roundtable_tui.config.suggestions import SourceFile
    from roundtable_tui.config.toml_edit import flatten, parse, set_value
    from roundtable_tui.config.validate import from_table, to_table

    given = parse(source, path)
    # The default server may have been renamed: its old name must not come back.
    if given.pop("server", None) == "" and not settings.server:
        table["server"] = ""
    try:
        meant = flatten(to_table(from_table(given, SourceFile(source, path))))
    except FileError:
        return
    wanted = flatten(table)
    for keys, value in flatten(given).items():
        gone = keys[0] == "servers" and keys[1] not in settings.servers
        if keys not in meant and keys not in wanted and not gone:
            set_value(table, keys, value)


def update_settings(path: Path | None = None, **changes: Any) -> Settings:
    """Change some settings in the file: `update_settings(mode="pro")`. Raises like `load` and `save`."""
    old = load(path)
    new = replace(old, **changes)
    if new != old:
        save(new, path)
    return new


def _text(path: Path) -> str | None:
    return files.read_text(path) if files.path_exists(path) else None
