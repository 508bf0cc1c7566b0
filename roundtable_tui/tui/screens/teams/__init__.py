"""Teams on the screen: all of them in a list, and one of them put together."""

from __future__ import annotations

from roundtable_tui.tui.screens.teams.builder import Made, TeamBuilder
from roundtable_tui.tui.screens.teams.screen import TeamsScreen

__all__ = ["Made", "TeamBuilder", "TeamsScreen"]
