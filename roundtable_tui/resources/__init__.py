"""Personas, teams and tasks: the files that users edit, read with precise errors.

What is named here is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtable_tui.utils import import_when_used

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

__getattr__ = import_when_used(
    __name__,
    {
        "editing": (
            "check_persona",
            "check_team",
            "render_persona",
            "render_team",
            "save_persona",
            "save_team",
        ),
        "json_schema": ("persona_schema", "task_schema", "team_schema"),
        "library": ("LibraryPersona", "LibraryTask", "LibraryTeam", "PersonaLibrary", "TaskLibrary"),
        "persona": ("Persona", "slugify"),
        "reading": ("read_text",),
        "task": ("Task", "TaskSettings", "load_task"),
        "team": ("Member", "Team"),
        "validation": ("Problem",),
    },
)
