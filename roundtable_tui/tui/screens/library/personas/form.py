"""The form of the persona editor: one field per row, each with its problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from roundtable_tui.resources import Persona, Problem
from roundtable_tui.resources.draft import PersonaDraft, find_problem
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


class PersonaField(Vertical):
    """A label and its controls in a row, and the problem below them."""

    def __init__(self, field: str, *controls: Widget) -> None:
        super().__init__(id=f"field-{field}")
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
    """Shows a draft field by field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

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
                yield PersonaField(field, text)
            else:
                known = self._servers if field == "server" else ()
                yield PersonaField(field, LineField(placeholder=placeholder, suggestions=known, id=field))

    def get_value(self, field: str) -> str | float:
        """Return the value in a field now."""
        control: Any = self.query_one(f"#{field}")
        value: str | float = control.text if isinstance(control, TextField) else control.value
        return value

    def show(self, draft: PersonaDraft, problems: Sequence[Problem], source: str = "") -> None:
        """Show a draft and these problems. The field `source`, where the change was typed, is left alone."""
        readable = draft.data is not None
        self.query_one("#other-problem", Note).show_content(single_line(draft.other_problem(FIELDS)))
        for row in self.query(PersonaField):
            row.disabled = not readable
            row.show_problem(find_problem(problems, row.field))
            if readable and row.field != source:
                self._write(row.field, draft.get_shown(row.field))
        self._show_temperature(draft)

    def _write(self, field: str, value: Any) -> None:
        control: Any = self.query_one(f"#{field}")
        if isinstance(control, TextField):
            control.replace_content(value)
        elif value is not None and control.value != value:
            control.value = value

    def _show_temperature(self, draft: PersonaDraft) -> None:
        value = self.query_one(Slider).value
        own = draft.format_field("temperature")
        text = f"overridden: {single_line(own, 5)}" if own else f"temperature {value:g}"
        self.query_one("#temperature-line", Note).show_content(
            Content.assemble((f"{value:.2f}", "bold"), f"  {text}")
        )

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()
