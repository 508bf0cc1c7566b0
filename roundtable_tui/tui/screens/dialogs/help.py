"""The help: all keys and what they do, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.forms.key_table import KeyRow, KeyTable
from roundtable_tui.utils.text import sanitize, single_line

_MAX_KEYS_CELLS = 18
_MAX_TITLE_CELLS = 32


class HelpScreen(BaseDialog[None]):
    """Shows `sections` of (title, [(keys, command, line of help)]), under a line or two of `intro`."""

    CSS_PATH = "help.tcss"
    AUTO_FOCUS = "#page"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "leave", "Back", show=False),
    ]

    def __init__(self, sections: Sequence[tuple[str, Sequence[KeyRow]]], intro: str = "") -> None:
        super().__init__()
        self._sections = [(title, list(rows)) for title, rows in sections if rows]
        self._intro = intro

    def compose(self) -> ComposeResult:
        """Create the intro, and a table per section with aligned columns."""
        rows = [row for _, rows in self._sections for row in rows]
        keys = min(_MAX_KEYS_CELLS, max((cell_len(row[0]) for row in rows), default=1))
        titles = min(_MAX_TITLE_CELLS, max((cell_len(row[1]) for row in rows), default=1))
        with VerticalScroll(id="page") as page:
            page.border_title = "Help"
            page.border_subtitle = Content("↑↓ scroll   esc back")
            if self._intro:
                yield Static(sanitize(self._intro), markup=False, classes="intro")
            for title, section in self._sections:
                yield Static(single_line(title), markup=False, classes="section")
                yield KeyTable(section, keys_width=keys, title_width=titles)

    def on_click(self, event: events.Click) -> None:
        """Close on a click outside the page."""
        if not self.query_one("#page").region.contains_point(event.screen_offset):
            self.dismiss()

    def action_to(self, where: str) -> None:
        """Scroll."""
        getattr(self.query_one("#page"), f"scroll_{where}")()

    def action_leave(self) -> None:
        """Close the help."""
        self.dismiss()
