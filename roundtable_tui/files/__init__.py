"""What people edit: personas, teams and tasks, read with precise errors."""

from __future__ import annotations

from roundtable_tui.files.edit import (
    check_persona,
    check_team,
    persona_text,
    save_persona,
    save_team,
    team_text,
)
from roundtable_tui.files.library import Found, FoundTeam, PersonaLibrary
from roundtable_tui.files.persona import Persona, key_of
from roundtable_tui.files.problems import Problem
from roundtable_tui.files.read import read_text
from roundtable_tui.files.schema import persona_schema, task_schema, team_schema
from roundtable_tui.files.task import Task, TaskSettings, load_task
from roundtable_tui.files.tasks import FoundTask, TaskLibrary
from roundtable_tui.files.team import Member, Team

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
