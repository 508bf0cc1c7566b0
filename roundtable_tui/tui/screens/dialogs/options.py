"""The options of a mode as a form, generated from the options that the mode declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Checkbox, Input

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.forms.check_box import OnOffBox
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import LineField
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
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, mode: Mode, given: Mapping[str, Any]) -> None:
        super().__init__()
        self._mode = mode
        self._given = dict(given)

    def compose(self) -> ComposeResult:
        """Create a row per option: name, value, description."""
        with Vertical(id="box") as box:
            box.border_title = Content(f"Options of {single_line(self._mode.name, 40)}")
            box.border_subtitle = "ctrl+s save   ctrl+l reset   esc cancel"
            with VerticalScroll(id="rows", can_focus=False):
                for name, field in self._mode.options.model_fields.items():
                    with Horizontal(classes="row"):
                        yield Note(id=f"name-{name}", classes="name")
                        if field.annotation is bool:
                            yield OnOffBox("", id=f"option-{name}", compact=True)
                        else:
                            yield LineField(
                                placeholder=format_value(field.default) or "none", id=f"option-{name}"
                            )
                        yield Note(id=f"what-{name}", classes="what")
            yield Note(id="about")
            yield Note(id="fault", hide_empty=True)

    def on_mount(self) -> None:
        """Fill in the current values."""
        for name, field in self._mode.options.model_fields.items():
            self.query_one(f"#name-{name}", Note).show_content(single_line(name.replace("_", " "), 30))
            self.query_one(f"#what-{name}", Note).show_content(single_line(field.description or "", 120))
        self._fill_fields(self._given)
        self.query_one("#rows").query("Input, Checkbox").first().focus()

    def _fill_fields(self, given: Mapping[str, Any]) -> None:
        for name, field in self._mode.options.model_fields.items():
            widget = self.query_one(f"#option-{name}")
            if isinstance(widget, Checkbox):
                widget.value = bool(given.get(name, field.default))
            elif isinstance(widget, Input):
                widget.value = format_value(given[name]) if name in given else ""
        self._check()

    def _read_changes(self) -> dict[str, Any]:
        """Return the options that differ from the defaults."""
        read: dict[str, Any] = {}
        for name, field in self._mode.options.model_fields.items():
            widget = self.query_one(f"#option-{name}")
            if isinstance(widget, Checkbox):
                if widget.value != field.default:
                    read[name] = widget.value
            elif isinstance(widget, Input) and widget.value.strip():
                kept = self._given.get(name)
                # A value without a text form (a schema that was read from a file) stays as it is.
                read[name] = (
                    kept if kept is not None and format_value(kept) == widget.value else widget.value.strip()
                )
        return read

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _check(self) -> str:
        """Validate while typing; show and return the first error."""
        from roundtable_tui.setup.options import validate_options

        fault = ""
        try:
            validate_options(self._mode, self._read_changes())
        except RoundtableError as error:
            fault = str(error)
        self.query_one("#fault", Note).show_content(single_line(fault, 300))
        return fault

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show the description below the form; narrow screens have no room beside the field."""
        name = (event.widget.id or "").removeprefix("option-")
        if field := self._mode.options.model_fields.get(name):
            self.query_one("#about", Note).show_content(single_line(field.description or "", 120))

    def action_take(self) -> None:
        """Close with the options if they are valid."""
        if not self._check():
            self.dismiss(self._read_changes())

    def action_own(self) -> None:
        """Reset all options to the defaults of the mode."""
        self._fill_fields({})

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
