"""Files being edited: where they are saved, whether they changed on disk, and how to undo a change."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from roundtable_tui.errors import FileError
from roundtable_tui.resources import PersonaLibrary, Team, read_text, slugify
from roundtable_tui.resources.editing import is_user_file, save_resource, user_dir
from roundtable_tui.resources.persona import NamedFile
from roundtable_tui.resources.reading import MAX_PERSONA_BYTES, list_json_files
from roundtable_tui.resources.validation import check_json
from roundtable_tui.utils import files
from roundtable_tui.utils.files import FileSnapshot, snapshot_files

N = TypeVar("N", bound=NamedFile)
CHANGED_QUESTION = "The file was changed on disk and would be replaced."


@dataclass(slots=True)
class WatchedFile(ABC):
    """A file that is edited (None: a new one), its text as it was read, and its state on disk since.

    A subclass says where saving puts it.
    """

    path: Path | None
    text: str | None = field(default=None, init=False)
    """The text that the editor began with, or accepted since."""
    fault: str = field(default="", init=False)
    """Why the file cannot be read any more."""
    gone: bool = field(default=False, init=False)
    """Whether the file was removed."""
    _seen: FileSnapshot = field(default=(), init=False)
    _now: str | None = field(default=None, init=False)

    @property
    @abstractmethod
    def is_writable(self) -> bool:
        """Whether saving writes to the file itself, not to a copy."""

    @abstractmethod
    def describe_target(self, name: str = "") -> str:
        """Return one line about the file that saving under this name writes."""

    def load(self) -> str:
        """Return the text on disk. Raises FileError."""
        assert self.path is not None
        return read_text(self.path, MAX_PERSONA_BYTES)

    def read(self) -> str:
        """Return the text on disk and edit that. Raises FileError."""
        assert self.path is not None
        self._seen = snapshot_files([self.path])
        self.text = self._now = self.load()
        self.fault, self.gone = "", not files.path_exists(self.path)
        return self.text

    def has_new_version(self) -> bool:
        """Return whether time or size of the file differ from the last look. Safe in a thread."""
        return self.path is not None and snapshot_files([self.path]) != self._seen

    def look(self) -> None:
        """Look at the new version on disk."""
        assert self.path is not None
        self._seen, self._now, self.fault = snapshot_files([self.path]), None, ""
        self.gone = not files.path_exists(self.path)
        try:
            self._now = None if self.gone else self.load()
        except FileError as error:
            self.fault = str(error)

    @property
    def differs(self) -> bool:
        """Whether the text on disk, as last looked at, differs from the text that is edited."""
        return self._now is not None and self._now != self.text

    @property
    def disk_text(self) -> str:
        """The text on disk as last looked at."""
        return self._now or ""

    def accept(self) -> str:
        """Make the text on disk the one that is edited and return it."""
        self.text = self._now
        return self.text or ""

    def has_conflict(self) -> bool:
        """Return whether saving would replace a text that was not read here."""
        assert self.path is not None
        try:
            return self.text is not None and self.load() != self.text
        except FileError:
            return files.path_exists(self.path)


@dataclass(frozen=True, slots=True)
class Edited(Generic[N]):
    """The result of editing: the resource, and the file it was saved to (None: not saved)."""

    resource: N
    path: Path | None


@dataclass(slots=True)
class FileStore(WatchedFile, Generic[N]):
    """The file of a persona or team. A file that is not the user's own is saved as a copy."""

    model: type[N]
    origin: str = ""

    @property
    def is_writable(self) -> bool:
        """Whether saving writes to the file itself."""
        return self.path is not None and is_user_file(self.path)

    def describe_target(self, name: str = "") -> str:
        """Return one line about the file that saving under this name writes."""
        if self.path is not None and self.is_writable:
            return f"Saves to {files.display_path(self.path)}"
        folder = user_dir(self.model)
        target = files.display_path(folder / f"{slugify(name)}.json" if name.strip() else folder)
        if self.path is None:
            return f"Saves to {target}"
        original = "the bundled file" if self.origin == "shipped" else files.display_path(self.path)
        return f"Saves a copy to {target} ({original} is not changed)"

    def rename(self, name: str) -> PreviousVersion:
        """Give the resource in the file another name; the file stays where it is. Raises FileError."""
        before = self.read()
        found, problems = check_json(self.model, before)
        if found is not None:
            renamed = json.loads(before) | {"name": name}
            found, problems = check_json(self.model, json.dumps(renamed))
        if found is None:
            raise problems[0].to_error(None)
        if question := self.question(found):
            raise FileError(question)
        return PreviousVersion(self.save(found), before, self.read())

    def question(self, resource: N) -> str:
        """Return what the user should confirm before saving; "" if nothing would be lost."""
        other = self._find_namesake(resource)
        if other is not None and self.is_writable:
            return f"{files.display_path(other)} has the name {resource.name} too; only one of them is used."
        if other is not None:
            return f"{files.display_path(other)} is {resource.name} already and would be replaced."
        return CHANGED_QUESTION if self.is_writable and self.has_conflict() else ""

    def save(self, resource: N) -> Path:
        """Write the resource and return its file. Raises FileError."""
        return save_resource(resource, self.path if self.is_writable else None)

    def _find_namesake(self, resource: N) -> Path | None:
        """Return another of the user's files with a resource of this name."""
        for path in list_json_files(user_dir(self.model))[0]:
            if self.path is not None and files.resolve_path(path) == files.resolve_path(self.path):
                continue
            try:
                found, _ = check_json(self.model, read_text(path, MAX_PERSONA_BYTES))
            except FileError:
                continue
            if found is not None and found.slug == resource.slug:
                return path
        return None


def find_overriding(library: PersonaLibrary | None, resource: NamedFile) -> Path | None:
    """Return the file, not the user's own, that a run uses instead of the user's one of that name."""
    library = library or PersonaLibrary()
    for found in library.teams if isinstance(resource, Team) else library.items:
        if found.slug == resource.slug and found.origin not in ("yours", "shipped"):
            return found.path
    return None


@dataclass(frozen=True, slots=True)
class PreviousVersion:
    """A changed file: its text before and after the change."""

    path: Path
    before: str
    after: str
    mode: int = 0o644
    """Permissions of the file."""

    def restore(self) -> Path:
        """Write the text before the change. Raises FileError, also if the file was changed again."""
        if files.read_text(self.path) != self.after:
            raise FileError(
                "was changed again", where=files.display_path(self.path), hint="It is not restored."
            )
        files.write_text(self.path, self.before, mode=self.mode)
        return self.path
