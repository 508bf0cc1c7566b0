"""The form side of the editor: one field a row, each with its fault."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from roundtable_tui.resources import Persona
from roundtable_tui.tui.screens.library.personas.draft import PersonaDraft
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.forms.slider import Slider
from roundtable_tui.tui.widgets.lists.entry import LineField, TextField
from roundtable_tui.utils.text import single_line


class PersonaField(Vertical):
    """A label and its controls in a row, and below them the fault, while there is one."""

    def __init__(self, field: str, *controls: Widget, stacked: bool = False) -> None:
        super().__init__(id=f"field-{field}", classes="-stacked" if stacked else None)
        self.field = field
        self._controls = controls
        self.tooltip = Content(Persona.model_fields[field].description or "")

    def compose(self) -> ComposeResult:
        """Label, controls, fault."""
        with Horizontal(classes="row"):
            yield Static(self.field.replace("_", " "), classes="label")
            yield from self._controls
        yield Note(hide_empty=True, classes="fault")

    def on_descendant_focus(self) -> None:
        """Stand out while the cursor is here."""
        self.add_class("-here")

    def on_descendant_blur(self) -> None:
        """Step back."""
        self.remove_class("-here")

    def say(self, fault: str) -> None:
        """Show what is wrong; "" when nothing is."""
        self.query_one(".fault", Note).show_content(single_line(fault))


_EMPTY = {
    "name": "how it is called",
    "full_name": "how it is introduced",
    "role": "what it is for: critic, poet, ...",
    "model": "the run's",
    "server": "the run's",
    "temperature": "as creativity says",
    "max_tokens": "the server's",
}
"""What an empty field says; its keys are the fields of one line."""


class PersonaForm(VerticalScroll, can_focus=False):
    """Shows a draft field by field, and tells which field was changed to what."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Field before", show=False),
    ]

    @dataclass
    class Changed(Message):
        """A field has another value in the form."""

        field: str

    def __init__(self, *, models: Sequence[str] = (), servers: Sequence[str] = ()) -> None:
        super().__init__(id="form")
        self._known = {"model": models, "server": servers}

    def compose(self) -> ComposeResult:
        """The rows."""
        self.border_title = "Form"
        yield Note(id="apart", hide_empty=True)
        yield from (self._line(field) for field in ("name", "full_name", "role"))
        yield PersonaField("creativity", Slider(id="creativity"), Note(id="heat"))
        yield from (self._line(field) for field in ("model", "server", "temperature", "max_tokens"))
        prompt = TextField(id="prompt", compact=True, highlight_cursor_line=False)
        prompt.placeholder = "Who it is, told to it: You are ..."
        yield PersonaField("prompt", prompt, stacked=True)

    def _line(self, field: str) -> PersonaField:
        known = [single_line(name) for name in self._known.get(field, ())]
        return PersonaField(field, LineField(placeholder=_EMPTY[field], suggestions=known, id=field))

    def value(self, field: str) -> str | float:
        """Return what stands in a field now."""
        if field == "creativity":
            return self.query_one(Slider).value
        if field == "prompt":
            return self.query_one("#prompt", TextField).text
        return self.query_one(f"#{field}", LineField).value

    def show(self, draft: PersonaDraft, *, untouched: Collection[str] = (), besides: str = "") -> None:
        """Show a draft; the field `besides` keeps what stands in it, `untouched` ones tell no faults."""
        readable = draft.data is not None
        self.query_one("#apart", Note).show_content(single_line(draft.apart))
        for row in self.query(PersonaField):
            row.disabled = not readable
            row.say("" if row.field in untouched else draft.fault(row.field))
            if readable and row.field != besides:
                self._write(row.field, draft)
        self._tell_heat(draft)

    def _write(self, field: str, draft: PersonaDraft) -> None:
        if field == "creativity":
            if draft.creativity is not None:
                self.query_one(Slider).value = draft.creativity
        elif field == "prompt":
            self.query_one("#prompt", TextField).replace_content(draft.shown(field))
        elif (line := self.query_one(f"#{field}", LineField)).value != draft.shown(field):
            line.value = draft.shown(field)

    def _tell_heat(self, draft: PersonaDraft) -> None:
        value = self.query_one(Slider).value
        own = draft.shown("temperature")
        said = f"overridden: {single_line(own, 5)}" if own else f"temperature {value:g}"
        self.query_one("#heat", Note).show_content(Content.assemble((f"{value:.2f}", "bold"), f"  {said}"))

    def go_to(self, field: str) -> None:
        """Bring the cursor to a field."""
        self.query_one(f"#{field}").focus()

    @on(Input.Changed)
    def _line_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.input.id or ""))

    @on(TextArea.Changed)
    def _prompt_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Changed("prompt"))

    @on(Slider.Changed)
    def _slider_changed(self, event: Slider.Changed) -> None:
        event.stop()
        self.post_message(self.Changed("creativity"))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()
