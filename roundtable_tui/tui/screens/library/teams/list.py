"""The screen with all teams: use, edit, create, copy, rename and delete them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType

from roundtable_tui.resources import Team
from roundtable_tui.tui.commands import CommandScope
from roundtable_tui.tui.screens.library.browser import make_list_bindings
from roundtable_tui.tui.screens.library.file_list import FileListScreen
from roundtable_tui.tui.screens.library.file_store import Edited
from roundtable_tui.tui.screens.library.teams.editor import TeamEditor
from roundtable_tui.tui.screens.library.teams.kind import TEAMS
from roundtable_tui.utils import files


class TeamsScreen(FileListScreen):
    """Closes with whether a team was changed."""

    KIND = TEAMS
    NAME = "Teams"
    EMPTY = "There are no teams yet. Press n to create one."
    CSS_PATH = "../library.tcss"
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("teams", "app")
    BINDINGS: ClassVar[list[BindingType]] = make_list_bindings("teams")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is possible now."""
        if action == "use_team":
            return (self.resource is not None or None) if self.library_context.use_team else False
        return super().check_action(action, parameters)

    def open_editor(self, resource: Team | None, *, path: Path | None = None, origin: str = "") -> None:
        """Edit a team. A file with errors has no seats to show: it is repaired elsewhere."""
        if resource is None and path is not None:
            self.say(f"Repair {files.display_path(path)} in a text editor; it is reloaded then.")
        elif (library := self.shown.library) is not None:
            self.say("")
            editor = TeamEditor(
                resource, path=path, origin=origin, library=library, context=self.library_context
            )
            self.app.push_screen(editor, self._show_saved)

    def _show_saved(self, saved: Edited[Team] | None) -> None:
        if saved is not None and saved.path is not None:
            self.say(f"{saved.resource.name} saved to {files.display_path(saved.path)}")
        self.show_edited(saved)

    def action_use_team(self) -> None:
        """Select the highlighted team for the next runs and close."""
        team: Team | None = self.resource
        if team is not None and self.library_context.use_team is not None:
            self.library_context.use_team(team.name)
            self.dismiss(self.has_saved)
