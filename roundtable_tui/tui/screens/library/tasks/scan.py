"""All tasks as they were read at one moment, the broken ones among the others, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.resources import Task, slugify
from roundtable_tui.resources.library import load_from
from roundtable_tui.resources.reading import is_file, list_folders
from roundtable_tui.resources.task import (
    CONTEXT_FILE,
    INSTRUCTIONS_FILES,
    QUESTIONS_FILE,
    SETTINGS_FILE,
    SUMMARIZE_FILE,
    is_task,
)
from roundtable_tui.resources.task_storage import is_shipped
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.files import FileSnapshot, snapshot_files

ORIGINS = {"given": "Given", "here": "This folder", "yours": "Yours", "shipped": "Comes along"}
TEXTS = (QUESTIONS_FILE, CONTEXT_FILE, *INSTRUCTIONS_FILES, SUMMARIZE_FILE, SETTINGS_FILE)
MOST_FILES = 200
"""Documents and people of one task that are listed."""


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """A task folder: the task, or the line that says what is wrong with it."""

    origin: str
    path: Path
    task: Task | None = None
    fault: FileError | None = None
    hidden_by: str = ""
    """The origin of the task of the same name that comes first."""
    texts: tuple[str, ...] = ()
    """Those of the known texts that are there."""
    others: tuple[str, ...] = ()
    """Documents and people, by their path in the folder."""

    @property
    def id(self) -> str:
        """The entry's handle."""
        return str(self.path)

    @property
    def title(self) -> str:
        """What it is called."""
        return self.task.title if self.task else self.path.name

    @property
    def shipped(self) -> bool:
        """Whether it is never written to."""
        return is_shipped(self.path)

    @property
    def wanted_as(self) -> str:
        """What names it on the command line: its name, or its folder where another comes first."""
        by_name = not self.hidden_by and self.origin != "given" and not self.path.name.startswith((".", "~"))
        return self.path.name if by_name else str(self.path.absolute())


@dataclass(frozen=True, slots=True)
class TaskScan:
    """The entries in search order, and what else is wrong."""

    entries: tuple[TaskEntry, ...] = ()
    problems: tuple[FileError, ...] = ()
    seen: FileSnapshot = field(default=(), repr=False)
    """Every file that was there, with its size and the time of its last change."""

    @classmethod
    def read(cls, given: Path | None = None) -> TaskScan:
        """Read all there is; `given` is a task in a folder of its own."""
        entries: list[TaskEntry] = []
        problems: list[FileError] = []
        first: dict[str, str] = {}
        for origin, path in _places(given, problems):
            entry = _entry(origin, path, first.get(slugify(path.name), ""))
            if entry.task is not None and origin != "given":
                first.setdefault(slugify(path.name), origin)
            entries.append(entry)
        return cls(tuple(entries), tuple(problems), look(given))

    def get(self, id: str) -> TaskEntry | None:
        """Return the entry with this handle."""
        return next((entry for entry in self.entries if entry.id == id), None)


def look(given: Path | None = None) -> FileSnapshot:
    """Return the state of all files of the tasks."""
    return snapshot_files(file for _, path in _places(given, []) for file in _inside(path, ""))


def _places(given: Path | None, problems: list[FileError]) -> Iterator[tuple[str, Path]]:
    if given is not None:
        yield "given", given
    for origin, folder in paths.search_path("tasks"):
        inside, wrong = list_folders(folder)
        problems += wrong
        yield from ((origin, path) for path in inside if is_task(path))


def _entry(origin: str, path: Path, hidden_by: str) -> TaskEntry:
    texts = tuple(name for name in TEXTS if files.path_exists(path / name))
    others = tuple(str(file.relative_to(path)) for file in _inside(path, *_FOLDERS))
    try:
        return TaskEntry(origin, path, load_from(origin, path), None, hidden_by, texts, others)
    except FileError as error:
        return TaskEntry(origin, path, None, error, hidden_by, texts, others)


_FOLDERS = ("documents", "participants", "personas")


def _inside(path: Path, *within: str) -> list[Path]:
    """Return the files of some folders of a task (of all, where "" is named), hidden ones left out."""
    found: list[Path] = []
    for folder in within:
        for at, inner, names in os.walk(path / folder):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            found += [Path(at, name) for name in sorted(names) if not name.startswith(".")]
            if len(found) >= MOST_FILES:
                return found[:MOST_FILES]
    return [file for file in found if is_file(file)]


def missing(entry: TaskEntry) -> Sequence[str]:
    """Return the texts that it could have too."""
    texts = [name for name in TEXTS if name not in entry.texts]
    # The two names of one text: one of them is enough.
    has_instructions = any(name in entry.texts for name in INSTRUCTIONS_FILES)
    return [
        name
        for name in texts
        if name != INSTRUCTIONS_FILES[0] and not (has_instructions and name in INSTRUCTIONS_FILES)
    ]
