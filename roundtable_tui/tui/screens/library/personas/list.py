"""The screen with all personas: try, edit, create, copy, rename and delete them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import OptionList

from roundtable_tui.config.params import describe_params
from roundtable_tui.errors import FileError
from roundtable_tui.resources import LibraryPersona, Persona, PersonaLibrary
from roundtable_tui.resources.importing import read_foreign_file, save_imported
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings, make_list_bindings
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.file_list import FileListScreen, ResourceRow
from roundtable_tui.tui.screens.library.personas.editor import PersonaEditor
from roundtable_tui.tui.screens.trial.panel import TryPanel
from roundtable_tui.tui.widgets.preview_pane import cut_text
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.dropped_paths import find_dropped_files

_MAX_LINES = 3


class PersonasScreen(FileListScreen):
    """Closes with whether a persona was changed."""

    MODEL = Persona
    EDITOR = PersonaEditor
    SUBFOLDERS = ("", "participants")
    HAS_OTHER_ERRORS = True
    NAME, NOUN = "Personas", "persona"
    EMPTY = "There are no personas yet. Press n to create one."
    CSS_PATH = ["../library.tcss", "../../trial/panel.tcss"]
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("personas", "trial", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*make_list_bindings("personas"), *make_bindings("trial")]

    def __init__(
        self,
        given: Path | None = None,
        task: Path | None = None,
        *,
        context: LibraryContext | None = None,
        first: str = "",
    ) -> None:
        """List the personas, see `FileListScreen`; `first` is the slug to highlight first."""
        super().__init__(given, task, context=context)
        self._first = first
        self.trial = TryPanel(self.library_context.trial, self._get_persona, self.view.focus)
        self.add_actions(self.trial.actions)

    def make_row(self, library: PersonaLibrary, found: LibraryPersona) -> tuple[str, str, str]:
        """Return title, detail and hint of a row."""
        # A persona of the current folder may come from a stranger: name what it replaces.
        hides = library.hidden_by(found) if found.origin == "here" else ""
        hint = " · ".join(part for part in (hides and f"hides {hides}", found.persona.role) if part)
        return found.persona.name, found.persona.full_name, hint

    def describe_found(self, library: PersonaLibrary, found: LibraryPersona) -> tuple[list[str], str]:
        """Return facts about a persona, and its prompt."""
        persona = found.persona
        facts = [
            persona.full_name,
            persona.role,
            f"creativity {persona.creativity:g}, temperature {persona.effective_temperature:g}",
            f"model {persona.model}" if persona.model else "",
            f"server {persona.server}" if persona.server else "",
            f"at most {persona.max_tokens:,} tokens a turn" if persona.max_tokens else "",
            describe_params(persona.params) if persona.params else "",
        ]
        return facts, cut_text(persona.prompt)

    def compose_panels(self) -> ComposeResult:
        """Yield the trial, which is closed at first."""
        yield self.trial

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is possible now: in the trial, enter asks."""
        is_asking = action == "edit_persona" and self.has_class("-at-try")
        return False if is_asking else super().check_action(action, parameters)

    def after_load(self) -> None:
        """Highlight the persona that the list was opened for."""
        first, self._first = self._first, ""
        for row in self.shown.rows if first else ():
            if isinstance(row, ResourceRow) and row.found is not None and row.found.slug == first:
                self.view.highlight_item(row.id)
                break

    def open_editor(self, resource: Persona | None, *, path: Path | None = None, origin: str = "") -> None:
        """Edit a persona, or repair a file. An answer that is still being written is stopped."""
        self.trial.stop()
        super().open_editor(resource, path=path, origin=origin)

    # --- dropped files -------------------------------------------------------------------------

    def on_paste(self, event: events.Paste) -> None:
        """Import files dropped on the list: the terminal pastes their paths."""
        if paths := find_dropped_files(event.text):
            event.stop()
            self._import_files(paths)
        elif self.focused is self.view:
            self.say("To import a persona, drop its file here: a card, an assistant, a list of prompts.")

    @background(group="import")
    async def _import_files(self, paths: Sequence[Path]) -> None:
        lines, faults, last = await asyncio.to_thread(_import_all, paths)
        if last is not None:
            self.has_saved = True
            self.load(str(last))
        self.say(" ".join((*faults, *lines)), is_error=bool(faults))

    # --- trying --------------------------------------------------------------------------------

    @on(OptionList.OptionHighlighted)
    def _show_model(self) -> None:
        self.trial.show_model()

    def on_descendant_focus(self) -> None:
        """Note whether the focus is in the trial."""
        self.set_class(self.trial.has_focus_within, "-at-try")

    def _get_persona(self, show_problem: bool) -> Persona | None:
        persona: Persona | None = self.resource
        if persona is None and show_problem:
            self.say("Select a persona to try.")
        return persona

    # --- other screens -------------------------------------------------------------------------

    def action_to_teams(self) -> None:
        """Open the teams."""
        from roundtable_tui.tui.screens.library.teams.list import TeamsScreen

        self.app.push_screen(TeamsScreen(self.given, self.task_folder, context=self.library_context))

    def leave(self) -> None:
        """Leave the trial or the search, or close."""
        if not self.trial.close():
            super().leave()


def _import_all(paths: Sequence[Path]) -> tuple[list[str], list[str], Path | None]:
    """Import files; return lines about them, lines about those that cannot be read, and the last new file."""
    lines, faults = [], []
    last = None
    for path in paths:
        try:
            for found in read_foreign_file(path):
                saved, last = save_imported(found)
                left = f" Left out: {single_line(', '.join(saved.left_out), 120)}." if saved.left_out else ""
                lines.append(f"{single_line(saved.persona.name)} imported.{left}")
        except FileError as error:
            faults.append(str(error))
    if len(lines) > _MAX_LINES:
        lines = [f"{len(lines)} personas imported to {files.display_path(last.parent) if last else ''}."]
    return lines, faults, last
