"""What the form of the settings works with: a value of the file, what an empty field means, what there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundtable_tui.config import Settings
from roundtable_tui.config.fields import LIMIT_SETTINGS
from roundtable_tui.config.model import Setting


def get_value(file: Settings, setting: Setting) -> Any:
    """Return what the settings have."""
    return getattr(file.limits if setting in LIMIT_SETTINGS else file, setting.name)


def describe_default(setting: Setting) -> str:
    """Return what an empty field means."""
    if setting.name in ("server", "model"):
        return "the first found"
    return {"team": "the mode's own", "agents": "the mode's own", "theme": "textual-dark"}.get(
        setting.name, "no limit" if setting.optional else ""
    )


def count_options(options: Mapping[str, Any]) -> str:
    """Return how many options are set, in words; "" for none."""
    return f"{len(options)} set" if options else ""


def load_modes() -> list[Any]:
    """Return the modes there are."""
    from roundtable_tui import modes

    return list(modes.all_modes().values())


def list_modes_and_teams() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the modes, and of the teams."""
    from roundtable_tui.resources import PersonaLibrary

    return tuple(one.name for one in load_modes()), tuple(
        one.team.name for one in PersonaLibrary.load().teams
    )


def parse_options(mode: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed as numbers and flags, as a settings file has them."""
    from roundtable_tui.setup.options import validate_options
    from roundtable_tui.tui.screens.main.mode_actions import select_storable_options

    read_as = validate_options(mode, options)
    return select_storable_options({name: getattr(read_as, name) for name in options})
