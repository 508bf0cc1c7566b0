"""The options of a mode as a form, generated from the options that the mode declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Checkbox, Input

from roundtable_tui.config.model import Kind, Setting
from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.forms.form_row import FormHelp, FormRow
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine import Mode


class OptionsScreen(BaseDialog[dict[str, Any] | None]):
    """Closes with the options that differ from the defaults, or None if cancelled."""

    CSS_PATH = "options.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "take", "Save", id="options.take"),
        Binding("escape", "leave", "Cancel", id="options.leave"),
        Binding("ctrl+l", "own", "Reset", id="options.own"),
    ]

    def __init__(self, mode: Mode, given: Mapping[str, Any]) -> None:
        super().__init__()
        self._mode = mode
        self._fields = mode.options.model_fields
        self._given = dict(given)

    def compose(self) -> ComposeResult:
        """Create a row per option."""
        with Vertical(id="box") as box:
            box.border_title = Content(f"Options of {single_line(self._mode.name, 40)}")
            box.border_subtitle = "ctrl+s save   ctrl+l reset   esc cancel"
            with VerticalScroll(id="rows", can_focus=False):
                for name, field in self._fields.items():
                    kind: Kind = "flag" if field.annotation is bool else "text"
                    setting = Setting(field.description or "", name=name, kind=kind)
                    default = format_value(field.default) or "none"
                    yield FormRow(setting, text=self._format(name, self._given), placeholder=default)
            yield FormHelp(id="about")
            yield Note(id="fault", hide_empty=True)

    def on_mount(self) -> None:
        """Check what was given; go to the first option."""
        self._check()
        self.set_focus(self.query_one(FormRow).field)

    def _format(self, name: str, given: Mapping[str, Any]) -> str:
        """Return the text of a field; without a value "", for a flag its default."""
        field = self._fields[name]
        value = field.default if field.annotation is bool else None
        return format_value(given.get(name, value))

    def _read_changes(self) -> dict[str, Any]:
        """Return the options that differ from the defaults."""
        read: dict[str, Any] = {}
        for row in self.query(FormRow):
            name, text = row.setting.name, row.text.strip()
            if row.setting.kind == "flag":
                if (is_on := text == "on") != self._fields[name].default:
                    read[name] = is_on
            elif text:
                kept = self._given.get(name)
                # A value without a text form (a schema that was read from a file) stays as it is.
                read[name] = kept if kept is not None and format_value(kept) == row.text else text
        return read

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _check(self) -> str:
        """Validate while typing; show and return the first error."""
        fault = ""
        try:
            self._mode.validate_options(self._read_changes())
        except RoundtableError as error:
            fault = str(error)
        self.query_one("#fault", Note).show_content(single_line(fault, 300))
        return fault

    def action_take(self) -> None:
        """Close with the options if they are valid."""
        if not self._check():
            self.dismiss(self._read_changes())

    def action_own(self) -> None:
        """Reset all options to the defaults of the mode."""
        for row in self.query(FormRow):
            row.text = self._format(row.setting.name, {})

    def action_leave(self) -> None:
        """Close without a change."""
        self.dismiss(None)


def format_value(value: Any) -> str:
    """Return a value as text for a field."""
    if value is None or isinstance(value, bool):
        return "" if value is None else "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:g}"
    return single_line(str(value), 200)
