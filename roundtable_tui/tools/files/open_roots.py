"""Opens the folders that the user names, and the files that a task names."""

from __future__ import annotations

from pathlib import Path

from roundtable_tui.errors import UsageError
from roundtable_tui.resources import Task
from roundtable_tui.resources.inside import inside
from roundtable_tui.resources.task import settings_error
from roundtable_tui.tools.files.roots import FileRoot
from roundtable_tui.utils import files
from roundtable_tui.utils.interface import parameter_name
from roundtable_tui.utils.text import single_line


def open_root(path: Path) -> FileRoot:
    """Return a root for a folder that the user names. Raises UsageError."""
    real = files.resolve_path(path)
    name = parameter_name("roots")
    if not files.path_exists(real):
        raise UsageError(f"{name} is not there", where=files.display_path(path))
    if not real.is_dir():
        hint = "Name the folder that it is in."
        raise UsageError(f"{name} is not a folder", where=files.display_path(path), hint=hint)
    return FileRoot(real, real.name or "root")


def task_roots(task: Task | None) -> list[FileRoot]:
    """Return the root of the task's own files: those that its settings name, in its folder.

    Raises RoundtableError for one that is not there or outside the folder.
    """
    if task is None or not task.settings.files:
        return []
    allowed = []
    for name in task.settings.files:
        if (path := inside(task.path, name)) is None:
            outside = UsageError(
                f'files "{single_line(name, 80)}" is outside the task folder',
                hint=f"Use {parameter_name('root')} to read it.",
            )
            raise settings_error(task.path, ["files"], outside)
        if not files.path_exists(path):
            raise UsageError("is named in its files, but is not there", where=files.display_path(path))
        allowed.append(files.resolve_path(path))
    return [FileRoot(files.resolve_path(task.path), task.slug, tuple(allowed))]
