"""A row of a form: name, value, and help or error; and the help of the focused row below the form."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Checkbox, Input

from roundtable_tui.config.model import Setting
from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.tui.widgets.forms.check_box import OnOffBox
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.utils.text import single_line

_NAME_CELLS, _FIELD_CELLS = 16, 34
_HELP_COLUMN = _NAME_CELLS + _FIELD_CELLS + 2


class FormRow(Horizontal):
    """A row for a setting, made from its declaration. Texts are sanitized on display.

    Name and help are drawn by the row itself: with a widget for each, a form takes twice as long to open.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    SCOPED_CSS = False
    DEFAULT_CSS = """
    FormRow {
        height: auto;
        & > LineField { width: 34; margin: 0 2 0 16; }
        & > Checkbox { width: 34; margin: 0 2 0 16; border: none; padding: 0; }
    }
    .-narrow FormRow > LineField { width: 1fr; margin: 0 0 0 15; }
    .-narrow FormRow > Checkbox { width: 1fr; margin: 0 0 0 15; }
    """

    def __init__(
        self, setting: Setting, *, text: str = "", placeholder: str = "", suggestions: Sequence[str] = ()
    ) -> None:
        super().__init__(id=f"row-{setting.name}")
        self._first_text = text
        self.setting = setting
        self._placeholder = placeholder
        self._suggestions = suggestions
        self._display_name = setting.name.replace("_", " ")
        self._is_focused = False
        self.error = ""

    def compose(self) -> ComposeResult:
        """Yield the field."""
        if self.setting.kind == "flag":
            is_on = self._first_text == "on"
            yield OnOffBox("on" if is_on else "off", is_on, compact=True)
        else:
            placeholder = single_line(self._placeholder, 60)
            field = LineField(placeholder=placeholder, suggestions=self._suggestions)
            with field.prevent(Input.Changed):
                field.value = self._first_text
            yield field

    def render(self) -> Content:
        """Draw the name before the field, and the help or the error after it."""
        # A sign as well: colours may be off, and a narrow screen shows the text of one row only.
        name = truncate_cells(
            f"✗ {self._display_name}" if self.error else self._display_name, _NAME_CELLS - 1
        )
        lines = self._wrap_help(self.size.width) or [""]
        before = " " * (_HELP_COLUMN - measure_cells(name))
        return Content.assemble(
            (name, "bold $accent" if self._is_focused else ""),
            before,
            (f"\n{' ' * _HELP_COLUMN}".join(lines), "$text-error" if self.error else "$text-muted"),
        )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows of the help; one at least, for the field."""
        return max(1, len(self._wrap_help(width)))

    def _wrap_help(self, width: int) -> list[str]:
        """Return the help as lines; none where a narrow screen has no room for it."""
        room = width - _HELP_COLUMN
        if self.screen.has_class("-narrow") or room < 1:
            return []
        return textwrap.wrap(single_line(self.help_text, 200), room)

    def on_checkbox_changed(self, event: Checkbox.Changed) -> None:
        """Show the state as a word, not by colour alone."""
        event.checkbox.label = "on" if event.value else "off"

    @property
    def field(self) -> Input | Checkbox:
        """The input, or the check box of a flag."""
        if self.setting.kind == "flag":
            return self.query_one(Checkbox)
        return self.query_one(LineField)

    @property
    def text(self) -> str:
        """The value as text; "on" and "off" for a flag."""
        field = self.field
        return field.value if isinstance(field, Input) else "on" if field.value else "off"

    @text.setter
    def text(self, text: str) -> None:
        field = self.field
        if isinstance(field, Input):
            field.value = text
        else:
            field.value = text == "on"
            field.label = "on" if field.value else "off"

    @property
    def help_text(self) -> str:
        """The error, or the help with the time at which a change takes effect."""
        effect = "" if self.setting.effect != "next start" else " (after a restart)"
        return self.error or f"{self.setting.help}{effect}"

    def show_error(self, error: str) -> None:
        """Show an error; "" shows the help again."""
        if error == self.error:
            return
        self.error = error
        self.refresh(layout=True)

    def set_suggestions(self, suggestions: Sequence[str]) -> None:
        """Offer these values as completions."""
        field = self.field
        if isinstance(field, Input):
            field.suggester = SuggestFromList(
                [single_line(name, 200) for name in suggestions], case_sensitive=False
            )

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Highlight the row and scroll it into view; the first row with the heading above it."""
        self._is_focused = True
        self.refresh()
        if isinstance(self.parent, Widget) and self.parent.query(FormRow).first() is self:
            self.parent.scroll_home(animate=False)
        else:
            self.scroll_visible(animate=False)
        self.screen.query_one(FormHelp).update_help()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """End the highlight."""
        self._is_focused = False
        self.refresh()


class FormHelp(Note):
    """The help or the error of the focused row; narrow screens have no room for it beside the field."""

    def update_help(self) -> None:
        """Show that of the row which has the focus now; another focus leaves it."""
        focused = self.screen.focused
        row = next((row for row in self.screen.query(FormRow) if row.field is focused), None)
        if row is not None:
            self.show_content(single_line(row.help_text, 200))
            self.set_class(bool(row.error), "-wrong")
