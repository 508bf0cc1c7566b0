"""The help: all keys and what they do, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.forms.key_table import KeyRow, KeyTable
from roundtable_tui.utils.text import sanitize, single_line

HINT = "type to search   ↑↓ scroll   esc back"
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
        self._query = ""

    def compose(self) -> ComposeResult:
        """Create the intro, and a table per section with aligned columns."""
        rows = [row for _, rows in self._sections for row in rows]
        keys = min(_MAX_KEYS_CELLS, max((measure_cells(row[0]) for row in rows), default=1))
        titles = min(_MAX_TITLE_CELLS, max((measure_cells(row[1]) for row in rows), default=1))
        with VerticalScroll(id="page") as page:
            page.border_title = "Help"
            page.border_subtitle = Content(HINT)
            if self._intro:
                yield Static(sanitize(self._intro), markup=False, classes="intro")
            for title, section in self._sections:
                yield Static(single_line(title), markup=False, classes="section")
                yield KeyTable(section, keys_width=keys, title_width=titles)
            yield Static("", markup=False, id="no-match")

    def on_mount(self) -> None:
        """Show all keys."""
        self.query_one("#no-match").display = False

    def on_key(self, event: events.Key) -> None:
        """Search: what is typed is found in keys, titles and explanations."""
        if event.key == "backspace" and self._query:
            self._query = self._query[:-1]
        elif event.is_printable and event.character:
            self._query += event.character
        else:
            return
        event.stop()
        self._filter_rows()

    def _filter_rows(self) -> None:
        """Show the rows with all words of the search."""
        words = self._query.casefold().split()
        titles, tables = self.query(".section"), self.query(KeyTable)
        found = 0
        for title, table, (_, rows) in zip(titles, tables, self._sections, strict=True):
            fitting = [row for row in rows if all(word in " ".join(row).casefold() for word in words)]
            title.display = table.display = bool(fitting)
            table.show(fitting)
            found += len(fitting)
        page, no_match = self.query_one("#page"), self.query_one("#no-match", Static)
        no_match.display = not found
        no_match.update(Content(f"No key for “{single_line(self._query, 60)}”."))
        page.border_title = Content(f"Help · {single_line(self._query, 60)}" if self._query else "Help")
        page.scroll_home(animate=False)

    def on_click(self, event: events.Click) -> None:
        """Close on a click outside the page."""
        if not self.query_one("#page").region.contains_point(event.screen_offset):
            self.dismiss()

    def action_to(self, where: str) -> None:
        """Scroll."""
        getattr(self.query_one("#page"), f"scroll_{where}")()

    def action_leave(self) -> None:
        """Clear the search, then close the help."""
        if self._query:
            self._query = ""
            self._filter_rows()
        else:
            self.dismiss()
