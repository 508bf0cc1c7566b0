"""A list of items under headings, filtered by a search text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Literal

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from roundtable_tui.tui.widgets.forms.line import SplitLine
from roundtable_tui.tui.widgets.lists.matching import match
from roundtable_tui.tui.widgets.lists.search_index import SearchIndex
from roundtable_tui.utils.text import single_line

Tone = Literal["", "muted", "error", "heading"]


@dataclass(frozen=True, slots=True)
class Item:
    """An item to choose. Its texts are untrusted: they are sanitized and never read as markup.

    `id` is the result of choosing it, `hint` is shown at the right end of its row, `detail` while it is
    highlighted, `group` is the heading above it, `parts` are rows below it, in a list that shows such.
    """

    id: str
    title: str
    detail: str = ""
    group: str = ""
    hint: str = ""
    tone: Tone = ""
    parts: Sequence[Item] = ()


class ItemList(OptionList):
    """Items by group, best match first; a dot marks the current one.

    A click chooses an item; without `select_on_click` the first click only highlights it.
    """

    def __init__(self, *, select_on_click: bool = True, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._select_on_click = select_on_click
        self._rows: list[Item | None] = []
        self.query_text = ""
        self._ranker = ItemRanker()

    @property
    def item(self) -> Item | None:
        """The highlighted item."""
        at = self.highlighted
        return self._rows[at] if at is not None and at < len(self._rows) else None

    @property
    def rows(self) -> list[Item]:
        """The items that are shown."""
        return [row for row in self._rows if row is not None]

    def get_item(self, event: OptionList.OptionMessage) -> Item | None:
        """Return the item of a message; None if the list has become shorter since."""
        at = event.option_index
        return self._rows[at] if at < len(self._rows) else None

    def show(
        self,
        items: Sequence[Item],
        query: str = "",
        current: str | None = None,
        extra: Item | None = None,
        max_rows: int | None = None,
    ) -> int:
        """Show the items that match a query.

        The highlight stays on its item while the query is unchanged. For a new query it moves to the best
        match, and without a query to the current item.

        Args:
            items: All items.
            query: The search text.
            current: Id of the item to mark.
            extra: An item to show last, whatever the query.
            max_rows: The number of items to show, best first, and the current one; None for all. Building a
                row takes longer than to match it.

        Returns:
            The number of items that match.
        """
        before, place, same = self.item, self.highlighted, query == self.query_text
        self.query_text = query
        fitting = self._ranker.rank(items, query)
        marked = current if any(item.id == current for item in items) else None
        shown = fitting if max_rows is None else fitting[:max_rows]
        if len(shown) < len(fitting) and not query:
            shown += [item for item in fitting[len(shown) :] if item.id == marked]
        rows = [*self.list_rows(shown)]
        if hidden := len(fitting) - len(shown):
            rows.append(f"{hidden:,} more: type to search")
        if extra is not None:
            rows.append(extra)
        self._rows = [row if isinstance(row, Item) else None for row in rows]
        self.set_options([self._make_option(row, marked) for row in rows])
        if same and before is not None:
            self.highlighted = self._find_index(before.id, place)
        else:
            self.highlighted = self._find_index(marked if not query else None)
        return len(fitting)

    def list_rows(self, items: Sequence[Item]) -> Iterator[Item | str]:
        """Yield the rows of ranked items: the headings as text."""
        group = ""
        for item in items:
            if item.group and item.group != group:
                yield item.group
            group = item.group
            yield item

    def make_prefix(self, item: Item) -> Content:
        """Return what stands before the title of an item."""
        return Content(" " if item.group else "")

    def _make_option(self, row: Item | str, marked: str | None) -> Option:
        if isinstance(row, str):
            return Option(SplitLine(_make_heading(row)), disabled=True)
        return Option(_make_row(row, self.make_prefix(row), find_positions(row, self.query_text), marked))

    def highlight_item(self, id: str) -> None:
        """Highlight an item, if it is shown."""
        if any(item.id == id for item in self.rows):
            self.highlighted = self._find_index(id)

    def on_click(self, event: events.Click) -> None:
        """Highlight the clicked item if a click does not choose it."""
        at = event.style.meta.get("option")
        if at is not None and not self._select_on_click and at != self.highlighted:
            event.prevent_default()
            if not self.options[at].disabled:
                self.highlighted = at

    def _find_index(self, id: str | None, place: int | None = None) -> int | None:
        """Return the row of the item `id`; without it the row now at `place`, else the first usable one."""
        rows = {at: item for at, item in enumerate(self._rows) if item is not None}
        if found := [at for at, item in rows.items() if item.id == id]:
            return found[0]
        if place is not None and rows:
            return next((at for at in rows if at >= place), max(rows))
        items = [at for at, item in rows.items() if item.tone != "heading"]
        usable = [at for at in items if rows[at].tone != "error"]
        return next(iter(usable or items), None)

    def scroll_to_highlight(self, top: bool = False) -> None:
        """Scroll to the highlighted row, including a heading directly above it."""
        super().scroll_to_highlight(top)
        at = self.highlighted
        if at and self.is_mounted and at < len(self._rows) and self._rows[at - 1] is None:
            self.scroll_to_region(
                Region(0, at - 1, self.scrollable_content_region.width, 2),
                force=True,
                animate=False,
                immediate=True,
            )


class ItemRanker:
    """Ranks the items of a list; what it needs of them is prepared once for each list."""

    def __init__(self) -> None:
        self._items: Sequence[Item] = ()
        self._index: SearchIndex | None = None

    def rank(self, items: Sequence[Item], query: str) -> list[Item]:
        """Return matching items, best first, groups kept together."""
        if not query.strip():
            found = list(items)
        else:
            if items is not self._items or self._index is None:
                self._items, self._index = items, SearchIndex([_searchable_texts(item) for item in items])
            scored = self._index.score(query)
            scored.sort(key=_score_of, reverse=True)
            found = [items[number] for _, number in scored]
        groups = {group: n for n, group in enumerate(dict.fromkeys([item.group for item in found]))}
        if len(groups) > 1:
            found.sort(key=lambda item: groups[item.group])
        return found


_score_of = itemgetter(0)


def find_positions(item: Item, query: str) -> tuple[int, ...]:
    """Return the positions in the title of an item that match a query."""
    if not query.strip():
        return ()
    found = match(query, *_searchable_texts(item))
    return found.positions if found is not None else ()


def _searchable_texts(item: Item) -> tuple[str, str]:
    """Return the title and the other texts of an item."""
    return single_line(item.title), " ".join((item.detail, item.hint, item.group))


def _make_heading(group: str) -> Content:
    return Content.styled(single_line(group), "bold $text-primary")


def _make_row(item: Item, prefix: Content, places: Sequence[int], marked: str | None) -> SplitLine:
    style = {"muted": "dim", "heading": "bold $text-primary"}.get(item.tone, "")
    title = Content.styled(single_line(item.title) or "(no name)", style)
    for at in places:
        title = title.stylize("bold underline", at, at + 1)
    dot = "" if marked is None or item.tone == "heading" else "● " if item.id == marked else "  "
    sign = ("✗ ", "bold $text-error") if item.tone == "error" else ""
    left = Content.assemble(prefix, dot, sign, title)
    return SplitLine(left, Content.styled(single_line(item.hint, 40), "dim"))
