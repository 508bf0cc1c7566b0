"""Pick one thing out of many: search as one types, choose with the arrows or the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList

from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.utils.text import sanitize, single_line

__all__ = ["Item", "Picker"]

_CHROME_ROWS = 7
"""Rows of the box that are not the list: two borders, the search, a rule, the detail and the note."""
_MAX_DETAIL_CELLS = 68
"""Cells of a detail that one row has room for; longer ones have two."""
_MIN_ROWS = 3


class Picker(BaseDialog[str | None]):
    """Gives the id of the chosen item, or None; with `allow_free` also what was typed.

    `current` is the id of what is chosen now, `empty` is said when there is nothing to choose from. The
    items may be replaced while it is open, and told to be on their way: `set_items`, `set_busy`, `set_note`.
    """

    CSS_PATH = "picker.tcss"
    AUTO_FOCUS = "#search"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("up,ctrl+p", "to('cursor_up')", "Up", show=False, priority=True),
        Binding("down,ctrl+n", "to('cursor_down')", "Down", show=False, priority=True),
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
        self._items = list(items)
        self._current = current
        self._empty = empty or "There is nothing to choose from."
        self._allow_free = allow_free
        self._busy = ""
        self._note = ""
        self._built = False

    def compose(self) -> ComposeResult:
        """Search on top, the list below it, then what is known of the highlighted item."""
        with Vertical(id="box") as box:
            box.border_title = Content(single_line(self._title, 80))
            box.border_subtitle = Content("↑↓ choose   enter take   esc leave")
            yield LineField(
                placeholder="Type to search, or a name" if self._allow_free else "Type to search", id="search"
            )
            items = ItemList(id="items")
            items.can_focus = False
            yield items
            yield Note(id="empty", hide_empty=True)
            yield Note(id="detail")
            yield Note(id="note", hide_empty=True)

    def on_mount(self) -> None:
        """Show what is there."""
        self._built = True
        self._show()

    def set_items(self, items: Sequence[Item], *, current: str | None = None, busy: str = "") -> None:
        """Replace the items; what was typed and the highlight stay. `busy` says whether more will come."""
        self._items = list(items)
        self._current = self._current if current is None else current
        self._busy = busy
        self._show()

    def set_busy(self, line: str) -> None:
        """Say what is being waited for; "" when nothing is."""
        self._busy = line
        self._show()

    def set_note(self, line: str) -> None:
        """Say something about the list as a whole, such as why a server did not answer."""
        self._note = line
        self._show()

    @property
    def _search_text(self) -> str:
        return self.query_one("#search", Input).value.strip()

    def _show(self) -> None:
        """Bring everything up to date."""
        if not self._built:
            return
        listed, typed = self.query_one(ItemList), self._search_text
        known = any(typed in (item.id, item.title) for item in self._items)
        free = Item(typed, f"use “{typed}”") if self._allow_free and typed and not known else None
        fitting = listed.show(self._items, typed, self._current, extra=free)
        listed.display = bool(fitting or free)
        self.query_one("#empty", Note).show_content("" if fitting or free else self._format_empty_text(typed))
        note = self.query_one("#note", Note)
        note.show_content(sanitize(f"◌ {self._busy}" if self._busy else self._note))
        note.set_class(bool(self._busy), "-busy")
        rows = len(self._items) + len({item.group for item in self._items if item.group})
        long = any(cell_len(item.detail) > _MAX_DETAIL_CELLS for item in self._items)
        self.query_one("#detail").set_class(long, "-long")
        self.query_one("#box").styles.height = _CHROME_ROWS + long + max(rows + self._allow_free, _MIN_ROWS)
        self._describe()

    def _format_empty_text(self, typed: str) -> str:
        if self._items:
            return f"Nothing fits “{typed}”."
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
        """Leave on a click beside the box."""
        if not self.query_one("#box").region.contains_point(event.screen_offset):
            self.dismiss(None)

    def action_to(self, move: str) -> None:
        """Move the highlight."""
        getattr(self.query_one(ItemList), f"action_{move}")()

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
