"""Values, defaults and possible choices for the settings form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundtable_tui.config import Settings
from roundtable_tui.config.fields import LIMIT_SETTINGS
from roundtable_tui.config.model import Setting


def get_value(file: Settings, setting: Setting) -> Any:
    """Return the current value of a setting."""
    return getattr(file.limits if setting in LIMIT_SETTINGS else file, setting.name)


def describe_default(setting: Setting) -> str:
    """Return the meaning of an empty field."""
    if setting.name in ("server", "model"):
        return "first one found"
    return {"team": "default of the mode", "agents": "default of the mode", "theme": "roundtable-dark"}.get(
        setting.name, "no limit" if setting.optional else ""
    )


def count_options(options: Mapping[str, Any]) -> str:
    """Return e.g. "3 set", or "" for none."""
    return f"{len(options)} set" if options else ""


def load_modes() -> list[Any]:
    """Return all modes."""
    from roundtable_tui import modes

    return list(modes.all_modes().values())


def list_modes_and_teams() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the modes, and of the teams."""
    from roundtable_tui.resources import PersonaLibrary

    return tuple(one.name for one in load_modes()), tuple(
        one.team.name for one in PersonaLibrary.load().teams
    )


def parse_options(mode: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Convert typed text to the numbers and flags of a settings file."""
    from roundtable_tui.config.validate import select_storable_options

    read_as = mode.validate_options(options)
    return select_storable_options({name: getattr(read_as, name) for name in options})
