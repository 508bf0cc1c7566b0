"""The form of the persona editor: one field per row, each with its problem."""

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
    """A label and its controls in a row, and the problem below them."""

    def __init__(self, field: str, *controls: Widget, stacked: bool = False) -> None:
        super().__init__(id=f"field-{field}", classes="-stacked" if stacked else None)
        self.field = field
        self._controls = controls
        self.tooltip = Content(Persona.model_fields[field].description or "")

    def compose(self) -> ComposeResult:
        """Yield label, controls and problem."""
        with Horizontal(classes="row"):
            yield Static(self.field.replace("_", " "), classes="label")
            yield from self._controls
        yield Note(hide_empty=True, classes="fault")

    def on_descendant_focus(self) -> None:
        """Highlight the label while a control has the focus."""
        self.add_class("-here")

    def on_descendant_blur(self) -> None:
        """Remove the highlight."""
        self.remove_class("-here")

    def show_problem(self, problem: str) -> None:
        """Show the problem; "" hides it."""
        self.query_one(".fault", Note).show_content(single_line(problem))


_PLACEHOLDERS = {
    "name": "short name",
    "full_name": "name in introductions",
    "role": "critic, poet, ...",
    "model": "default: the run's model",
    "server": "default: the run's server",
    "temperature": "default: from creativity",
    "max_tokens": "default: the server's limit",
}
"""What empty fields show; the keys are the fields of one line."""


class PersonaForm(VerticalScroll, can_focus=False):
    """Shows a draft field by field and reports changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    @dataclass
    class Changed(Message):
        """The user changed a field."""

        field: str

    def __init__(self, *, models: Sequence[str] = (), servers: Sequence[str] = ()) -> None:
        super().__init__(id="form")
        self._known = {"model": models, "server": servers}

    def compose(self) -> ComposeResult:
        """Yield one row per field."""
        self.border_title = "Form"
        yield Note(id="other-problem", hide_empty=True)
        yield from (self._line(field) for field in ("name", "full_name", "role"))
        yield PersonaField("creativity", Slider(id="creativity"), Note(id="temperature-line"))
        yield from (self._line(field) for field in ("model", "server", "temperature", "max_tokens"))
        prompt = TextField(id="prompt", compact=True, highlight_cursor_line=False)
        prompt.placeholder = "The system prompt: You are ..."
        yield PersonaField("prompt", prompt, stacked=True)

    def _line(self, field: str) -> PersonaField:
        known = [single_line(name) for name in self._known.get(field, ())]
        return PersonaField(field, LineField(placeholder=_PLACEHOLDERS[field], suggestions=known, id=field))

    def value(self, field: str) -> str | float:
        """Return the value in a field now."""
        if field == "creativity":
            return self.query_one(Slider).value
        if field == "prompt":
            return self.query_one("#prompt", TextField).text
        return self.query_one(f"#{field}", LineField).value

    def show(self, draft: PersonaDraft, *, untouched: Collection[str] = (), source: str = "") -> None:
        """Show a draft. The field `source`, where the change was typed, is left alone; `untouched` fields of
        a new persona show no problems yet.
        """
        readable = draft.data is not None
        self.query_one("#other-problem", Note).show_content(single_line(draft.other_problem))
        for row in self.query(PersonaField):
            row.disabled = not readable
            row.show_problem("" if row.field in untouched else draft.field_problem(row.field))
            if readable and row.field != source:
                self._write(row.field, draft)
        self._show_temperature(draft)

    def _write(self, field: str, draft: PersonaDraft) -> None:
        if field == "creativity":
            if draft.creativity is not None:
                self.query_one(Slider).value = draft.creativity
        elif field == "prompt":
            self.query_one("#prompt", TextField).replace_content(draft.format_field(field))
        elif (line := self.query_one(f"#{field}", LineField)).value != draft.format_field(field):
            line.value = draft.format_field(field)

    def _show_temperature(self, draft: PersonaDraft) -> None:
        value = self.query_one(Slider).value
        own = draft.format_field("temperature")
        text = f"overridden: {single_line(own, 5)}" if own else f"temperature {value:g}"
        self.query_one("#temperature-line", Note).show_content(
            Content.assemble((f"{value:.2f}", "bold"), f"  {text}")
        )

    def go_to(self, field: str) -> None:
        """Focus a field."""
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
