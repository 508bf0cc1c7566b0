"""What people edit: personas, teams and tasks, read with precise errors."""

from __future__ import annotations

from roundtable_tui.resources.editing import (
    check_persona,
    check_team,
    persona_text,
    save_persona,
    save_team,
    team_text,
)
from roundtable_tui.resources.json_schema import persona_schema, task_schema, team_schema
from roundtable_tui.resources.library import Found, FoundTask, FoundTeam, PersonaLibrary, TaskLibrary
from roundtable_tui.resources.persona import Persona, key_of
from roundtable_tui.resources.reading import read_text
from roundtable_tui.resources.task import Task, TaskSettings, load_task
from roundtable_tui.resources.team import Member, Team
from roundtable_tui.resources.validation import Problem

__all__ = [
    "Found",
    "FoundTask",
    "FoundTeam",
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
    "key_of",
    "load_task",
    "persona_schema",
    "persona_text",
    "read_text",
    "save_persona",
    "save_team",
    "task_schema",
    "team_schema",
    "team_text",
]
