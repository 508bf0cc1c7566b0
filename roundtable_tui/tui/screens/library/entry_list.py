"""The base of the screens that list resources in one list: its keys and the actions that all kinds have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

from textual.binding import Binding, BindingType
from textual.content import Content

from roundtable_tui.tui.commands import CommandScope, format_key_of, make_bindings
from roundtable_tui.tui.screens.library.browser import EntryList, ResourceBrowser, Snapshot
from roundtable_tui.utils.files import FileSnapshot

E = TypeVar("E")


def make_list_bindings(scope: CommandScope) -> list[BindingType]:
    """Return the keys of a list. Enter edits also while the search, which would take it, has the focus."""
    found: list[BindingType] = []
    for binding in cast(list[Binding], make_bindings(scope)):
        first, _, others = binding.key.partition(",")
        if first != "enter":
            found.append(binding)
            continue
        found.append(replace(binding, key=first, priority=True))
        if others:
            found.append(replace(binding, key=others, show=False))
    return found


class EntryListScreen(ResourceBrowser[E, bool]):
    """A browser whose entries have an `item`. It closes with whether a file was changed.

    The actions are named after the kind (`edit_persona`, `delete_server`); their first word decides when they
    are offered. A subclass names the kind, edits, creates and deletes, and adds what only this kind has.
    """

    AUTO_FOCUS = "#list"

    def __init__(
        self,
        noun: str,
        read: Callable[[], Snapshot[E]],
        snapshot: Callable[[], FileSnapshot],
        describe: Callable[[Any], Content],
    ) -> None:
        """Set up the list; `noun` is what an entry is called in the names of its commands."""
        super().__init__(EntryList(), read, snapshot, describe)
        self.noun = noun
        self.add_actions(
            {
                f"edit_{noun}": self.edit_entry,
                f"new_{noun}": self.new_entry,
                f"delete_{noun}": self.delete_entry,
                f"undo_{noun}": self.undo_last,
                f"search_{noun}s": self.focus_search,
                f"leave_{noun}s": lambda: self.leave(self.has_saved),
            }
        )

    @property
    def undo_key(self) -> str:
        """The key that undoes the last change."""
        return format_key_of(f"undo_{self.noun}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what needs an entry while there is none; hide undo while nothing can be undone."""
        match action.partition("_")[0]:
            case "undo":
                return bool(self._undo)
            case "edit":
                return True if self.entry is not None else None
        return True

    def edit_entry(self) -> None:
        """Edit the highlighted entry."""
        raise NotImplementedError

    def new_entry(self) -> None:
        """Begin a new one."""
        raise NotImplementedError

    def delete_entry(self) -> None:
        """Delete the highlighted entry; undo restores it."""
        raise NotImplementedError
