"""The last choices made in the app. They are kept apart from the settings, which scripts use too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from roundtable_tui.config.file import load
from roundtable_tui.config.model import Settings
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files, paths

_SETTING_TYPES: dict[str, type] = {
    "mode": str, "team": str, "model": str, "server": str, "demo": bool, "options": dict,
}  # fmt: skip


_SERVER_TYPES: dict[str, type] = {"base_url": str, "local": bool}
"""Choices that are not settings: a server found on this machine, the embedded model."""


def app_state_file() -> Path:
    """Return the file of the last choices, which need not exist."""
    return paths.data_dir() / "choices.json"


def apply_app_state(settings: Settings) -> Settings:
    """Return the settings with the last choices of the app; outdated ones are ignored."""
    chosen = {name: value for name, value in _read_app_state().items() if name in _SETTING_TYPES}
    if chosen.get("server") not in settings.servers:
        chosen.pop("server", None)
    if "options" in chosen:
        chosen["options"] = {**settings.options, **chosen["options"]}
    return replace(settings, **chosen)


def last_server() -> dict[str, Any]:
    """Return the last chosen server that is not a setting: `{"base_url": url}`, `{"local": True}` or {}."""
    return {name: value for name, value in _read_app_state().items() if name in _SERVER_TYPES and value}


def save_app_state(settings: Settings, **changes: Any) -> Settings:
    """Save choices (None: remove one) and return the settings with them. Raises FileError."""
    known = {
        name: value for name, value in changes.items() if name in _SETTING_TYPES or name in _SERVER_TYPES
    }
    chosen = {name: value for name, value in (_read_app_state() | known).items() if value is not None}
    import json

    files.write_text(app_state_file(), json.dumps(chosen, indent=1, ensure_ascii=False, default=str) + "\n")
    of_file = load()
    now = {k: getattr(of_file, k) if v is None else v for k, v in changes.items() if k not in _SERVER_TYPES}
    return replace(settings, **now)


def _read_app_state() -> dict[str, Any]:
    if not files.path_exists(path := app_state_file()):
        return {}
    from roundtable_tui.utils.nesting import load_json

    try:
        found = load_json(files.read_text(path))
    except (FileError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, (_SETTING_TYPES | _SERVER_TYPES).get(name, ()))
    }
