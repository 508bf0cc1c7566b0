"""The form of the persona editor: one field per row, each with its problem."""

from __future__ import annotations

from collections.abc import Sequence
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

from roundtable_tui.resources import Persona, Problem
from roundtable_tui.tui.screens.library.draft import ResourceDraft
from roundtable_tui.tui.screens.library.text_pane import find_problem
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.forms.slider import Slider
from roundtable_tui.tui.widgets.lists.entry import LineField, TextField
from roundtable_tui.utils.text import single_line

FIELDS = {
    "name": "short name",
    "full_name": "name in introductions",
    "role": "critic, poet, ...",
    "creativity": "",
    "model": "default: the run's model",
    "server": "default: the run's server",
    "temperature": "default: from creativity",
    "max_tokens": "default: the server's limit",
    "prompt": "The system prompt: You are ...",
}
"""The fields of the form in order, and what they show while they are empty."""


class PersonaDraft(ResourceDraft[Persona]):
    """A persona while it is edited."""

    MODEL = Persona
    NEW = {"name": "", "creativity": 0.7, "prompt": ""}
    LONG_FIELDS = ("prompt",)

    @property
    def creativity(self) -> float | None:
        """The creativity, None unless it is a number from 0 to 1."""
        value = (self.data or {}).get("creativity", 0.7)
        fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
        return float(value) if fits else None

    def get_shown(self, field: str) -> str | float | None:
        """Return the value that the control of a field shows."""
        return self.creativity if field == "creativity" else self.format_field(field)


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

    def __init__(self, servers: Sequence[str]) -> None:
        """`servers` are names for completion."""
        super().__init__(id="form")
        self._servers = [single_line(name) for name in servers]

    def compose(self) -> ComposeResult:
        """Yield one row per field."""
        self.border_title = "Form"
        yield Note(id="other-problem", hide_empty=True)
        for field, placeholder in FIELDS.items():
            if field == "creativity":
                yield PersonaField(field, Slider(id=field), Note(id="temperature-line"))
            elif field in PersonaDraft.LONG_FIELDS:
                text = TextField(id=field, compact=True, highlight_cursor_line=False)
                text.placeholder = placeholder
                yield PersonaField(field, text, stacked=True)
            else:
                known = self._servers if field == "server" else ()
                yield PersonaField(field, LineField(placeholder=placeholder, suggestions=known, id=field))

    def value(self, field: str) -> str | float:
        """Return the value in a field now."""
        match self.query_one(f"#{field}"):
            case Slider() as slider:
                return slider.value
            case TextField() as text:
                return text.text
            case widget:
                assert isinstance(widget, LineField)
                return widget.value

    def show(self, draft: PersonaDraft, problems: Sequence[Problem], source: str = "") -> None:
        """Show a draft and these problems. The field `source`, where the change was typed, is left alone."""
        readable = draft.data is not None
        self.query_one("#other-problem", Note).show_content(single_line(draft.other_problem(FIELDS)))
        for row in self.query(PersonaField):
            row.disabled = not readable
            row.show_problem(find_problem(problems, row.field))
            if readable and row.field != source:
                self._write(row.field, draft)
        self._show_temperature(draft)

    def _write(self, field: str, draft: PersonaDraft) -> None:
        match self.query_one(f"#{field}"), draft.get_shown(field):
            case Slider() as slider, float(creativity):
                slider.value = creativity
            case TextField() as text, str(content):
                text.replace_content(content)
            case LineField() as line, str(content) if line.value != content:
                line.value = content

    def _show_temperature(self, draft: PersonaDraft) -> None:
        value = self.query_one(Slider).value
        own = draft.format_field("temperature")
        text = f"overridden: {single_line(own, 5)}" if own else f"temperature {value:g}"
        self.query_one("#temperature-line", Note).show_content(
            Content.assemble((f"{value:.2f}", "bold"), f"  {text}")
        )

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Slider.Changed)
    def _field_changed(self, event: Input.Changed | TextArea.Changed | Slider.Changed) -> None:
        event.stop()
        if event.control is not None:
            self.post_message(self.Changed(event.control.id or ""))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()
