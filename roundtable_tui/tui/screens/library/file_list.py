"""The list of resources that are one file each: edit, create, copy, rename, delete and undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.widgets import OptionList

from roundtable_tui.errors import FileError
from roundtable_tui.resources.persona import NamedFile
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.library.browser import ResourceBrowser, name_restored
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.entry_list import Target
from roundtable_tui.tui.screens.library.file_editor import ResourceEditor
from roundtable_tui.tui.screens.library.file_store import Edited, FileStore, PreviousVersion
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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be done to the highlighted entry."""
        entry = self.entry
        match action.partition("_")[0]:
            case "edit":
                return True if entry is not None and entry.path is not None else None
            case "copy":
                return True if entry is not None and entry.fault is None else None
            case "delete":
                return True if entry is not None and entry.is_writable else None
            case "rename":
                return True if entry is not None and entry.is_writable and entry.fault is None else None
        return super().check_action(action, parameters)

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
    def edit_entry(self) -> None:
        """Edit the highlighted resource, or the file with errors."""
        entry = self.entry
        if entry is not None and entry.path is not None:
            origin = entry.found.origin if entry.found is not None else ""
            self.open_editor(self.resource, path=entry.path, origin=origin)

    def copy_entry(self) -> None:
        """Create a copy of the highlighted resource."""
        entry = self.entry
        if entry is not None and entry.found is not None:
            self.open_editor(self.KIND.make_copy(self.shown.library, entry.found))

    def delete_entry(self) -> None:
        """Move the highlighted file to the trash, if it is the user's own."""
        entry = self.entry
        if entry is None or entry.path is None or not entry.is_writable:
            return
        path, line = entry.path, f"{single_line(entry.path.name)} deleted. Press {self.undo_key} to undo."

        def delete() -> None:
            trashed = move_to_trash(path)
            self.record_change(lambda: name_restored(restore(trashed)), line)

        self.attempt(delete)

    @background(opens_screen=True)
    async def rename_entry(self) -> None:
        """Rename the highlighted resource, if its file is the user's own; the file stays where it is."""
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        entry, resource = self.entry, self.resource
        if entry is None or resource is None or not entry.is_writable:
            return
        store = FileStore(entry.path, self.KIND.model)
        typed = await self.app.push_screen_wait(TextPrompt(f"New name for {resource.name}", resource.name))
        if typed is not None and (name := typed.strip()) != resource.name:
            self.attempt(lambda: self._rename(resource, store, name))

    def _rename(self, resource: NamedFile, store: FileStore[Any], name: str) -> None:
        before = store.read()
        renamed = store.parse_renamed(name)
        if question := store.question(renamed):
            raise FileError(question)
        path = store.save(renamed)
        line = f"{resource.name} renamed to {renamed.name}. Press {self.undo_key} to undo."
        previous = PreviousVersion(path, before, store.read())
        self.record_change(lambda: name_restored(previous.restore()), line, Target(str(path)))
