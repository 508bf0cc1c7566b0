"""Files being edited: where they are saved, whether they changed on disk, and how to undo a change."""

from __future__ import annotations

import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from roundtable_tui.errors import FileError
from roundtable_tui.resources.editing import is_user_file, is_version_of, save_resource, user_dir
from roundtable_tui.resources.inside import own
from roundtable_tui.resources.library import PersonaLibrary
from roundtable_tui.resources.persona import NamedFile, slugify
from roundtable_tui.resources.reading import MAX_PERSONA_BYTES, list_json_files, read_text
from roundtable_tui.resources.task_storage import (
    TextFormat,
    copy_task,
    is_shipped,
    read_text_file,
    user_tasks_dir,
    write_text_file,
)
from roundtable_tui.resources.validation import check_json
from roundtable_tui.utils import files
from roundtable_tui.utils.files import FileSnapshot, snapshot_files

N = TypeVar("N", bound=NamedFile)
CHANGED_QUESTION = "The file was changed on disk and would be replaced."


class EditedFile(ABC):
    """A file that is edited (None: a new one), its text as it was read, and its state on disk since."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.text: str | None = None
        """The text that the editor began with, or accepted since."""
        self.fault = ""
        """Why the file cannot be read any more."""
        self.gone = False
        """Whether the file was removed."""
        self._seen: FileSnapshot = ()
        self._now: str | None = None

    @property
    @abstractmethod
    def is_writable(self) -> bool:
        """Whether saving writes to the file itself, not to a copy."""

    @abstractmethod
    def describe_target(self, name: str = "") -> str:
        """Return one line about the file that saving under this name writes."""

    @abstractmethod
    def load(self) -> str:
        """Return the text on disk. Raises FileError."""

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


class ResourceFile(EditedFile, Generic[N]):
    """The file of a persona or team. A file that is not the user's own is saved as a copy."""

    def __init__(self, path: Path | None, model: type[N], origin: str = "") -> None:
        super().__init__(path)
        self.model, self.origin = model, origin

    def load(self) -> str:
        """Return the text on disk. Raises FileError."""
        assert self.path is not None
        return read_text(self.path, MAX_PERSONA_BYTES)

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
        this = self.path and files.resolve_path(self.path)
        others = (one for one in list_json_files(user_dir(self.model))[0] if files.resolve_path(one) != this)
        return next((path for path in others if is_version_of(path, resource)), None)


class TaskFile(EditedFile):
    """The file `name` in the task `folder`, which need not exist yet. A bundled task is copied on saving."""

    path: Path

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder / name)
        self.folder, self.name = folder, name
        self.form = TextFormat()
        """The format as last read."""

    def load(self) -> str:
        """Return the text on disk, "" if there is none. Raises FileError, also for a link that leads out."""
        own(self.folder, self.name)
        text, self.form = read_text_file(self.path)
        return text

    @property
    def is_writable(self) -> bool:
        """Whether saving writes to the file itself."""
        return not is_shipped(self.folder)

    def describe_target(self, name: str = "") -> str:
        """Return one line about the file that saving writes."""
        if not self.is_writable:
            copy = files.display_path(user_tasks_dir() / self.folder.name / self.name)
            return f"Saves to your copy, {copy}; the bundled task is not changed"
        return f"Saves to {files.display_path(self.path)}"

    @property
    def copy_notice(self) -> str:
        """A line about the copy that was made."""
        return f"The bundled task is not changed. Your copy: {files.display_path(self.folder)}"

    def save(self, text: str) -> bool:
        """Write the text; return whether the task was copied for that. Raises FileError, UsageError."""
        copied = self._copy_if_bundled()
        write_text_file(self.path, text, self.form)
        self.read()
        return copied

    def edit_outside(self, edit: Callable[[Path], object]) -> bool:
        """Let `edit` change the file; return whether the task was copied for that.

        A copy that was not changed is removed again. Raises FileError, UsageError, and what `edit` raises.
        """
        original = self.folder
        copied = self._copy_if_bundled()
        before = _snapshot(self.folder)
        try:
            edit(self.path)
        finally:
            if copied and _snapshot(self.folder) == before:
                shutil.rmtree(self.folder, ignore_errors=True)
                copied = False
                self._move_to(original)
        return copied

    def _copy_if_bundled(self) -> bool:
        """Make the file writable; return whether the task was copied. Raises FileError, UsageError."""
        own(self.folder, self.name)
        if is_shipped(self.folder):
            self._move_to(copy_task(self.folder))
            return True
        if is_shipped(self.path):
            hint = "Replace the link by a file of your own."
            raise FileError("is a link to a bundled file", where=files.display_path(self.path), hint=hint)
        return False

    def _move_to(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / self.name


def _snapshot(folder: Path) -> FileSnapshot:
    return snapshot_files(path for path in sorted(folder.rglob("*")) if not path.is_dir())


def find_overriding(library: PersonaLibrary, resource: NamedFile) -> Path | None:
    """Return the file, not the user's own, that a run uses instead of the user's one of that name."""
    for found in library.list_found(type(resource))[0]:
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
