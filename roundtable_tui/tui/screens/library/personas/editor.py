"""Edit a persona: a form and its JSON side by side, each following the other, checked as one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static, TextArea

from roundtable_tui.errors import FileError
from roundtable_tui.resources import Persona, PersonaLibrary
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.file_store import PersonaFileStore, find_overridden
from roundtable_tui.tui.screens.library.file_watch import FileWatchMixin
from roundtable_tui.tui.screens.library.personas.draft import FIELDS, PersonaDraft, first_text
from roundtable_tui.tui.screens.library.personas.form import PersonaForm
from roundtable_tui.tui.screens.library.personas.json_editor import PersonaJsonEditor
from roundtable_tui.tui.screens.library.personas.try_panel import TryPanel, TryPanelMixin
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.entry import TextField, sanitize_input
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

_LIVE = "A run is going on: takes effect with the next turn."


@dataclass(frozen=True, slots=True)
class EditedPersona:
    """What came of editing: the persona, and the file it was saved to, None where it was not."""

    persona: Persona
    path: Path | None


class SideTab(Static):
    """The name of one side, to be clicked where there is room for one only."""

    def __init__(self, title: str, which: str) -> None:
        super().__init__(title, id=f"side-{which}", classes="side")
        self._which = which

    async def on_click(self) -> None:
        """Show this side."""
        await self.run_action(f"screen.side('{self._which}')")


class PersonaEditor(BaseDialog[EditedPersona | None], TryPanelMixin, FileWatchMixin):
    """Gives the edited persona, or None where nothing came of it.

    A file of the user's own is written to; anything else becomes a copy of theirs. Without a persona, but
    with a `path`, the file is mended as it is. `live` adds a way to use the persona without saving it.
    `library` tells whose files come first; `models` are offered as one types; what is `at_hand` makes it
    possible to try the persona and to pick its model.
    """

    CSS_PATH = ["editor.tcss", "try_panel.tcss"]
    AUTO_FOCUS = "#name"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
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
        at_hand: LibraryContext | None = None,
        models: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.home = PersonaFileStore(path, origin)
        self._live = live
        self._library = library
        self.at_hand = at_hand or LibraryContext()
        self._models = models
        self._start = first_text(persona)
        self._note = ""
        if path is not None:
            self._look_at_file(mend=persona is None)
        self._untouched = {"name", "prompt"} if persona is None and path is None else set()
        self._draft = PersonaDraft.read(self._start)
        self._called = persona.name if persona is not None else ""
        self._faulty = bool(self._draft.problems)
        self._asked = ""

    def _look_at_file(self, *, mend: bool) -> None:
        """Remember the file as it is; what is to be mended begins with its text."""
        try:
            found = self.home.read()
        except FileError as error:
            self._note = str(error)
        else:
            self._start = sanitize_input(found) if mend else self._start

    def compose(self) -> ComposeResult:
        """Who and where on top, the two sides, what there is to say, and the keys."""
        yield Note(id="who")
        yield Note(id="where")
        yield Note(id="disk", hide_empty=True)
        if self._live:
            yield Static(_LIVE, id="live")
        with Horizontal(id="names"):
            yield SideTab("Form", "form")
            yield SideTab("JSON", "json")
            yield SideTab("Try it", "try")
        with Horizontal(id="sides"):
            yield PersonaForm(models=self._models, servers=self.at_hand.servers)
            yield PersonaJsonEditor()
        yield TryPanel(self.at_hand)
        yield Note(id="status", hide_empty=True)
        yield KeyHints()

    def on_mount(self) -> None:
        """Show what is edited."""
        self._show()
        for field in self.query(TextField):
            field.reset_history()
        self.say(self._note, "error")
        self.watch_disk()
        if self._draft.data is None:
            self.call_after_refresh(self.action_persona_fault)

    @property
    def changed(self) -> bool:
        """Whether anything has been changed."""
        return self._draft.text != self._start

    # Both sides follow each other through the draft: what a message is about is read from the widgets as
    # they are now, and what equals the draft is no news. So no change can go in a circle.

    @on(PersonaForm.Changed)
    def _from_form(self, event: PersonaForm.Changed) -> None:
        value = self.query_one(PersonaForm).value(event.field)
        known = self._draft.creativity if event.field == "creativity" else self._draft.shown(event.field)
        if self._draft.data is not None and value != known:
            self._untouched.discard(event.field)
            self._take(self._draft.with_field(event.field, value), besides=event.field)

    @on(TextArea.Changed, "#json")
    def _from_source(self) -> None:
        text = self.query_one(PersonaJsonEditor).text
        if text != self._draft.text:
            self._untouched.clear()
            self._take(text)

    def _take(self, text: str, besides: str = "") -> None:
        """Make `text` the draft and show it everywhere but in the field it came from."""
        self._draft = PersonaDraft.read(text)
        self._asked = ""
        self.say("")
        self._show(besides)

    def _show(self, besides: str = "") -> None:
        draft = self._draft
        if draft.data is not None:
            self._called = draft.shown("name")
        name = single_line(self._called, 60)
        sign = " •" if self.changed else ""
        self.query_one("#who", Note).show_content(Content.assemble((name or "A new persona", "bold"), sign))
        self.query_one("#where", Note).show_content(self.home.line(self._called))
        self.query_one(PersonaForm).show(draft, untouched=self._untouched, besides=besides)
        self.query_one(PersonaJsonEditor).show(draft, self._untouched)
        if self._faulty != bool(draft.problems):
            self._faulty = bool(draft.problems)
            self.refresh_bindings()

    def say(self, line: str, kind: str = "warning") -> None:
        """Say something in the line above the keys."""
        self.query_one("#status", Note).show_line(line, is_error=kind == "error")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what makes sense now."""
        match action:
            case "use_persona":
                return self._live
            case "persona_fault":
                return self._faulty
            case "try_it" | "stop_trying":
                return self.may_try(action)
            case "pick_voice":
                return self.at_hand.pick_model is not None
            case "take_theirs" | "keep_yours":
                return self.home.differs
        return True

    def action_save_persona(self) -> None:
        """Save, unless there is a fault or nothing to save; ask first where something would be lost."""
        persona = self._draft.persona
        if persona is None:
            self._refuse("Not saved")
        elif not self.changed and self.home.path is not None and not self.home.gone:
            self.say("Nothing has changed: there is nothing to save.")
        elif (question := self.home.question(persona)) and not self._sure(question):
            self.say(f"{question} ctrl+s again saves it all the same.")
        else:
            try:
                path = self.home.save(persona)
            except FileError as error:
                self.say(f"Not saved: {error}", "error")
            else:
                self._tell_saved(persona, path)
                self.dismiss(EditedPersona(persona, path))

    def _tell_saved(self, persona: Persona, path: Path) -> None:
        lines = f"{persona.name} is saved: {files.display_path(path)}"
        if (first := find_overridden(self._library, persona)) is not None:
            lines += f"\n{files.display_path(first)} has the same name and is found first."
        self.app.notify(lines, markup=False)

    def action_use_persona(self) -> None:
        """Let the run go on with the persona as it is here."""
        if self._draft.persona is None:
            self._refuse("Not used")
        else:
            self.dismiss(EditedPersona(self._draft.persona, None))

    def action_leave_persona(self) -> None:
        """Leave; ask once if something is unsaved. From a trial, back to the persona."""
        if self.close_trial():
            return
        if not self.changed or self._sure("leave"):
            self.dismiss(None)
        else:
            self.say("There are unsaved changes. ctrl+s saves them, esc again leaves without them.")

    def _sure(self, what: str) -> bool:
        """Return whether this was asked just before; remember that it has been now."""
        asked, self._asked = self._asked, what
        return asked == what

    def _refuse(self, what: str) -> None:
        """Say what is wrong, and go there."""
        self._untouched.clear()
        self._show()
        first = self._draft.problems[0]
        self.say(f"{what}: {first}", "error")
        if first.field in FIELDS and self._draft.data is not None and not self.has_class("-json"):
            self.query_one(PersonaForm).go_to(first.field)
        else:
            self.action_persona_fault()

    def action_persona_fault(self) -> None:
        """Go to the next fault in the JSON."""
        self._turn_to("json", self.query_one(PersonaJsonEditor).go_to_fault)

    def action_other_side(self) -> None:
        """Go from the form to the JSON, or back."""
        self.action_side("form" if self.has_class("-json") else "json")

    def action_side(self, which: str) -> None:
        """Go to a side."""
        if which == "try":
            self.open_trial()
        else:
            target = "#json" if which == "json" else "#name"
            self._turn_to(which, lambda: self.query_one(target).focus())

    def _turn_to(self, which: str, then: Callable[[], object]) -> None:
        """Bring a side to the front, then do what needs it there."""
        self.set_class(which == "json", "-json")
        self.remove_class("-at-try")
        self.call_after_refresh(then)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the side in front that the cursor is on."""
        tries = self.query_one(TryPanel) in event.widget.ancestors
        self.set_class(tries, "-at-try")
        if not tries:
            self.set_class(event.widget.id == "json", "-json")

    # --- trying it, and its model --------------------------------------------------------------

    def persona_to_try(self, *, asked: bool) -> Persona | None:
        """Return the persona as it stands here; go to the fault where it is none."""
        if self._draft.persona is None and asked:
            self._refuse("Not tried")
        elif asked:
            self.say("")
        return self._draft.persona

    def leave_trial(self) -> None:
        """Go back to the form."""
        self.action_side("form")

    @background()
    async def action_pick_voice(self) -> None:
        """Choose model and server among all there are."""
        if self.at_hand.pick_model is None or self._draft.data is None:
            return
        voice = await self.at_hand.pick_model(f"Who speaks for {self._called or 'it'}?")
        if voice is not None and self._draft.data is not None:
            for field, value in zip(("server", "model"), voice, strict=True):
                self._take(self._draft.with_field(field, value))

    # --- the file on the disk ------------------------------------------------------------------

    def take_text(self, text: str) -> None:
        """Begin anew with the text of the file."""
        self._start = sanitize_input(text)
        self._untouched.clear()
        self._take(self._start)

    def keep_over(self, text: str) -> None:
        """Keep what stands here; what it is compared with is another text."""
        self._start = sanitize_input(text)
        self._show()
