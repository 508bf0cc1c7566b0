"""Edit a persona in a form and as JSON, side by side; both are checked as the user types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Static, TextArea

from roundtable_tui.errors import FileError
from roundtable_tui.resources import Persona, PersonaLibrary
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.file_editor import FileEditor
from roundtable_tui.tui.screens.library.file_store import PERSONA_FORMAT, FileStore, find_overriding
from roundtable_tui.tui.screens.library.personas.draft import FIELDS, PersonaDraft, initial_text
from roundtable_tui.tui.screens.library.personas.form import PersonaForm
from roundtable_tui.tui.screens.library.personas.json_editor import PersonaJsonEditor
from roundtable_tui.tui.screens.library.personas.try_panel import TryPanel
from roundtable_tui.tui.widgets.lists.entry import TextField, sanitize_input
from roundtable_tui.utils import files

_LIVE = "A run is active: changes take effect at the seat's next turn."


@dataclass(frozen=True, slots=True)
class EditedPersona:
    """The result of editing: the persona, and the file it was saved to (None: not saved)."""

    persona: Persona
    path: Path | None


class SideTab(Static):
    """The name of one side; a click shows it where there is room for one only."""

    def __init__(self, title: str, side: str) -> None:
        super().__init__(title, id=f"side-{side}", classes="side")
        self._side = side

    async def on_click(self) -> None:
        """Show this side."""
        await self.run_action(f"screen.side('{self._side}')")


class PersonaEditor(FileEditor[PersonaDraft, EditedPersona | None]):
    """Closes with the edited persona, or with None."""

    NOUN = "persona"
    CSS_PATH = ["../editor.tcss", "editor.tcss", "try_panel.tcss"]
    AUTO_FOCUS = "#name"
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("persona", "trial", "disk", "app")
    BINDINGS: ClassVar[list[BindingType]] = [
        *make_bindings("persona"),
        *make_bindings("trial"),
        *make_bindings("disk"),
    ]

    def __init__(
        self,
        persona: Persona | None,
        *,
        path: Path | None = None,
        origin: str = "",
        live: bool = False,
        library: PersonaLibrary | None = None,
        context: LibraryContext | None = None,
        models: Sequence[str] = (),
    ) -> None:
        """Edit a persona.

        Args:
            persona: None with a path repairs that file as it is; None without one begins a new persona.
            path: its file. A file that is not the user's own is saved as a copy.
            origin: where the file was found, a key of `ORIGIN_HEADINGS`.
            live: offer to apply the persona to the active run without saving it.
            library: to find another file of the same name that is used instead.
            context: makes it possible to try the persona and to pick its model.
            models: names for completion.
        """
        store = FileStore(path, PERSONA_FORMAT, origin)
        text, self._load_error = initial_text(persona), ""
        if path is not None:
            try:
                found = store.read()
            except FileError as error:
                self._load_error = str(error)
            else:
                text = sanitize_input(found) if persona is None else text
        draft = PersonaDraft.parse(text)
        super().__init__(store, draft, lambda text: PersonaDraft.parse(sanitize_input(text)))
        self.files = store
        self._live = live
        self._library = library
        self.library_context = context or LibraryContext()
        self._models = models
        # A new persona shows no problems of fields that the user has not visited yet.
        self._untouched = {"name", "prompt"} if persona is None and path is None else set()
        self._shown_name = persona.name if persona is not None else ""
        self._has_problems = bool(draft.problems)

    def compose(self) -> ComposeResult:
        """Yield header, form and JSON, the trial, status and keys."""
        yield from self.compose_header()
        if self._live:
            yield Static(_LIVE, id="live")
        with Horizontal(id="names"):
            yield SideTab("Form", "form")
            yield SideTab("JSON", "json")
            yield SideTab("Try it", "try")
        with Horizontal(id="sides"):
            yield PersonaForm(models=self._models, servers=self.library_context.servers)
            yield PersonaJsonEditor()
        yield TryPanel(self.library_context, self._get_valid_persona, lambda: self.action_side("form"))
        yield from self.compose_footer()

    def on_mount(self) -> None:
        """Show the draft."""
        self.trial = self.query_one(TryPanel)
        self.show_draft()
        for field in self.query(TextField):
            field.reset_history()
        self.say(self._load_error, "error")
        self.start_polling()
        if self.draft.data is None:
            self.call_after_refresh(self.action_persona_fault)

    # Form and JSON follow each other through the draft. A handler compares the widget's current value with
    # the draft and does nothing if they are equal, so that a change cannot cause an endless loop.

    @on(PersonaForm.Changed)
    def _take_form(self, event: PersonaForm.Changed) -> None:
        value, draft = self.query_one(PersonaForm).value(event.field), self.draft
        known = draft.creativity if event.field == "creativity" else draft.format_field(event.field)
        if draft.data is not None and value != known:
            self._untouched.discard(event.field)
            self.set_draft(PersonaDraft.parse(draft.with_field(event.field, value)), event.field)

    @on(TextArea.Changed, "#json")
    def _take_json(self) -> None:
        text = self.query_one(PersonaJsonEditor).field.text
        if text != self.draft.text:
            self._untouched.clear()
            self.set_draft(PersonaDraft.parse(text))

    @property
    def changed(self) -> bool:
        """Whether the text differs from the file."""
        return self.draft.text != self.original.text

    def set_draft(self, draft: PersonaDraft, source: str = "") -> None:
        """Take a changed draft and draw it, except in the field `source`."""
        self._source = source
        super().set_draft(draft)
        self._source = ""

    _source = ""

    def show_draft(self) -> None:
        """Draw the draft in header, form and JSON."""
        draft = self.draft
        if draft.data is not None:
            self._shown_name = draft.format_field("name")
        self.show_header(self._shown_name)
        self.query_one(PersonaForm).show(draft, untouched=self._untouched, source=self._source)
        self.query_one(PersonaJsonEditor).show(draft, self._untouched)
        if self._has_problems != bool(draft.problems):
            self._has_problems = bool(draft.problems)
            self.refresh_bindings()

    def load_text(self, text: str) -> None:
        """Begin again with a text on disk."""
        self._untouched.clear()
        super().load_text(text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is possible now."""
        match action:
            case "use_persona":
                return self._live
            case "persona_fault":
                return self._has_problems
            case "try_it" | "stop_trying":
                return self.is_mounted and self.query_one(TryPanel).is_available(action)
            case "pick_voice":
                return self.library_context.pick_model is not None
            case "take_theirs" | "keep_yours":
                return self.store.differs
        return True

    # --- saving and leaving --------------------------------------------------------------------

    def action_save_persona(self) -> None:
        """Save; ask first if something would be lost."""
        persona = self.draft.persona
        if persona is None:
            self._reject("Not saved")
        else:
            self.save(self.files.question(persona), lambda: self._write(persona))

    def _write(self, persona: Persona) -> None:
        path = self.files.save(persona)
        lines = f"{persona.name} saved to {files.display_path(path)}"
        if (first := find_overriding(self._library, persona)) is not None:
            lines += f"\n{files.display_path(first)} has the same name and is used instead."
        self.app.notify(lines, markup=False)
        self.dismiss(EditedPersona(persona, path))

    def action_use_persona(self) -> None:
        """Apply the persona to the active run without saving it."""
        if self.draft.persona is None:
            self._reject("Not applied")
        else:
            self.dismiss(EditedPersona(self.draft.persona, None))

    def action_leave_persona(self) -> None:
        """Close the trial if the focus is in it; otherwise leave."""
        if not self.trial.close():
            self.leave()

    def _reject(self, what: str) -> None:
        """Show the first problem and go to it."""
        self._untouched.clear()
        self.show_draft()
        first = self.draft.problems[0]
        self.say(f"{what}: {first}", "error")
        if first.field in FIELDS and self.draft.data is not None and not self.has_class("-json"):
            self.query_one(PersonaForm).go_to(first.field)
        else:
            self.action_persona_fault()

    # --- the sides -----------------------------------------------------------------------------

    def action_persona_fault(self) -> None:
        """Go to the next problem in the JSON."""
        self._show_side("json", self.query_one(PersonaJsonEditor).go_to_next_problem)

    def action_other_side(self) -> None:
        """Go from the form to the JSON, or back."""
        self.action_side("form" if self.has_class("-json") else "json")

    def action_side(self, side: str) -> None:
        """Go to a side."""
        if side == "try":
            self.trial.open()
        else:
            target = "#json" if side == "json" else "#name"
            self._show_side(side, lambda: self.query_one(target).focus())

    def _show_side(self, side: str, then: Callable[[], object]) -> None:
        self.set_class(side == "json", "-json")
        self.remove_class("-at-try")
        self.call_after_refresh(then)  # A hidden widget cannot be focused.

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the side with the focus in front."""
        in_trial = self.query_one(TryPanel) in event.widget.ancestors
        self.set_class(in_trial, "-at-try")
        if not in_trial:
            self.set_class(event.widget.id == "json", "-json")

    # --- trying it, and its model --------------------------------------------------------------

    def action_try_it(self) -> None:
        """Open the trial; if it is open, ask."""
        self.trial.toggle()

    def action_stop_trying(self) -> None:
        """Stop the answer."""
        self.trial.stop()

    @on(TryPanel.StateChanged)
    def _update_keys(self) -> None:
        self.refresh_bindings()

    def _get_valid_persona(self, show_problem: bool) -> Persona | None:
        if self.draft.persona is None and show_problem:
            self._reject("Not tried")
        elif show_problem:
            self.say("")
        return self.draft.persona

    @background()
    async def action_pick_voice(self) -> None:
        """Pick model and server among all known ones."""
        if self.library_context.pick_model is None or self.draft.data is None:
            return
        picked = await self.library_context.pick_model(f"Model for {self._shown_name or 'this persona'}")
        if picked is not None and self.draft.data is not None:
            for field, value in zip(("server", "model"), picked, strict=True):
                self.set_draft(PersonaDraft.parse(self.draft.with_field(field, value)))
