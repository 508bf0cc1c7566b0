"""Edit a persona: a form and its JSON side by side, each following the other, checked as one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Static, TextArea

from roundtable_tui import disk
from roundtable_tui.errors import FileError
from roundtable_tui.files import Persona, PersonaLibrary
from roundtable_tui.text import one_line
from roundtable_tui.tui.screens.personas.draft import FIELDS, Draft, first_text
from roundtable_tui.tui.screens.personas.form import PersonaForm
from roundtable_tui.tui.screens.personas.home import Home, before
from roundtable_tui.tui.screens.personas.source import PersonaSource
from roundtable_tui.tui.widgets.entry import TextField, writable
from roundtable_tui.tui.widgets.note import Note

_LIVE = "A run is going on: takes effect with the next turn."


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of editing: the persona, and the file it was saved to, None where it was not."""

    persona: Persona
    path: Path | None


class Side(Static):
    """The name of one side, to be clicked where there is room for one only."""

    def __init__(self, title: str, which: str) -> None:
        super().__init__(title, id=f"side-{which}", classes="side")
        self._which = which

    async def on_click(self) -> None:
        """Show this side."""
        await self.run_action(f"screen.side('{self._which}')")


class PersonaEditor(ModalScreen[Edited | None]):
    """Gives the edited persona, or None where nothing came of it.

    A file of the user's own is written to; anything else becomes a copy of theirs. Without a persona, but
    with a `path`, the file is mended as it is. `live` adds a way to use the persona without saving it.
    `library` tells whose files come first; `models` and `servers` are offered as one types.
    """

    CSS_PATH = "editor.tcss"
    AUTO_FOCUS = "#name"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="persona.save", tooltip="Save it to your personas."),
        Binding("ctrl+r", "use", "Use unsaved", id="persona.use", tooltip=_LIVE),
        Binding("ctrl+t", "other_side", "Form/JSON", id="persona.side", tooltip="To the other side."),
        Binding("ctrl+g", "fault", "Fault", id="persona.fault", tooltip="To the next fault."),
        Binding(
            "escape", "leave", "Leave", id="persona.leave", tooltip="Leave; asks if something is unsaved."
        ),
    ]

    def __init__(
        self,
        persona: Persona | None,
        *,
        path: Path | None = None,
        origin: str = "",
        live: bool = False,
        library: PersonaLibrary | None = None,
        models: Sequence[str] = (),
        servers: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._home = Home(path, origin)
        self._live = live
        self._library = library
        self._known = (models, servers)
        self._start = first_text(persona)
        self._note = ""
        if path is not None:
            self._look_at_file(mend=persona is None)
        self._untouched = {"name", "prompt"} if persona is None and path is None else set()
        self._draft = Draft.read(self._start)
        self._called = persona.name if persona is not None else ""
        self._faulty = bool(self._draft.problems)
        self._asked = ""

    def _look_at_file(self, *, mend: bool) -> None:
        """Remember the file as it is; what is to be mended begins with its text."""
        try:
            found = self._home.read()
        except FileError as error:
            self._note = str(error)
        else:
            self._start = writable(found) if mend else self._start

    def compose(self) -> ComposeResult:
        """Who and where on top, the two sides, what there is to say, and the keys."""
        models, servers = self._known
        yield Note(id="who")
        yield Note(id="where")
        if self._live:
            yield Static(_LIVE, id="live")
        with Horizontal(id="names"):
            yield Side("Form", "form")
            yield Side("JSON", "json")
        with Horizontal(id="sides"):
            yield PersonaForm(models=models, servers=servers)
            yield PersonaSource()
        yield Note(id="status", folds=True)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show what is edited."""
        self._show()
        for field in self.query(TextField):
            field.begin()
        self._say(self._note, "error")
        if self._draft.data is None:
            self.call_after_refresh(self.action_fault)

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
        text = self.query_one(PersonaSource).text
        if text != self._draft.text:
            self._untouched.clear()
            self._take(text)

    def _take(self, text: str, besides: str = "") -> None:
        """Make `text` the draft and show it everywhere but in the field it came from."""
        self._draft = Draft.read(text)
        self._asked = ""
        self._say("")
        self._show(besides)

    def _show(self, besides: str = "") -> None:
        draft = self._draft
        if draft.data is not None:
            self._called = draft.shown("name")
        name = one_line(self._called, 60)
        sign = " •" if self.changed else ""
        self.query_one("#who", Note).say(Content.assemble((name or "A new persona", "bold"), sign))
        self.query_one("#where", Note).say(self._home.line(self._called))
        self.query_one(PersonaForm).show(draft, untouched=self._untouched, besides=besides)
        self.query_one(PersonaSource).show(draft, self._untouched)
        if self._faulty != bool(draft.problems):
            self._faulty = bool(draft.problems)
            self.refresh_bindings()

    def _say(self, line: str, kind: str = "warning") -> None:
        status = self.query_one("#status", Note)
        status.say(one_line(line))
        status.set_class(kind == "error", "-error")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what makes sense now."""
        if action == "use":
            return self._live
        if action == "fault":
            return self._faulty
        return True

    def action_save(self) -> None:
        """Save, unless there is a fault or nothing to save; ask first where something would be lost."""
        persona = self._draft.persona
        if persona is None:
            self._refuse("Not saved")
        elif not self.changed and self._home.path is not None:
            self._say("Nothing has changed: there is nothing to save.")
        elif (question := self._home.question(persona)) and not self._sure(question):
            self._say(f"{question} ctrl+s again saves it all the same.")
        else:
            try:
                path = self._home.save(persona)
            except FileError as error:
                self._say(f"Not saved: {error}", "error")
            else:
                self._tell_saved(persona, path)
                self.dismiss(Edited(persona, path))

    def _tell_saved(self, persona: Persona, path: Path) -> None:
        lines = f"{persona.name} is saved: {disk.show(path)}"
        if (first := before(self._library, persona)) is not None:
            lines += f"\n{disk.show(first)} has the same name and is found first."
        self.app.notify(lines, markup=False)

    def action_use(self) -> None:
        """Let the run go on with the persona as it is here."""
        if self._draft.persona is None:
            self._refuse("Not used")
        else:
            self.dismiss(Edited(self._draft.persona, None))

    def action_leave(self) -> None:
        """Leave; ask once if something is unsaved."""
        if not self.changed or self._sure("leave"):
            self.dismiss(None)
        else:
            self._say("There are unsaved changes. ctrl+s saves them, esc again leaves without them.")

    def _sure(self, what: str) -> bool:
        """Return whether this was asked just before; remember that it has been now."""
        asked, self._asked = self._asked, what
        return asked == what

    def _refuse(self, what: str) -> None:
        """Say what is wrong, and go there."""
        self._untouched.clear()
        self._show()
        first = self._draft.problems[0]
        self._say(f"{what}: {first}", "error")
        if first.field in FIELDS and self._draft.data is not None and not self.has_class("-json"):
            self.query_one(PersonaForm).go_to(first.field)
        else:
            self.action_fault()

    def action_fault(self) -> None:
        """Go to the next fault in the JSON."""
        self._turn_to("json", self.query_one(PersonaSource).go_to_fault)

    def action_other_side(self) -> None:
        """Go from the form to the JSON, or back."""
        self.action_side("form" if self.has_class("-json") else "json")

    def action_side(self, which: str) -> None:
        """Go to a side."""
        target = "#json" if which == "json" else "#name"
        self._turn_to(which, lambda: self.query_one(target).focus())

    def _turn_to(self, which: str, then: Callable[[], object]) -> None:
        """Bring a side to the front, then do what needs it there."""
        self.set_class(which == "json", "-json")
        self.call_after_refresh(then)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the side in front that the cursor is on."""
        self.set_class(event.widget.id == "json", "-json")
