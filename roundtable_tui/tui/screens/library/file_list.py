"""The list of resources that are one file each: edit, create, copy, rename, delete and undo."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.widgets import OptionList

from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.library.browser import ResourceBrowser, on_entry, undo_by
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.entry_list import Target
from roundtable_tui.tui.screens.library.file_editor import ResourceEditor
from roundtable_tui.tui.screens.library.file_store import Edited, FileStore
from roundtable_tui.tui.screens.library.kinds import PersonaFolders, ResourceEntry, ResourceKind
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.trash import move_to_trash, restore


class FileListScreen(ResourceBrowser[ResourceEntry[Any], bool]):
    """The list of one kind. A subclass names the kind and its editor, and adds what only this kind has."""

    KIND: ClassVar[ResourceKind[Any, Any]]
    EDITOR: ClassVar[type[ResourceEditor[Any]]]

    def __init__(
        self, given: Path | None = None, task: Path | None = None, *, context: LibraryContext | None = None
    ) -> None:
        """List what is in the folders `given` and `task`, and in the standard folders."""
        kind, self.folders = self.KIND, PersonaFolders(given, task)
        super().__init__(
            kind.noun,
            lambda: kind.read(self.folders),
            self.folders.snapshot,
            lambda entry: kind.describe(self.shown.library, entry),
        )
        self.library_context = context or LibraryContext()
        self.add_actions({f"read_{kind.noun}s": lambda: self.load()})
        self.add_entry_actions(
            edit=self.edit_entry,
            new=lambda: self.open_editor(None),
            copy=self.copy_entry,
            rename=self.rename_entry,
            delete=self.delete_entry,
            undo=self.undo_last,
        )

    @property
    def resource(self) -> Any:
        """The highlighted resource, or None."""
        entry = self.entry
        return self.KIND.get(entry.found) if entry is not None and entry.found is not None else None

    # --- editing -------------------------------------------------------------------------------

    def open_editor(self, resource: Any, *, path: Path | None = None, origin: str = "") -> None:
        """Edit a resource; None with a path is a file with errors, None without one is a new resource."""
        self.say("")
        editor = self.EDITOR(
            resource, path=path, origin=origin, library=self.shown.library, context=self.library_context
        )
        self.app.push_screen(editor, self.show_edited)

    def show_edited(self, edited: Edited[Any] | None) -> None:
        """Show what was saved in an editor."""
        if edited is not None and edited.path is not None:
            self.has_saved = True
            self.load(Target(str(edited.path)))

    @on(OptionList.OptionSelected)
    @on_entry(lambda entry: entry.path is not None)
    def edit_entry(self, entry: ResourceEntry[Any]) -> None:
        """Edit the highlighted resource, or the file with errors."""
        origin = entry.found.origin if entry.found is not None else ""
        self.open_editor(self.resource, path=entry.path, origin=origin)

    @on_entry(lambda entry: entry.found is not None)
    def copy_entry(self, entry: ResourceEntry[Any]) -> None:
        """Create a copy of the highlighted resource."""
        self.open_editor(self.KIND.make_copy(self.shown.library, entry.found))

    @on_entry(lambda entry: entry.is_writable)
    def delete_entry(self, entry: ResourceEntry[Any]) -> None:
        """Move the highlighted file to the trash, if it is the user's own."""
        assert entry.path is not None
        path, line = entry.path, f"{single_line(entry.path.name)} deleted."
        self.change(lambda: undo_by(partial(restore, move_to_trash(path))), line)

    @on_entry(lambda entry: entry.is_writable and entry.found is not None)
    @background(opens_screen=True)
    async def rename_entry(self, entry: ResourceEntry[Any]) -> None:
        """Rename the highlighted resource, if its file is the user's own; the file stays where it is."""
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        resource, store = self.resource, FileStore(entry.path, self.KIND.model)
        typed = await self.app.push_screen_wait(TextPrompt(f"New name for {resource.name}", resource.name))
        if typed is not None and (name := typed.strip()) != resource.name:
            self.change(
                lambda: undo_by(store.rename(name).restore),
                f"{resource.name} renamed to {name}.",
                Target(str(entry.path)),
            )
