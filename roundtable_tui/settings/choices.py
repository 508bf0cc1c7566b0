"""The last choices made in the app, kept apart from the settings: looking around changes no script."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from roundtable_tui import disk, paths
from roundtable_tui.errors import FileError
from roundtable_tui.settings.model import Settings

_KINDS: dict[str, type] = {
    "mode": str, "team": str, "model": str, "server": str, "demo": bool, "options": dict,
}  # fmt: skip


def choices_file() -> Path:
    """Return the file of the last choices, which need not exist."""
    return paths.data_dir() / "choices.json"


def with_choices(settings: Settings) -> Settings:
    """Return the settings as the app was left; what makes no sense any more is passed over."""
    chosen = _read()
    if chosen.get("server") not in settings.servers:
        chosen.pop("server", None)
    if "options" in chosen:
        chosen["options"] = {**settings.options, **chosen["options"]}
    return replace(settings, **chosen)


def keep_choices(settings: Settings, **changes: Any) -> Settings:
    """Keep choices for the next time and return the settings with them. Raises FileError."""
    chosen = _read() | {name: value for name, value in changes.items() if name in _KINDS}
    disk.write_text(choices_file(), json.dumps(chosen, indent=1, ensure_ascii=False, default=str) + "\n")
    return replace(settings, **changes)


def _read() -> dict[str, Any]:
    try:
        found = json.loads(disk.read_text(choices_file()))
    except (FileError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, _KINDS.get(name, ()))}
