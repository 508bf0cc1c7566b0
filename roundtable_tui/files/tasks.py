"""All tasks there are: given, here, yours, shipped; the first of a name counts."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from roundtable_tui import paths
from roundtable_tui.errors import FileError
from roundtable_tui.files.inside import own
from roundtable_tui.files.pick import pick
from roundtable_tui.files.read import folders, is_folder
from roundtable_tui.files.task import Task, is_task, load_task


@dataclass(frozen=True, slots=True)
class FoundTask:
    """A task and where it was found. Origins: given, here, yours, shipped."""

    task: Task
    path: Path
    origin: str

    @property
    def key(self) -> str:
        """The task's stable id."""
        return self.task.key


def load_from(origin: str, path: Path) -> Task:
    """Return the task in the folder `path`, which was found in `origin`. Raises FileError.

    A folder beside the current one may be a stranger's: a link to a folder elsewhere is refused there.
    """
    if origin == "here":
        own(path.parent, path.name)
    return load_task(path)


@dataclass(slots=True)
class TaskLibrary:
    """Tasks by search order, then by name. One bad task never hides the others."""

    items: list[FoundTask] = field(default_factory=list)
    shadowed: list[FoundTask] = field(default_factory=list)
    """Tasks that come second to one of the same name."""
    problems: list[FileError] = field(default_factory=list)

    @classmethod
    def load(cls, given: Path | None = None) -> TaskLibrary:
        """Return the tasks in `given` (a folder of tasks, or one task), here, yours and shipped.

        Raises FileError where `given` is no folder.
        """
        if given is not None and not is_folder(given):
            load_task(given)
        library = cls()
        for origin, folder in paths.search_dirs("tasks", given):
            inside, problems = ([folder], []) if is_task(folder) else folders(folder)
            library.problems += problems
            for path in inside:
                if is_task(path):
                    library._read(origin, path)
        return library

    def hidden_by(self, found: FoundTask) -> str:
        """Return the origin of the task that `found` comes before, "" where it hides none."""
        return next((other.origin for other in self.shadowed if other.key == found.key), "")

    def get(self, name: str) -> FoundTask:
        """Return the task of this name, in any case, or the one in the folder `name`.

        Raises UsageError with the nearest name, FileError for a folder that is no task.
        """
        if name.startswith((".", "~")) or os.sep in name:
            return self._at(Path(name).expanduser())
        # The folder's own name first: the task's is cleaned, and may be shorter.
        if (exact := next((found for found in self.items if found.path.name == name), None)) is not None:
            return exact
        names = [(found.key, found.task.name, found.task.title) for found in self.items]
        known = {one.casefold() for of in names for one in of}
        if name.strip().casefold() not in known and is_task(Path(name)):
            return self._at(Path(name))
        return pick(self.items, names, name, "task")

    def _at(self, folder: Path) -> FoundTask:
        return FoundTask(load_task(folder), folder, "given")

    def _read(self, origin: str, path: Path) -> None:
        try:
            found = FoundTask(load_from(origin, path), path, origin)
        except FileError as error:
            self.problems.append(error)
            return
        known = found.key in {other.key for other in self.items}
        (self.shadowed if known else self.items).append(found)
