"""A dialog to pick one item from a list, with search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList

from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.utils.text import sanitize, single_line

__all__ = ["Item", "Picker"]

_CHROME_ROWS = 7
"""Rows of the box besides the list: two borders, search, rule, detail and note."""
_MAX_DETAIL_CELLS = 68
"""Details longer than this many cells get two rows."""
_MIN_ROWS = 3
_MAX_SHOWN = 200
"""Rows of a list; the others are found by typing. A router offers thousands of models."""


class Picker(BaseDialog[str | None]):
    """Closes with the id of the chosen item, or None; with `allow_free` also with typed text.

    Args:
        title: Title of the dialog.
        items: The items. `set_items` and `set_busy` may change them while the dialog is open.
        current: Id of the item that is chosen now.
        empty: Text to show if there are no items.
        allow_free: Offer the typed text as an item.
    """

    CSS_PATH = "picker.tcss"
    AUTO_FOCUS = "#search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", show=False),
        Binding("up", "to('cursor_up')", "Up", show=False, priority=True),
        Binding("down", "to('cursor_down')", "Down", show=False, priority=True),
        Binding("pageup", "to('page_up')", "A page up", show=False),
        Binding("pagedown", "to('page_down')", "A page down", show=False),
    ]

    def __init__(
        self,
        title: str,
        items: Sequence[Item],
        *,
        current: str = "",
        empty: str = "",
        allow_free: bool = False,
    ) -> None:
        super().__init__()
        self._title = title
        self._set_items(items)
        self._current = current
        self._empty = empty or "No items."
        self._allow_free = allow_free
        self._busy = ""
        self._note = ""
        self._built = False

    def compose(self) -> ComposeResult:
        """Create the search, the list and the details of the highlighted item."""
        with Vertical(id="box") as box:
            box.border_title = Content(single_line(self._title, 80))
            box.border_subtitle = Content("↑↓ move   enter select   esc cancel")
            yield LineField(
                placeholder="Search, or type a name" if self._allow_free else "Type to search", id="search"
            )
            items = ItemList(id="items")
            items.can_focus = False
            yield items
            yield Note(id="empty", hide_empty=True)
            yield Note(id="detail")
            yield Note(id="note", hide_empty=True)

    def on_mount(self) -> None:
        """Show the items."""
        self._built = True
        self._show()

    def set_items(self, items: Sequence[Item], *, current: str | None = None, busy: str = "") -> None:
        """Replace the items; search text and highlight stay. `busy`: what is still loading, or ""."""
        self._set_items(items)
        self._current = self._current if current is None else current
        self._busy = busy
        self._show()

    def _set_items(self, items: Sequence[Item]) -> None:
        """Keep the items, and what the dialog needs to know of all of them."""
        self._items = list(items)
        self._names = {name for item in self._items for name in (item.id, item.title)}
        self._row_count = len(self._items) + len({item.group for item in self._items if item.group})
        # A character takes at most two cells.
        self._is_long = any(
            len(item.detail) > _MAX_DETAIL_CELLS // 2 and measure_cells(item.detail) > _MAX_DETAIL_CELLS
            for item in self._items
        )

    def set_busy(self, line: str) -> None:
        """Show what is still loading; "" for nothing."""
        self._busy = line
        self._show()

    def set_note(self, line: str) -> None:
        """Show a note about the whole list, e.g. why a server did not answer."""
        self._note = line
        self._show()

    @property
    def _search_text(self) -> str:
        return self.query_one("#search", Input).value.strip()

    def _show(self) -> None:
        """Redraw list, details and note."""
        if not self._built:
            return
        listed, typed = self.query_one(ItemList), self._search_text
        is_free = self._allow_free and typed and typed not in self._names
        free = Item(typed, f"use “{typed}”") if is_free else None
        fitting = listed.show(self._items, typed, self._current, extra=free, max_rows=_MAX_SHOWN)
        listed.display = bool(fitting or free)
        self.query_one("#empty", Note).show_content("" if fitting or free else self._format_empty_text(typed))
        note = self.query_one("#note", Note)
        note.show_content(sanitize(f"◌ {self._busy}" if self._busy else self._note))
        note.set_class(bool(self._busy), "-busy")
        self.query_one("#detail").set_class(self._is_long, "-long")
        rows = max(self._row_count + self._allow_free, _MIN_ROWS)
        self.query_one("#box").styles.height = _CHROME_ROWS + self._is_long + rows
        self._describe()

    def _format_empty_text(self, typed: str) -> str:
        if self._items:
            return f"No match for “{typed}”."
        return "" if self._busy else self._empty

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        item = self.query_one(ItemList).item
        self.query_one("#detail", Note).show_content(
            single_line(item.detail, 2 * _MAX_DETAIL_CELLS) if item else ""
        )

    @on(Input.Changed)
    def _filter_items(self) -> None:
        self._show()

    @on(Input.Submitted)
    def _take_highlighted(self) -> None:
        if (item := self.query_one(ItemList).item) is not None:
            self.dismiss(item.id)

    @on(OptionList.OptionSelected)
    def _take_clicked(self, event: OptionList.OptionSelected) -> None:
        if (item := self.query_one(ItemList).get_item(event)) is not None:
            self.dismiss(item.id)

    def on_click(self, event: events.Click) -> None:
        """Cancel on a click outside the box."""
        if not self.query_one("#box").region.contains_point(event.screen_offset):
            self.dismiss(None)

    def action_to(self, move: str) -> None:
        """Move the highlight."""
        getattr(self.query_one(ItemList), f"action_{move}")()

    def action_leave(self) -> None:
        """Close without a choice."""
        self.dismiss(None)
