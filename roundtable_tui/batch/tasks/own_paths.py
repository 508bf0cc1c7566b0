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
from roundtable_tui.engine.mode import PathOption
from roundtable_tui.resources.inside import inside
from roundtable_tui.utils import files
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line


def resolve_own_paths(task: BatchTask, folder: Path) -> BatchTask:
    """Return a task of a file in `folder`, its paths made absolute.

    Raises TaskError for a path outside of the folder, and for an output folder: each run writes to its own.
    """
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
        if (kind := _list_path_options().get(name)) is not None:
            found[name] = _resolve_path(name, kind, value, folder)
        elif isinstance(value, Mapping):
            found[name] = _resolve(value, folder)
        elif isinstance(value, list | tuple):
            found[name] = [_resolve(one, folder) if isinstance(one, Mapping) else one for one in value]
        else:
            found[name] = value
    return found


def _resolve_path(name: str, kind: PathOption, value: Any, folder: Path) -> Any:
    if value in (None, "") or (kind.inline and isinstance(value, Mapping)):
        return value
    shown = f'options.{name} "{single_line(str(value), 80)}"'
    if kind.writes:
        raise TaskError(f"{shown} names an output folder; each run writes to its own")
    if not isinstance(value, str) or (path := inside(folder, value)) is None:
        use = by_interface(
            command_line=f"Use --option {name}=PATH to read it",
            python=f'Use options={{"{name}": PATH}} to read it',
            app="Move it there",
        )
        raise TaskError(f"{shown} is outside the folder of this file. {use}")
    return str(path.absolute())


def _find_task(name: str, folder: Path) -> Path | None:
    """Return the task folder that a path means: in the folder of the file, or in the current one."""
    for base in (folder, Path.cwd()):
        path = files.resolve_path(base / name)
        if path.is_relative_to(files.resolve_path(base)) and files.path_exists(path):
            return path
    return None


@cache
def _list_path_options() -> dict[str, PathOption]:
    """Return the options of all modes that are paths: the mode of a task may be chosen by a flag."""
    return {name: kind for mode in modes.all_modes().values() for name, kind in mode.path_options.items()}
