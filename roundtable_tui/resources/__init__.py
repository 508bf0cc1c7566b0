"""Personas, teams and tasks: the files that users edit, read with precise errors.

What is named here is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roundtable_tui.resources.editing import (
        check_persona,
        check_team,
        render_persona,
        render_team,
        save_persona,
        save_team,
    )
    from roundtable_tui.resources.json_schema import persona_schema, task_schema, team_schema
    from roundtable_tui.resources.library import (
        LibraryPersona,
        LibraryTask,
        LibraryTeam,
        PersonaLibrary,
        TaskLibrary,
    )
    from roundtable_tui.resources.persona import Persona, slugify
    from roundtable_tui.resources.reading import read_text
    from roundtable_tui.resources.task import Task, TaskSettings, load_task
    from roundtable_tui.resources.team import Member, Team
    from roundtable_tui.resources.validation import Problem

__all__ = [
    "LibraryPersona",
    "LibraryTask",
    "LibraryTeam",
    "Member",
    "Persona",
    "PersonaLibrary",
    "Problem",
    "Task",
    "TaskLibrary",
    "TaskSettings",
    "Team",
    "check_persona",
    "check_team",
    "load_task",
    "persona_schema",
    "read_text",
    "render_persona",
    "render_team",
    "save_persona",
    "save_team",
    "slugify",
    "task_schema",
    "team_schema",
]

_MODULES = {
    **dict.fromkeys(
        ("check_persona", "check_team", "render_persona", "render_team", "save_persona", "save_team"),
        "editing",
    ),
    **dict.fromkeys(("persona_schema", "task_schema", "team_schema"), "json_schema"),
    **dict.fromkeys(
        ("LibraryPersona", "LibraryTask", "LibraryTeam", "PersonaLibrary", "TaskLibrary"), "library"
    ),
    **dict.fromkeys(("Persona", "slugify"), "persona"),
    "read_text": "reading",
    **dict.fromkeys(("Task", "TaskSettings", "load_task"), "task"),
    **dict.fromkeys(("Member", "Team"), "team"),
    "Problem": "validation",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found
