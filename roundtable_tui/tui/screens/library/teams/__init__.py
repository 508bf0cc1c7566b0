"""The list of teams and the team editor."""

from __future__ import annotations

from roundtable_tui.tui.screens.library.teams.editor import TeamEditor
from roundtable_tui.tui.screens.library.teams.list import TeamsScreen

__all__ = ["TeamEditor", "TeamsScreen"]
