"""The screen with all teams: use, edit, create, copy, rename and delete them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType

from roundtable_tui.resources import LibraryTeam, PersonaLibrary, Team
from roundtable_tui.tui.commands import CommandScope, make_list_bindings
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.library.browser import on_entry
from roundtable_tui.tui.screens.library.file_list import FileListScreen, ResourceRow
from roundtable_tui.tui.screens.library.teams.editor import TeamEditor, describe_member
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of


class TeamsScreen(FileListScreen):
    """Closes with whether a team was changed."""

    MODEL = Team
    EDITOR = TeamEditor
    SUBFOLDERS = ("teams",)
    NAME, NOUN = "Teams", "team"
    EMPTY = "There are no teams yet. Press n to create one."
    CSS_PATH = "../library.tcss"
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("teams", "app")
    BINDINGS: ClassVar[list[BindingType]] = make_list_bindings("teams")

    def make_row(self, library: PersonaLibrary, found: LibraryTeam) -> tuple[str, str, str]:
        """Return title, detail and hint of a row."""
        team = found.team
        title = " · ".join(part for part in (team.name, team.title) if part)
        hint = count_of(len(team.members), "seat") + (", captain" if team.captain else "")
        return title, team.summary, hint

    def describe_found(self, library: PersonaLibrary, found: LibraryTeam) -> tuple[list[str], str]:
        """Return the title of a team, and its seats."""
        seats = [(f"{n:>2}", member) for n, member in enumerate(found.team.members, 1)]
        if found.team.captain is not None:
            seats.append((" ★", found.team.captain))
        lines = []
        for mark, member in seats:
            name, model, _ = describe_member(member, library)
            lines.append(f"{mark}  {name}" + (f": {model}" if model else ""))
        return [found.team.title], "\n".join(lines)

    def open_editor(self, resource: Team | None, *, path: Path | None = None, origin: str = "") -> None:
        """Edit a team. A file with errors has no seats to show: it is repaired elsewhere."""
        if resource is None and path is not None:
            self.say(f"Repair {files.display_path(path)} in a text editor; it is reloaded then.")
        elif self.shown.library is not None:
            super().open_editor(resource, path=path, origin=origin)

    @offered(lambda self: self.library_context.use_team, hide=True)
    @on_entry(lambda entry: entry.found is not None)
    def action_use_team(self, entry: ResourceRow) -> None:
        """Select the highlighted team for the next runs and close."""
        assert self.library_context.use_team is not None
        self.library_context.use_team(entry.found.team.name)
        self.dismiss(self.has_saved)
