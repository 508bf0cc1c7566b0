"""Reads all tasks, the broken ones included, and lists the files in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.resources.library import load_from
from roundtable_tui.resources.persona import slugify
from roundtable_tui.resources.reading import is_file, list_folders
from roundtable_tui.resources.task import (
    CONTEXT_FILE,
    INSTRUCTIONS_FILES,
    QUESTIONS_FILE,
    QUESTIONS_MARKDOWN_FILE,
    SETTINGS_FILE,
    SUMMARIZE_FILE,
    Task,
    is_task,
)
from roundtable_tui.resources.task_storage import is_shipped
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.files import FileSnapshot, snapshot_files

TEXTS = {
    QUESTIONS_FILE: "The questions, one per line.",
    CONTEXT_FILE: "Background that all seats should know.",
    **dict.fromkeys(INSTRUCTIONS_FILES, "How to work on the question."),
    SUMMARIZE_FILE: "How to summarize at the end.",
    SETTINGS_FILE: "Settings of the task: title, mode, team, options.",
}
"""The texts of a task, and the purpose of each."""
MAX_FILES = 200
"""Documents and personas of one task that are listed."""


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """A task folder: the task, or the error in it."""

    origin: str
    path: Path
    task: Task | None = None
    fault: FileError | None = None
    hidden_by: str = ""
    """The origin of another task of the same name that is used instead, or ""."""
    texts: tuple[str, ...] = ()
    """The known texts that exist."""
    others: tuple[str, ...] = ()
    """Documents and personas, by their path in the folder."""

    @property
    def title(self) -> str:
        """The title, or the folder's name."""
        return self.task.title if self.task else self.path.name

    @property
    def is_bundled(self) -> bool:
        """Whether it must not be changed."""
        return is_shipped(self.path)

    @property
    def reference(self) -> str:
        """How `--task` names it: by name, or by folder if another task of that name is used instead."""
        by_name = not self.hidden_by and self.origin != "given" and not self.path.name.startswith((".", "~"))
        return self.path.name if by_name else str(self.path.absolute())


def read_tasks(given: Path | None = None) -> tuple[list[TaskEntry], list[FileError]]:
    """Return all tasks in search order, and what is wrong with the folders they are in.

    `given` is the folder of one more task. What is wrong with a task is in its entry.
    """
    entries: dict[Path, TaskEntry] = {}
    problems: list[FileError] = []
    first: dict[str, str] = {}
    for origin, path in _places(given, problems):
        entry = _entry(origin, path, first.get(slugify(path.name), ""))
        if entry.task is not None and origin != "given":
            first.setdefault(slugify(path.name), origin)
        entries.setdefault(path, entry)
    return [*entries.values()], problems


def snapshot_tasks(given: Path | None = None) -> FileSnapshot:
    """Return names, times and sizes of all files of all tasks, to detect changes."""
    return snapshot_files(file for _, path in _places(given, []) for file in _inside(path, ""))


def _places(given: Path | None, problems: list[FileError]) -> Iterator[tuple[str, Path]]:
    if given is not None:
        yield "given", given
    for origin, folder in paths.search_path("tasks"):
        inside, wrong = list_folders(folder)
        problems += wrong
        yield from ((origin, path) for path in inside if is_task(path))


def _entry(origin: str, path: Path, hidden_by: str) -> TaskEntry:
    texts = tuple(name for name in (*TEXTS, QUESTIONS_MARKDOWN_FILE) if files.path_exists(path / name))
    others = tuple(str(file.relative_to(path)) for file in _inside(path, *_FOLDERS))
    try:
        return TaskEntry(origin, path, load_from(origin, path), None, hidden_by, texts, others)
    except FileError as error:
        return TaskEntry(origin, path, None, error, hidden_by, texts, others)


_FOLDERS = ("documents", "participants", "personas")


def _inside(path: Path, *within: str) -> list[Path]:
    """Return the files below some folders of a task ("" is the task), without hidden ones."""
    found: list[Path] = []
    for folder in within:
        for at, inner, names in os.walk(path / folder):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            found += [Path(at, name) for name in sorted(names) if not name.startswith(".")]
            if len(found) >= MAX_FILES:
                return found[:MAX_FILES]
    return [file for file in found if is_file(file)]


def list_missing_texts(entry: TaskEntry) -> Sequence[str]:
    """Return the known texts that do not exist yet."""
    # Two names of the same text: one is enough.
    has_instructions = any(name in entry.texts for name in INSTRUCTIONS_FILES)
    left_out = INSTRUCTIONS_FILES if has_instructions else INSTRUCTIONS_FILES[:1]
    return [name for name in TEXTS if name not in (*entry.texts, *left_out)]
