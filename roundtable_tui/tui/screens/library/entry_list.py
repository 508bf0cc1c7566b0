"""The entries of a resource screen as a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from roundtable_tui.errors import FileError
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.utils.files import FileSnapshot

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[E]):
    """The resources as they were read at one moment, by the id of their row."""

    entries: Mapping[str, E] = field(default_factory=dict)
    files: FileSnapshot = ()
    problems: tuple[FileError, ...] = ()
    """Problems that do not belong to one resource."""
    current: str = ""
    """The id of the entry that is in use; it is marked."""
    library: Any = None


@dataclass(frozen=True, slots=True)
class Target:
    """A row to highlight: an entry, or a part of it; with `is_open` its parts are shown."""

    id: str = ""
    part: str = ""
    is_open: bool = False


class EntryList(ItemList):
    """The entries of a browser. Each has an `item`, or a subclass makes items of them."""

    def __init__(self) -> None:
        super().__init__(select_on_click=False, id="list")
        self.snapshot: Snapshot[Any] = Snapshot()
        self.items: Sequence[Item] = ()

    @property
    def entry(self) -> Any:
        """The highlighted entry, or None."""
        return self.snapshot.entries.get(self.item.id) if self.item is not None else None

    def list_items(self, snapshot: Snapshot[Any]) -> list[Item]:
        """Return the items of the entries."""
        return [entry.item for entry in snapshot.entries.values()]

    def set_snapshot(self, snapshot: Snapshot[Any]) -> None:
        """Take the entries, without showing them yet."""
        self.snapshot, self.items = snapshot, self.list_items(snapshot)

    def show_entries(self, query: str) -> bool:
        """Show the entries that match; return whether there are any."""
        return bool(self.show(self.items, query, self.snapshot.current or None))

    def go_to(self, target: Target) -> None:
        """Highlight an entry if it is shown."""
        self.highlight_item(target.id)
