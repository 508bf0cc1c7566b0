"""Paths in the options of a tasks file: the file may be a stranger's, so they stay in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from roundtable_tui import modes
from roundtable_tui.batch.tasks.model import BatchTask, TaskError
from roundtable_tui.engine.mode import PathOption
from roundtable_tui.resources.inside import inside
from roundtable_tui.setup.options import path_options
from roundtable_tui.utils import files
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line


def resolve_own_paths(task: BatchTask, folder: Path) -> BatchTask:
    """Return the task with the paths in its options in `folder`, that of the tasks file.

    Raises TaskError for a path outside of it, and for an output folder: each run writes to its own.
    """
    given = task.fields.get("options")
    if not given:
        return task
    resolved = dict(given)
    for name, kind in _list_path_options().items():
        value = given.get(name)
        if value in (None, "") or (kind.inline and isinstance(value, Mapping)):
            continue
        shown = f'options.{name} "{single_line(str(value), 80)}"'
        if kind.writes:
            raise TaskError(f"{shown} names an output folder; each run writes to its own")
        if not isinstance(value, str) or (path := inside(folder, value)) is None:
            use = by_interface(
                command_line=f"Use --option {name}=PATH to read it",
                python=f'Use options={{"{name}": PATH}} to read it',
                app="Move it there",
            )
            raise TaskError(f"{shown} is outside the folder of the tasks. {use}")
        if files.resolve_path(Path(value)) != files.resolve_path(path):
            resolved[name] = str(path)
    return replace(task, fields={**task.fields, "options": resolved})


@lru_cache(maxsize=1)
def _list_path_options() -> dict[str, PathOption]:
    """Return the options of all modes that are paths: the mode of a task may be chosen by a flag."""
    return {name: kind for mode in modes.all_modes().values() for name, kind in path_options(mode).items()}
