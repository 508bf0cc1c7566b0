"""One row of the form: what it is, where to write it, and what is wrong with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from roundtable_tui.files import Persona
from roundtable_tui.text import one_line
from roundtable_tui.tui.widgets.note import Note


class Field(Vertical):
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
        yield Note(folds=True, classes="fault")

    def on_descendant_focus(self) -> None:
        """Stand out while the cursor is here."""
        self.add_class("-here")

    def on_descendant_blur(self) -> None:
        """Step back."""
        self.remove_class("-here")

    def say(self, fault: str) -> None:
        """Show what is wrong; "" when nothing is."""
        self.query_one(".fault", Note).say(one_line(fault))
