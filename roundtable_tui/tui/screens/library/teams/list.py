"""The screen with all teams: use, edit, create, copy, rename and delete them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType

from roundtable_tui.resources import LibraryTeam, PersonaLibrary, Team
from roundtable_tui.tui.commands import CommandScope, make_list_bindings
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.library.browser import on_entry
from roundtable_tui.tui.screens.library.file_list import FileListScreen
from roundtable_tui.tui.screens.library.kinds import ResourceEntry, ResourceKind
from roundtable_tui.tui.screens.library.teams.editor import TeamEditor, describe_member
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of


def _make_row(library: PersonaLibrary, found: LibraryTeam) -> Item:
    team = found.team
    title = " · ".join(part for part in (team.name, team.title) if part)
    hint = count_of(len(team.members), "seat") + (", captain" if team.captain else "")
    return Item("", title, team.summary, hint=hint)


def _describe(library: PersonaLibrary, found: LibraryTeam) -> tuple[list[str], str]:
    team = found.team
    seats = [(f"{n:>2}", member) for n, member in enumerate(team.members, 1)]
    if team.captain is not None:
        seats.append((" ★", team.captain))
    rows = [(mark, *describe_member(member, library)) for mark, member in seats]
    return [team.title], "\n".join(
        f"{mark}  {name}" + (f": {model}" if model else "") for mark, name, model, _ in rows
    )


TEAMS: ResourceKind[Team, LibraryTeam] = ResourceKind(
    model=Team,
    subfolders=("teams",),
    list_found=lambda library: (library.teams, library.hidden_teams),
    get=lambda found: found.team,
    make_row=_make_row,
    describe_content=_describe,
)


class TeamsScreen(FileListScreen):
    """Closes with whether a team was changed."""

    KIND = TEAMS
    EDITOR = TeamEditor
    NAME = "Teams"
    EMPTY = "There are no teams yet. Press n to create one."
    CSS_PATH = "../library.tcss"
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("teams", "app")
    BINDINGS: ClassVar[list[BindingType]] = make_list_bindings("teams")

    def open_editor(self, resource: Team | None, *, path: Path | None = None, origin: str = "") -> None:
        """Edit a team. A file with errors has no seats to show: it is repaired elsewhere."""
        if resource is None and path is not None:
            self.say(f"Repair {files.display_path(path)} in a text editor; it is reloaded then.")
        elif self.shown.library is not None:
            super().open_editor(resource, path=path, origin=origin)

    @offered(lambda self: self.library_context.use_team, hide=True)
    @on_entry(lambda entry: entry.found is not None)
    def action_use_team(self, entry: ResourceEntry[LibraryTeam]) -> None:
        """Select the highlighted team for the next runs and close."""
        if entry.found is not None and self.library_context.use_team is not None:
            self.library_context.use_team(entry.found.team.name)
            self.dismiss(self.has_saved)
