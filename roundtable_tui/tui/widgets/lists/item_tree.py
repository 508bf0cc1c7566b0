"""A list that can be folded: headings, their items, and the parts of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.style import Style

from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.tui.widgets.lists.to_search import forward_to_search

_TOGGLE = Style.from_meta({"toggle": True})


class ItemTree(ItemList):
    """Items with parts. Headings are open at first, items are folded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_row", "Open or fold", show=False),
        Binding("right", "open", "Open", show=False),
        Binding("left", "fold", "Fold", show=False),
    ]

    def __init__(
        self, search: Callable[[], None], search_keys: Sequence[str] = (), *, id: str | None = None
    ) -> None:
        """Call `search` on one of the `search_keys`."""
        super().__init__(select_on_click=False, id=id)
        self._search, self._search_keys = search, search_keys
        self._toggled: set[str] = set()
        """The ids of the headings that are folded and of the items that are open."""
        self._parents: dict[str, Item] = {}
        """The heading of each item that matches, and the item of each part, by id."""
        self._shown: tuple[Any, ...] = ()

    def show(self, items: Sequence[Item], query: str = "", *others: Any) -> int:
        """Show the items that match a query, see `ItemList`."""
        self._shown = (items, query, *others)
        return super().show(items, query, *others)

    def list_rows(self, items: Sequence[Item]) -> Iterator[Item | str]:
        """Yield headings, items and parts."""
        self._parents.clear()
        for group in dict.fromkeys(item.group for item in items):
            inside = [item for item in items if item.group == group]
            # No id of an item begins with NUL: a folder may be called like a heading.
            heading = Item(f"\0{group}", group, tone="heading", parts=inside)
            if group:
                yield heading
                self._parents.update((item.id, heading) for item in inside)
            for item in inside:
                self._parents.update((part.id, item) for part in item.parts)
                if not group or self._is_open(heading):
                    yield item
                    yield from item.parts if self._is_open(item) else ()

    def _is_open(self, row: Item) -> bool:
        return bool(row.parts) and (row.id in self._toggled) != (row.tone == "heading")

    def make_prefix(self, item: Item) -> Content:
        """Return the indent, and a sign that can be clicked if the row has parts."""
        depth, parent = 0, self._parents.get(item.id)
        while parent is not None:
            depth, parent = depth + 1, self._parents.get(parent.id)
        if item.parts:
            return Content.assemble("  " * depth, ("▾ " if self._is_open(item) else "▸ ", _TOGGLE))
        return Content("  " * (depth + (depth > 0)))

    def open(self, id: str) -> None:
        """Show the parts of an item, which may be added later."""
        self._toggled.add(id)

    def highlight_item(self, id: str) -> None:
        """Highlight an item or a part of one; what it is in is opened."""
        parent = self._parents.get(id)
        while parent is not None:
            if not self._is_open(parent):
                self._toggled ^= {parent.id}
            parent = self._parents.get(parent.id)
        self._redraw()
        super().highlight_item(id)

    def on_key(self, event: events.Key) -> None:
        """Forward typed text to the search."""
        forward_to_search(self, event, self._search_keys, self._search)

    def on_click(self, event: events.Click) -> None:
        """Highlight on the first click; on a sign open or fold as well."""
        super().on_click(event)
        if event.style.meta.get("toggle"):
            event.prevent_default()
            self.action_toggle_row()

    def action_toggle_row(self) -> None:
        """Open or fold the row."""
        if (row := self.item) is not None and row.parts:
            self._toggled ^= {row.id}
            self._redraw()

    def action_open(self) -> None:
        """Open the row, or go to the first row in it."""
        if (row := self.item) is not None and row.parts:
            self.action_cursor_down() if self._is_open(row) else self.action_toggle_row()

    def action_fold(self) -> None:
        """Fold the row, or go to the row it is in."""
        if (row := self.item) is not None and self._is_open(row):
            self.action_toggle_row()
        elif row is not None and row.id in self._parents:
            self.highlight_item(self._parents[row.id].id)

    def _redraw(self) -> None:
        self.show(*self._shown)
