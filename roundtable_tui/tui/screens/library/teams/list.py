"""All teams there are: seat one, put one together, change, copy, rename and delete your own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from roundtable_tui.errors import FileError
from roundtable_tui.resources import PersonaLibrary, Team
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings
from roundtable_tui.tui.screens.library.browser import MOVES, ResourceBrowser, Snapshot
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.file_store import TeamFileStore
from roundtable_tui.tui.screens.library.personas.rows import FAULTY, PersonaScan
from roundtable_tui.tui.screens.library.teams.editor import SavedTeam, TeamEditor
from roundtable_tui.tui.screens.library.teams.rows import TeamEntry, described, entries_of, free_name
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.utils import files
from roundtable_tui.utils.files import FileSnapshot


class TeamsScreen(ResourceBrowser):
    """Shows the teams given, here, yours and shipped; gives whether any has changed."""

    CSS_PATH = "../library.tcss"
    TITLE_ = "Teams"
    EMPTY = "There are no teams yet. Press n to put one together."
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("teams", "app")
    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the search takes enter for itself.
        *(replace(b, priority=b.key == "enter") for b in cast(list[Binding], make_bindings("teams"))),
        *MOVES,
    ]

    def __init__(
        self, given: Path | None = None, task: Path | None = None, *, at_hand: LibraryContext | None = None
    ) -> None:
        super().__init__()
        self._places = (given, task)
        self._at_hand = at_hand or LibraryContext()

    def read(self) -> Snapshot:
        """Read all there is."""
        seen = self.look()
        library = PersonaScan.read(*self._places).library
        return Snapshot(library, dict(entries_of(library, *self._places)), seen)

    def look(self) -> FileSnapshot:
        """Return how the files are now."""
        return PersonaScan.look(*self._places)

    def faulty(self, fault: FileError) -> dict[str, Any]:
        """Return the one entry there is where nothing can be read."""
        return {"fault": TeamEntry(Item("fault", str(fault), group=FAULTY, tone="error"), None, fault=fault)}

    def described(self, entry: TeamEntry) -> tuple[str, str, str]:
        """Return the name of an entry, what is known of it, and who sits there."""
        return described(entry, self.shelf.library)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what makes sense now."""
        if action == "use_team":
            found = self.entry is not None and self.entry.fault is None
            return (found or None) if self._at_hand.use_team is not None else False
        return super().check_action(action, parameters)

    @on(OptionList.OptionSelected)
    def action_edit_team(self) -> None:
        """Change the highlighted team."""
        entry = self.entry
        if entry is None or entry.path is None:
            return
        if entry.found is None:
            self.say(f"Mend {files.display_path(entry.path)} in a text editor: it is read again then.")
        else:
            self._open(entry.found.team, path=entry.path, origin=entry.found.origin)

    def action_new_team(self) -> None:
        """Put a team together."""
        self._open(None)

    def action_copy_team(self) -> None:
        """Make a team like the highlighted one."""
        entry = self.entry
        if entry is not None and entry.found is not None:
            name = free_name(self.shelf.library, entry.found.team.name)
            self._open(entry.found.team.model_copy(update={"name": name}))

    def _open(self, team: Team | None, *, path: Path | None = None, origin: str = "") -> None:
        self.say("")
        library: PersonaLibrary = self.shelf.library
        builder = TeamEditor(team, path=path, origin=origin, library=library, at_hand=self._at_hand)
        self.app.push_screen(builder, self._made)

    def _made(self, made: SavedTeam | None) -> None:
        if made is not None:
            self.changed = True
            self.say(f"{made.team.name} is saved: {files.display_path(made.path)}")
            self.load(str(made.path))

    @background()
    async def action_rename_team(self) -> None:
        """Give the highlighted team another name, if it is one's own."""
        entry = self.entry
        if entry is not None and entry.found is not None and entry.yours:
            await self.rename(entry.found.team, TeamFileStore(entry.path))

    def action_use_team(self) -> None:
        """Seat the highlighted team, and go back to the table."""
        entry = self.entry
        if entry is not None and entry.found is not None and self._at_hand.use_team is not None:
            self._at_hand.use_team(entry.found.team.name)
            self.dismiss(self.changed)

    action_delete_team = ResourceBrowser.delete
    action_undo_team = ResourceBrowser.undo
    action_search_teams = ResourceBrowser.search
    action_read_teams = ResourceBrowser.read_again
    action_leave_teams = ResourceBrowser.leave
