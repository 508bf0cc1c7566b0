"""A text of a task, and where writing to it goes: what comes along is copied to yours first."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.app import App

from roundtable_tui.errors import FileError
from roundtable_tui.resources.inside import own
from roundtable_tui.resources.task_storage import copy_task, is_shipped, user_tasks_dir
from roundtable_tui.tui.external_editor import get_editor_command, open_in_editor
from roundtable_tui.utils import files


@dataclass(slots=True)
class TaskFile:
    """The file `name` in the task `folder`; the folder is another one once the task was copied."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """The file, which need not be there yet."""
        return self.folder / self.name

    @property
    def line(self) -> str:
        """Where saving puts it, in a line."""
        if is_shipped(self.folder):
            copy = files.display_path(user_tasks_dir() / self.folder.name / self.name)
            return f"Saves to a copy of yours, {copy}; what comes along stays as it is"
        return f"Saves to {files.display_path(self.path)}"

    def make_own(self) -> bool:
        """See to it that the file may be written to; return whether the task was copied for that.

        Raises FileError, also for a link out of the folder, UsageError where you have a task of that name
        already.
        """
        own(self.folder, self.name)
        if is_shipped(self.folder):
            self.folder = copy_task(self.folder)
            return True
        if is_shipped(self.path):
            hint = "Put a file of your own in place of the link."
            raise FileError("is a link to what comes along", where=files.display_path(self.path), hint=hint)
        return False

    def edit_outside(self, app: App[Any]) -> bool:
        """Open the file in the person's own editor; return whether the task was copied for that.

        A copy in which nothing has changed is taken away again. Raises UsageError, FileError.
        """
        get_editor_command(os.environ)  # Where there is none, nothing is copied.
        found = self.folder
        copied = self.make_own()
        before = _look(self.folder)
        try:
            open_in_editor(app, self.path)
        finally:
            if copied and _look(self.folder) == before:
                shutil.rmtree(self.folder, ignore_errors=True)
                self.folder, copied = found, False
        return copied


def copied_line(place: TaskFile) -> str:
    """Return a line that says where the copy is."""
    return f"What comes along stays as it is: this is a copy of yours, {files.display_path(place.folder)}"


def _look(folder: Path) -> files.FileSnapshot:
    """Return the state of all files in a folder."""
    return files.snapshot_files(path for path in sorted(folder.rglob("*")) if not path.is_dir())
