"""The screen with all teams: use, edit, create, copy, rename and delete them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from roundtable_tui.resources import Team
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings
from roundtable_tui.tui.screens.library.browser import FileListBrowser, Snapshot, Target
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.entries import unused_name
from roundtable_tui.tui.screens.library.file_store import TEAM_FORMAT, FileStore
from roundtable_tui.tui.screens.library.personas.rows import PersonaFolders
from roundtable_tui.tui.screens.library.teams.editor import SavedTeam, TeamEditor
from roundtable_tui.tui.screens.library.teams.rows import TeamEntry, describe_team, list_team_entries
from roundtable_tui.utils import files


class TeamsScreen(FileListBrowser):
    """Closes with whether a team was changed."""

    NAME = "Teams"
    EMPTY = "There are no teams yet. Press n to create one."
    CSS_PATH = "../library.tcss"
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("teams", "app")
    BINDINGS: ClassVar[list[BindingType]] = [
        # Enter edits also while the search, which would take it, has the focus.
        *(replace(b, priority=b.key == "enter") for b in cast(list[Binding], make_bindings("teams")))
    ]

    def __init__(
        self, given: Path | None = None, task: Path | None = None, *, context: LibraryContext | None = None
    ) -> None:
        """List the teams of the folders `given` and `task`, and those of the standard folders."""
        self._folders = PersonaFolders(given, task)
        super().__init__(
            self._read_all, self._folders.snapshot, lambda entry: describe_team(entry, self.shown.library)
        )
        self._library_context = context or LibraryContext()

    def _read_all(self) -> Snapshot[TeamEntry]:
        file_state, library = self._folders.snapshot(), self._folders.load()
        entries = list_team_entries(library, self._folders)
        errors = sum(entry.fault is not None for entry in entries.values())
        return Snapshot(entries, file_state, errors, library=library)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is possible now."""
        if action == "use_team":
            is_usable = self.entry is not None and self.entry.fault is None
            return (is_usable or None) if self._library_context.use_team is not None else False
        return super().check_action(action, parameters)

    @on(OptionList.OptionSelected)
    def action_edit_team(self) -> None:
        """Edit the highlighted team."""
        entry = self.entry
        if entry is None or entry.path is None:
            return
        if entry.found is None:
            self.say(f"Repair {files.display_path(entry.path)} in a text editor; it is reloaded then.")
        else:
            self._open(entry.found.team, path=entry.path, origin=entry.found.origin)

    def action_new_team(self) -> None:
        """Create a team."""
        self._open(None)

    def action_copy_team(self) -> None:
        """Create a copy of the highlighted team."""
        entry = self.entry
        if entry is not None and entry.found is not None:
            library, team = self.shown.library, entry.found.team
            names = [found.team.name for found in (*library.teams, *library.hidden_teams)]
            self._open(team.model_copy(update={"name": unused_name(team.name, names)}))

    def _open(self, team: Team | None, *, path: Path | None = None, origin: str = "") -> None:
        self.say("")
        library, context = self.shown.library, self._library_context
        if library is not None:
            editor = TeamEditor(team, path=path, origin=origin, library=library, context=context)
            self.app.push_screen(editor, self._show_saved)

    def _show_saved(self, saved: SavedTeam | None) -> None:
        if saved is not None:
            self.has_saved = True
            self.say(f"{saved.team.name} saved to {files.display_path(saved.path)}")
            self.load(Target(str(saved.path)))

    @background()
    async def action_rename_team(self) -> None:
        """Rename the highlighted team, if it is the user's own."""
        entry = self.entry
        if entry is not None and entry.found is not None and entry.is_writable:
            await self.rename(entry.found.team, FileStore(entry.path, TEAM_FORMAT))

    def action_use_team(self) -> None:
        """Select the highlighted team for the next runs and close."""
        entry = self.entry
        if entry is not None and entry.found is not None and self._library_context.use_team is not None:
            self._library_context.use_team(entry.found.team.name)
            self.dismiss(self.has_saved)

    def action_read_teams(self) -> None:
        """Read all files again."""
        self.load()

    action_delete_team = FileListBrowser.delete
    action_undo_team = FileListBrowser.undo_last
    action_search_teams = FileListBrowser.focus_search
    action_leave_teams = FileListBrowser.leave_list
