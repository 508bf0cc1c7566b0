"""Paths in the tasks of a file, which may come from a stranger: they stay in the folder of the file.

An option that names a file would otherwise send any file to a server, and one that names a folder would write
anywhere. Paths of the user's own come from flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.batch.tasks.model import BatchTask, TaskError
from roundtable_tui.resources.inside import inside
from roundtable_tui.setup.options import path_options
from roundtable_tui.utils import files
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line


def resolve_own_paths(task: BatchTask, folder: Path) -> BatchTask:
    """Return a task of a file in `folder`, its paths made absolute. Raises TaskError for one outside."""
    fields = dict(task.fields)
    if isinstance(options := fields.get("options"), Mapping):
        fields["options"] = _resolve(options, folder)
    if "/" in task.task and (path := _find_task(task.task, folder)) is None:
        raise TaskError(
            f"task {single_line(task.task, 80)} is outside the folder of this file and the current one"
        )
    if "/" in task.task:
        fields["task"] = str(path)
    return task if fields == task.fields else replace(task, fields=fields)


def _resolve(given: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return options with their paths made absolute, also those of the stages of a pipeline."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in _path_names():
            found[name] = _resolve_path(name, value, folder) if isinstance(value, str) and value else value
        elif isinstance(value, Mapping):
            found[name] = _resolve(value, folder)
        elif isinstance(value, list | tuple):
            found[name] = [_resolve(one, folder) if isinstance(one, Mapping) else one for one in value]
        else:
            found[name] = value
    return found


def _resolve_path(name: str, value: str, folder: Path) -> str:
    if (path := inside(folder, value)) is None:
        use = by_interface(
            command_line=f"Use --option {name}=PATH.",
            python=f'Use options={{"{name}": PATH}}.',
            app=f"Use --option {name}=PATH on the command line.",
        )
        raise TaskError(
            f'options.{name} "{single_line(value, 80)}" is outside the folder of this file. {use}'
        )
    return str(path.absolute())


def _find_task(name: str, folder: Path) -> Path | None:
    """Return the task folder that a path means: in the folder of the file, or in the current one."""
    for base in (folder, Path.cwd()):
        path = files.resolve_path(base / name)
        if path.is_relative_to(files.resolve_path(base)) and files.path_exists(path):
            return path
    return None


@cache
def _path_names() -> frozenset[str]:
    """Return the names of the options that are paths, of any mode."""
    return frozenset(name for mode in modes.all_modes().values() for name in path_options(mode))
