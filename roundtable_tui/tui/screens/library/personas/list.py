"""All personas there are: read them, edit them, try them, make, copy, rename and delete your own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import OptionList

from roundtable_tui.errors import FileError
from roundtable_tui.resources import Persona, PersonaLibrary
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings
from roundtable_tui.tui.screens.library.browser import MOVES, ResourceBrowser, Snapshot
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.file_store import PersonaFileStore
from roundtable_tui.tui.screens.library.personas.editor import EditedPersona, PersonaEditor
from roundtable_tui.tui.screens.library.personas.rows import PersonaEntry, PersonaScan, described
from roundtable_tui.tui.screens.library.personas.try_panel import TryPanel, TryPanelMixin
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from roundtable_tui.utils.files import FileSnapshot


class PersonasScreen(ResourceBrowser, TryPanelMixin):
    """Shows the personas given, of a task, here, yours and shipped; gives whether any has changed."""

    CSS_PATH = ["../library.tcss", "try_panel.tcss"]
    TITLE_ = "Personas"
    EMPTY = "There are no personas yet. Press n to make one."
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("personas", "trial", "app")
    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the search takes enter for itself.
        *(replace(b, priority=b.key == "enter") for b in cast(list[Binding], make_bindings("personas"))),
        *make_bindings("trial"),
        *MOVES,
    ]

    def __init__(
        self,
        given: Path | None = None,
        task: Path | None = None,
        *,
        at_hand: LibraryContext | None = None,
        models: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._places = (given, task)
        self.at_hand = at_hand or LibraryContext()
        self._models = models

    def read(self) -> Snapshot:
        """Read all there is."""
        seen = self.look()
        shelf = PersonaScan.read(*self._places)
        return Snapshot(shelf.library, dict(shelf.entries), seen)

    def look(self) -> FileSnapshot:
        """Return how the files are now."""
        return PersonaScan.look(*self._places)

    def faulty(self, fault: FileError) -> dict[str, Any]:
        """Return the one entry there is where nothing can be read."""
        return dict(PersonaScan.of(PersonaLibrary(problems=[fault])).entries)

    def described(self, entry: PersonaEntry) -> tuple[str, str, str]:
        """Return the name of an entry, what is known of it, and its prompt or its fault."""
        return described(entry)

    def more(self) -> list[Widget]:
        """Return the trial, which is closed at first."""
        return [TryPanel(self.at_hand)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what makes sense now."""
        if action in ("try_it", "stop_trying"):
            return self.may_try(action)
        if self.has_class("-at-try") and action == "edit_persona":
            return False  # Enter asks.
        return super().check_action(action, parameters)

    # --- made, edited, renamed -----------------------------------------------------------------

    @on(OptionList.OptionSelected)
    def action_edit_persona(self) -> None:
        """Edit the highlighted persona, or mend the highlighted file."""
        entry = self.entry
        if entry is not None and entry.path is not None:
            persona = entry.found.persona if entry.found is not None else None
            origin = entry.found.origin if entry.found is not None else ""
            self._open(persona, path=entry.path, origin=origin)

    def action_new_persona(self) -> None:
        """Make a persona."""
        self._open(None)

    def action_copy_persona(self) -> None:
        """Make a persona like the highlighted one."""
        entry = self.entry
        if entry is not None and entry.found is not None:
            persona = entry.found.persona
            name = PersonaScan(self.shelf.library).free_name(persona.name)
            self._open(persona.model_copy(update={"name": name}))

    def _open(self, persona: Persona | None, *, path: Path | None = None, origin: str = "") -> None:
        self.say("")
        self.trial.stop()
        editor = PersonaEditor(
            persona,
            path=path,
            origin=origin,
            library=self.shelf.library,
            at_hand=self.at_hand,
            models=self._models,
        )
        self.app.push_screen(editor, self._edited)

    def _edited(self, edited: EditedPersona | None) -> None:
        if edited is not None and edited.path is not None:
            self.changed = True
            self.load(str(edited.path))

    @background()
    async def action_rename_persona(self) -> None:
        """Give the highlighted persona another name, if it is one's own."""
        entry = self.entry
        if entry is not None and entry.found is not None and entry.yours:
            await self.rename(entry.found.persona, PersonaFileStore(entry.path))

    # --- tried ---------------------------------------------------------------------------------

    def persona_to_try(self, *, asked: bool) -> Persona | None:
        """Return the highlighted persona."""
        entry = self.entry
        if entry is None or entry.found is None:
            if asked:
                self.say("Choose a persona to try.")
            return None
        return cast(Persona, entry.found.persona)

    def leave_trial(self) -> None:
        """Go back to the list."""
        self.query_one(ItemList).focus()

    def highlighted(self) -> None:
        """Say who would be asked, where a trial is open."""
        if self.has_class("-try") and (persona := self.persona_to_try(asked=False)) is not None:
            self.trial.about(persona)

    def on_descendant_focus(self) -> None:
        """Know whether the cursor is in the trial."""
        self.set_class(self.trial.has_focus_within, "-at-try")

    # --- and the rest --------------------------------------------------------------------------

    def action_to_teams(self) -> None:
        """Go to the teams."""
        from roundtable_tui.tui.screens.library.teams import TeamsScreen

        self.app.push_screen(TeamsScreen(*self._places, at_hand=self.at_hand))

    def action_leave_personas(self) -> None:
        """Out of the trial, out of the search, or back."""
        if not self.close_trial():
            self.leave()

    action_delete_persona = ResourceBrowser.delete
    action_undo_persona = ResourceBrowser.undo
    action_search_personas = ResourceBrowser.search
    action_read_personas = ResourceBrowser.read_again
