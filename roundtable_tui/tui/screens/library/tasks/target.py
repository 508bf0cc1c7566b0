"""A text file of a task: where it is saved, and editing it in the user's own editor."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.app import App

from roundtable_tui.errors import FileError
from roundtable_tui.resources.inside import own
from roundtable_tui.resources.task_storage import (
    TextFormat,
    copy_task,
    is_shipped,
    read_text_file,
    user_tasks_dir,
    write_text_file,
)
from roundtable_tui.tui.external_editor import get_editor_command, open_in_editor
from roundtable_tui.tui.screens.library.file_store import WatchedFile
from roundtable_tui.utils import files
from roundtable_tui.utils.files import FileSnapshot, snapshot_files


@dataclass(slots=True)
class TaskFile(WatchedFile):
    """The file `name` in the task `folder`, which need not exist yet. A bundled task is copied on saving."""

    folder: Path
    name: str
    form: TextFormat = field(default=TextFormat(), init=False)
    """The format as last read."""

    @classmethod
    def locate(cls, folder: Path, name: str) -> TaskFile:
        """Return a file of a task without reading it."""
        return cls(folder / name, folder, name)

    def load(self) -> str:
        """Return the text on disk, "" if there is none. Raises FileError, also for a link that leads out."""
        own(self.folder, self.name)
        text, self.form = read_text_file(self.folder / self.name)
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
        return f"Saves to {files.display_path(self.folder / self.name)}"

    @property
    def copy_notice(self) -> str:
        """A line about the copy that was made."""
        return f"The bundled task is not changed. Your copy: {files.display_path(self.folder)}"

    def save(self, text: str) -> bool:
        """Write the text; return whether the task was copied for that. Raises FileError, UsageError."""
        copied = self._copy_if_bundled()
        write_text_file(self.folder / self.name, text, self.form)
        self.read()
        return copied

    def edit_outside(self, app: App[Any]) -> bool:
        """Open the file in the user's editor; return whether the task was copied for that.

        A copy that was not changed is removed again. Raises UsageError, FileError.
        """
        get_editor_command(os.environ)  # Raises before anything is copied.
        original = self.folder
        copied = self._copy_if_bundled()
        before = _snapshot(self.folder)
        try:
            open_in_editor(app, self.folder / self.name)
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
        if is_shipped(self.folder / self.name):
            hint = "Replace the link by a file of your own."
            where = files.display_path(self.folder / self.name)
            raise FileError("is a link to a bundled file", where=where, hint=hint)
        return False

    def _move_to(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / self.name


def _snapshot(folder: Path) -> FileSnapshot:
    return snapshot_files(path for path in sorted(folder.rglob("*")) if not path.is_dir())
