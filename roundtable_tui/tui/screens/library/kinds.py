"""Kinds of resources that are one JSON file each: how they are found, listed and described."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from textual.content import Content

from roundtable_tui.errors import FileError
from roundtable_tui.resources import LibraryPersona, LibraryTeam, PersonaLibrary
from roundtable_tui.resources.editing import is_user_file
from roundtable_tui.resources.persona import NamedFile
from roundtable_tui.resources.reading import list_json_files, snapshot_folders
from roundtable_tui.tui.screens.library.entry_list import Snapshot
from roundtable_tui.tui.screens.library.preview import make_preview
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.files import FileSnapshot
from roundtable_tui.utils.text import sanitize

ORIGIN_HEADINGS = {
    "task": "From the task",
    "given": "Given",
    "here": "From this folder",
    "yours": "Yours",
    "shipped": "Bundled",
}
"""Headings of the lists, in the order in which they are shown."""
_ORIGIN_PHRASES = {
    "task": "one of the task",
    "given": "the given one",
    "here": "one from this folder",
    "yours": "yours",
    "shipped": "the bundled one",
}
ERRORS_HEADING = "Errors"


def describe_hidden(origin: str) -> str:
    """Return the hint of a resource that another one of the same name, found earlier, hides."""
    return f"hidden by {_ORIGIN_PHRASES[origin]}"


@dataclass(frozen=True, slots=True)
class PersonaFolders:
    """Where personas and teams are read from: the given folder, the task's, and the standard ones."""

    given: Path | None = None
    task: Path | None = None

    def list_folders(self) -> list[Path]:
        """Return the folders in the order in which they are searched."""
        found = [folder for _, folder in paths.search_path("personas", self.given)]
        return [*found, *([self.task] if self.task is not None else [])]

    def list_files(self, *parts: str) -> list[Path]:
        """Return the JSON files in these subfolders ("" is the folder itself)."""
        folders = [folder / part for folder in self.list_folders() for part in parts]
        return [path for folder in folders for path in list_json_files(folder)[0]]

    def snapshot(self) -> FileSnapshot:
        """Return names, times and sizes of all files, to detect changes."""
        parts = ("", "participants", "teams")
        return snapshot_folders(folder / part for folder in self.list_folders() for part in parts)

    def load(self) -> PersonaLibrary:
        """Read all personas and teams; a given folder that cannot be read becomes a problem."""
        try:
            return PersonaLibrary.load(self.given, self.task)
        except FileError as error:
            library = PersonaLibrary.load(None, self.task)
            library.problems.insert(0, error)
            return library


F = TypeVar("F", bound=LibraryPersona | LibraryTeam)
N = TypeVar("N", bound=NamedFile)


@dataclass(frozen=True, slots=True)
class ResourceEntry(Generic[F]):
    """A resource, or an error. `path` is None where the error does not belong to one file."""

    item: Item
    path: Path | None
    found: F | None = None
    fault: FileError | None = None

    @property
    def is_writable(self) -> bool:
        """Whether the file is the user's own."""
        return self.path is not None and is_user_file(self.path)


@dataclass(frozen=True, slots=True)
class ResourceKind(Generic[N, F]):
    """What the list screen has to know of a kind of resource.

    Args:
        model: what its files hold.
        subfolders: where its files are, in each of the `PersonaFolders`.
        list_found: returns those in the library that a run uses, and those that these hide.
        get: returns the resource of what the library found.
        make_row: returns title, detail and hint of a row.
        describe_content: returns facts, and a sanitized text to show below them.
        has_other_errors: whether errors that belong to none of its files are listed too.
    """

    model: type[N]
    subfolders: tuple[str, ...]
    list_found: Callable[[PersonaLibrary], tuple[Sequence[F], Sequence[F]]]
    get: Callable[[F], N]
    make_row: Callable[[PersonaLibrary, F], Item]
    describe_content: Callable[[PersonaLibrary, F], tuple[Sequence[str], str]]
    has_other_errors: bool = False

    @property
    def noun(self) -> str:
        """What one is called, in the names of its commands too (`edit_persona`, `read_personas`)."""
        return self.model.__name__.lower()

    def read(self, folders: PersonaFolders) -> Snapshot[ResourceEntry[F]]:
        """Read all resources. Never raises FileError: problems become entries."""
        file_state, library = folders.snapshot(), folders.load()
        entries = self.list_entries(library, folders.list_files(*self.subfolders))
        return Snapshot({entry.item.id: entry for entry in entries}, file_state, library=library)

    def list_entries(self, library: PersonaLibrary, files: Iterable[Path] = ()) -> list[ResourceEntry[F]]:
        """Return the entries of a library; an error in one of `files` belongs to that file."""
        return [*self._list_resources(library), *self._list_errors(library.problems, files)]

    def _list_resources(self, library: PersonaLibrary) -> Iterator[ResourceEntry[F]]:
        """Yield an entry per resource, by origin and name. Hidden ones are shown dimmed."""
        found, hidden = self.list_found(library)
        first = {one.slug: one.origin for one in found}
        hidden_ids = {id(one) for one in hidden}
        for origin, heading in ORIGIN_HEADINGS.items():
            ours = [one for one in (*found, *hidden) if one.origin == origin]
            for one in sorted(ours, key=lambda one: self.get(one).name.casefold()):
                is_hidden = id(one) in hidden_ids
                row = self.make_row(library, one)
                hint = describe_hidden(first[one.slug]) if is_hidden else row.hint
                tone = "muted" if is_hidden else row.tone
                item = Item(str(one.path), row.title, row.detail, heading, hint, tone)
                yield ResourceEntry(item, one.path, one)

    def _list_errors(
        self, problems: Sequence[FileError], resource_files: Iterable[Path]
    ) -> Iterator[ResourceEntry[F]]:
        known = {files.display_path(path): path for path in resource_files}
        for number, fault in enumerate(problems):
            path = known.get(fault.where) or known.get(fault.where.rpartition(", line ")[0])
            if path is None and not self.has_other_errors:
                continue
            where = (
                fault.where if path is None else fault.where.replace(files.display_path(path), path.name, 1)
            )
            title = f"{where}: {fault.what}" if where else fault.what
            item = Item(f"fault {number}", title, fault.hint, ERRORS_HEADING, tone="error")
            yield ResourceEntry(item, path, fault=fault)

    def describe(self, library: PersonaLibrary, entry: ResourceEntry[F]) -> Content:
        """Return the preview of an entry: name, facts and text, or its error."""
        if entry.found is None:
            assert entry.fault is not None
            lines = "\n".join(part for part in (entry.fault.what, entry.fault.hint) if part)
            return make_preview(entry.fault.where or "Error", (), sanitize(lines), is_error=True)
        facts, text = self.describe_content(library, entry.found)
        shown = [*facts, files.display_path(entry.found.path)]
        return make_preview(self.get(entry.found).name, shown, text)

    def make_copy(self, library: PersonaLibrary, found: F) -> N:
        """Return the resource under the first unused name: followed by a number, from 2."""
        resource = self.get(found)
        taken = {self.get(one).name.casefold() for of in self.list_found(library) for one in of}
        number = 2
        while (free := f"{resource.name[:36].rstrip()} {number}").casefold() in taken:
            number += 1
        return resource.model_copy(update={"name": free})
