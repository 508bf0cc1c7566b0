"""The list of resources that are one file each: edit, create, copy, rename, delete and undo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.content import Content
from textual.widgets import OptionList

from roundtable_tui.errors import FileError
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.resources.edited_file import ResourceFile
from roundtable_tui.resources.editing import is_user_file
from roundtable_tui.resources.library import LibraryItem, get_resource
from roundtable_tui.resources.library_cache import snapshot_personas
from roundtable_tui.resources.persona import NamedFile
from roundtable_tui.resources.reading import list_json_files
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.library.browser import ResourceBrowser, Snapshot, on_entry, undo_by
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.file_editor import Edited, ResourceEditor
from roundtable_tui.tui.screens.library.origins import ORIGIN_HEADINGS, describe_hidden
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.tui.widgets.preview_pane import make_preview
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.files import FileSnapshot
from roundtable_tui.utils.text import sanitize, single_line
from roundtable_tui.utils.trash import move_to_trash, restore

ERRORS_HEADING = "Errors"


@dataclass(frozen=True, slots=True)
class ResourceRow(Item):
    """A resource, or an error. `path` is None where the error does not belong to one file."""

    path: Path | None = None
    found: Any = None
    fault: FileError | None = None

    @property
    def is_writable(self) -> bool:
        """Whether the file is the user's own."""
        return self.path is not None and is_user_file(self.path)


class FileListScreen(ResourceBrowser[ResourceRow, bool]):
    """The list of one kind. A subclass says what is in its rows, and adds what only this kind has."""

    ENTRY = ResourceRow
    MODEL: ClassVar[type[NamedFile]]
    EDITOR: ClassVar[type[ResourceEditor[Any]]]
    SUBFOLDERS: ClassVar[tuple[str, ...]]
    """Where its files are, in each folder of personas."""
    HAS_OTHER_ERRORS: ClassVar[bool] = False
    """Whether errors that belong to none of its files are listed too."""

    def __init__(
        self, given: Path | None = None, task: Path | None = None, *, context: LibraryContext | None = None
    ) -> None:
        """List what is in the folders `given` and `task`, and in the standard folders."""
        super().__init__()
        self.given, self.task_folder = given, task
        self.library_context = context or LibraryContext()
        self.add_actions({f"read_{self.NOUN}s": lambda: self.load()})
        self.add_entry_actions(
            edit=self.edit_entry,
            new=lambda: self.open_editor(None),
            copy=self.copy_entry,
            rename=self.rename_entry,
            delete=self.delete_entry,
            undo=self.undo_last,
        )

    def make_row(self, library: PersonaLibrary, found: Any) -> tuple[str, str, str]:
        """Return title, detail and hint of a row."""
        raise NotImplementedError

    def describe_found(self, library: PersonaLibrary, found: Any) -> tuple[Sequence[str], str]:
        """Return facts about a resource, and a sanitized text to show below them."""
        raise NotImplementedError

    @property
    def resource(self) -> Any:
        """The highlighted resource, or None."""
        entry = self.entry
        return get_resource(entry.found) if entry is not None and entry.found is not None else None

    # --- reading -------------------------------------------------------------------------------

    def read_file_state(self) -> FileSnapshot:
        """Return the state of all files."""
        return snapshot_personas(self.given, self.task_folder)

    def read(self) -> Snapshot:
        """Return all resources and errors. A given folder that cannot be read is one of the errors."""
        file_state = self.read_file_state()
        try:
            library = PersonaLibrary.load(self.given, self.task_folder)
        except FileError as error:
            library = PersonaLibrary.load(None, self.task_folder)
            library.problems.insert(0, error)
        rows = [*self._list_resources(library), *self._list_errors(library.problems)]
        return Snapshot(rows, file_state, library=library)

    def _list_resources(self, library: PersonaLibrary) -> Iterator[ResourceRow]:
        """Yield a row per resource, by origin and name. Hidden ones are shown dimmed."""
        used, hidden = library.list_found(self.MODEL)
        first = {one.slug: one.origin for one in used}
        origins = [*ORIGIN_HEADINGS]
        hidden_ids = {id(one) for one in hidden}  # Comparing them takes time with the square of their number.

        def rank(one: LibraryItem) -> tuple[int, str]:
            return origins.index(one.origin), get_resource(one).name.casefold()

        for one in sorted((*used, *hidden), key=rank):
            title, detail, hint = self.make_row(library, one)
            is_hidden = id(one) in hidden_ids
            yield ResourceRow(
                str(one.path),
                title,
                detail,
                ORIGIN_HEADINGS[one.origin],
                describe_hidden(first[one.slug]) if is_hidden else hint,
                "muted" if is_hidden else "",
                path=one.path,
                found=one,
            )

    def _list_errors(self, problems: Sequence[FileError]) -> Iterator[ResourceRow]:
        folders = [folder for _, folder in paths.search_path("personas", self.given)]
        folders += [self.task_folder] if self.task_folder is not None else []
        own = [folder / part for folder in folders for part in self.SUBFOLDERS]
        known = {files.display_path(path): path for folder in own for path in list_json_files(folder)[0]}
        for number, fault in enumerate(problems):
            path = known.get(fault.where) or known.get(fault.where.rpartition(", line ")[0])
            if path is None and not self.HAS_OTHER_ERRORS:
                continue
            where = (
                fault.where if path is None else fault.where.replace(files.display_path(path), path.name, 1)
            )
            title = f"{where}: {fault.what}" if where else fault.what
            id = f"fault {number}"
            yield ResourceRow(id, title, fault.hint, ERRORS_HEADING, tone="error", path=path, fault=fault)

    def describe(self, entry: ResourceRow) -> Content:
        """Return name, facts and text of a resource, or its error."""
        if entry.found is None:
            assert entry.fault is not None
            lines = "\n".join(part for part in (entry.fault.what, entry.fault.hint) if part)
            return make_preview(entry.fault.where or "Error", (), sanitize(lines), is_error=True)
        facts, text = self.describe_found(self.shown.library, entry.found)
        shown = [*facts, files.display_path(entry.found.path)]
        return make_preview(get_resource(entry.found).name, shown, text)

    # --- editing -------------------------------------------------------------------------------

    def open_editor(self, resource: Any, *, path: Path | None = None, origin: str = "") -> None:
        """Edit a resource; None with a path is a file with errors, None without one is a new resource."""
        self.say("")
        editor = self.EDITOR(
            resource, path=path, origin=origin, library=self.shown.library, context=self.library_context
        )
        self.app.push_screen(editor, self.show_edited)

    def show_edited(self, edited: Edited | None) -> None:
        """Show what was saved in an editor."""
        if edited is not None and edited.path is not None:
            self.has_saved = True
            self.load(str(edited.path))

    @on(OptionList.OptionSelected)
    @on_entry(lambda entry: entry.path is not None)
    def edit_entry(self, entry: ResourceRow) -> None:
        """Edit the highlighted resource, or the file with errors."""
        origin = entry.found.origin if entry.found is not None else ""
        self.open_editor(self.resource, path=entry.path, origin=origin)

    @on_entry(lambda entry: entry.found is not None)
    def copy_entry(self, entry: ResourceRow) -> None:
        """Create a copy under the first unused name: followed by a number, from 2."""
        resource = self.resource
        names = [get_resource(one).name for of in self.shown.library.list_found(self.MODEL) for one in of]
        taken = {name.casefold() for name in names}
        number = 2
        while (free := f"{resource.name[:36].rstrip()} {number}").casefold() in taken:
            number += 1
        self.open_editor(resource.model_copy(update={"name": free}))

    @on_entry(lambda entry: entry.is_writable)
    def delete_entry(self, entry: ResourceRow) -> None:
        """Move the highlighted file to the trash, if it is the user's own."""
        assert entry.path is not None
        path, line = entry.path, f"{single_line(entry.path.name)} deleted."
        self.change(lambda: undo_by(partial(restore, move_to_trash(path))), line)

    @on_entry(lambda entry: entry.is_writable and entry.found is not None)
    @background(opens_screen=True)
    async def rename_entry(self, entry: ResourceRow) -> None:
        """Rename the highlighted resource, if its file is the user's own; the file stays where it is."""
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        resource, file = self.resource, ResourceFile(entry.path, self.MODEL)
        typed = await self.app.push_screen_wait(TextPrompt(f"New name for {resource.name}", resource.name))
        if typed is not None and (name := typed.strip()) != resource.name:
            line = f"{resource.name} renamed to {name}."
            self.change(lambda: undo_by(file.rename(name).restore), line, str(entry.path))
