"""One line from a person: a title, a file name."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.utils.text import single_line


class TextPrompt(BaseDialog[str | None]):
    """Gives what was written, or None where the person left it."""

    DEFAULT_CSS = """
    TextPrompt {
        align: center middle;
        & > Vertical {
            width: 78;
            max-width: 96%;
            height: auto;
            padding: 0 1;
            border: round $accent;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            background: $surface;
        }
        & Static { height: auto; color: $text-muted; }
        & LineField { padding: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    def __init__(self, title: str, value: str = "", hint: str = "", *, placeholder: str = "") -> None:
        super().__init__()
        self._title, self._value, self._hint, self._placeholder = title, value, hint, placeholder

    def compose(self) -> ComposeResult:
        """A line to write on, and under it what it is for."""
        with Vertical() as box:
            box.border_title = Content(single_line(self._title, 60))
            box.border_subtitle = Content("enter take   esc leave")
            field = LineField(placeholder=self._placeholder, id="line")
            field.value = self._value
            yield field
            if self._hint:
                yield Static(single_line(self._hint, 200), markup=False)

    def on_mount(self) -> None:
        """What stands there is a proposal: typing replaces it, an arrow goes into it."""
        self.query_one(LineField).select_all()

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)
