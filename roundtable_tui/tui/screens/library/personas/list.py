"""The screen with all personas: try, edit, create, copy, rename and delete them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from roundtable_tui.resources import Persona
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings
from roundtable_tui.tui.screens.library.browser import FileListBrowser, Snapshot, Target
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.entries import unused_name
from roundtable_tui.tui.screens.library.file_store import PERSONA_FORMAT, FileStore
from roundtable_tui.tui.screens.library.personas.editor import EditedPersona, PersonaEditor
from roundtable_tui.tui.screens.library.personas.rows import (
    PersonaEntry,
    PersonaFolders,
    PersonaScan,
    describe_persona,
)
from roundtable_tui.tui.screens.library.personas.try_panel import TryPanel


class PersonasScreen(FileListBrowser):
    """Closes with whether a persona was changed."""

    NAME = "Personas"
    EMPTY = "There are no personas yet. Press n to create one."
    CSS_PATH = ["../library.tcss", "try_panel.tcss"]
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("personas", "trial", "app")
    BINDINGS: ClassVar[list[BindingType]] = [
        # Enter edits also while the search, which would take it, has the focus.
        *(replace(b, priority=b.key == "enter") for b in cast(list[Binding], make_bindings("personas"))),
        *make_bindings("trial"),
    ]

    def __init__(
        self,
        given: Path | None = None,
        task: Path | None = None,
        *,
        context: LibraryContext | None = None,
        models: Sequence[str] = (),
    ) -> None:
        """List the personas of the folders `given` and `task`, and those of the standard folders."""
        self._folders = PersonaFolders(given, task)
        super().__init__(self._read_all, self._folders.snapshot, describe_persona)
        self.library_context = context or LibraryContext()
        self._models = models
        self.trial = TryPanel(self.library_context, self._get_persona, self.view.focus)

    def _read_all(self) -> Snapshot[PersonaEntry]:
        file_state = self._folders.snapshot()
        scan = PersonaScan.read(self._folders)
        errors = sum(entry.fault is not None for entry in scan.entries.values())
        return Snapshot(scan.entries, file_state, errors, library=scan.library)

    def compose_panels(self) -> ComposeResult:
        """Yield the trial, which is closed at first."""
        yield self.trial

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is possible now."""
        if action in ("try_it", "stop_trying"):
            return self.trial.is_available(action)
        if self.has_class("-at-try") and action == "edit_persona":
            return False  # Enter asks.
        return super().check_action(action, parameters)

    # --- editing -------------------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    def action_edit_persona(self) -> None:
        """Edit the highlighted persona, or repair the highlighted file."""
        entry = self.entry
        if entry is not None and entry.path is not None:
            persona = entry.found.persona if entry.found is not None else None
            origin = entry.found.origin if entry.found is not None else ""
            self._open(persona, path=entry.path, origin=origin)

    def action_new_persona(self) -> None:
        """Create a persona."""
        self._open(None)

    def action_copy_persona(self) -> None:
        """Create a copy of the highlighted persona."""
        entry = self.entry
        if entry is not None and entry.found is not None:
            library, persona = self.shown.library, entry.found.persona
            names = [found.persona.name for found in (*library.items, *library.hidden)]
            self._open(persona.model_copy(update={"name": unused_name(persona.name, names)}))

    def _open(self, persona: Persona | None, *, path: Path | None = None, origin: str = "") -> None:
        self.say("")
        self.trial.stop()
        editor = PersonaEditor(
            persona,
            path=path,
            origin=origin,
            library=self.shown.library,
            context=self.library_context,
            models=self._models,
        )
        self.app.push_screen(editor, self._show_edited)

    def _show_edited(self, edited: EditedPersona | None) -> None:
        if edited is not None and edited.path is not None:
            self.has_saved = True
            self.load(Target(str(edited.path)))

    @background()
    async def action_rename_persona(self) -> None:
        """Rename the highlighted persona, if it is the user's own."""
        entry = self.entry
        if entry is not None and entry.found is not None and entry.is_writable:
            await self.rename(entry.found.persona, FileStore(entry.path, PERSONA_FORMAT))

    # --- trying --------------------------------------------------------------------------------

    def action_try_it(self) -> None:
        """Open the trial; if it is open, ask."""
        self.trial.toggle()

    def action_stop_trying(self) -> None:
        """Stop the answer."""
        self.trial.stop()

    @on(TryPanel.StateChanged)
    def _update_keys(self) -> None:
        self.refresh_bindings()

    @on(OptionList.OptionHighlighted)
    def _show_model(self) -> None:
        self.trial.show_model()

    def on_descendant_focus(self) -> None:
        """Note whether the focus is in the trial."""
        self.set_class(self.trial.has_focus_within, "-at-try")

    def _get_persona(self, show_problem: bool) -> Persona | None:
        entry = self.entry
        if entry is None or entry.found is None:
            if show_problem:
                self.say("Select a persona to try.")
            return None
        return cast(Persona, entry.found.persona)

    # --- other screens -------------------------------------------------------------------------

    def action_to_teams(self) -> None:
        """Open the teams."""
        from roundtable_tui.tui.screens.library.teams import TeamsScreen

        folders = self._folders
        self.app.push_screen(TeamsScreen(folders.given, folders.task, context=self.library_context))

    def action_leave_personas(self) -> None:
        """Leave the trial or the search, or close."""
        if not self.trial.close():
            self.leave_list()

    action_delete_persona = FileListBrowser.delete
    action_undo_persona = FileListBrowser.undo_last
    action_search_personas = FileListBrowser.focus_search

    def action_read_personas(self) -> None:
        """Read all files again."""
        self.load()
