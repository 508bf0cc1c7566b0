"""Rows of the tree of tasks: origins, tasks that match the search, and the parts of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from roundtable_tui.resources import Task
from roundtable_tui.tui.screens.library.kinds import ORIGIN_HEADINGS, describe_hidden
from roundtable_tui.tui.screens.library.tasks.scan import TaskEntry, list_missing_texts
from roundtable_tui.tui.widgets.lists.matching import Match, match
from roundtable_tui.utils.text import single_line

RowKind = Literal["origin", "task", "question", "text", "missing", "file", "none"]
MAX_QUESTIONS = 200
MAX_SEARCHED_CHARS = 2_000
"""Characters of the texts of a task that are searched."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A row of the tree. `name` is a file's path in its task, `number` counts questions from 1."""

    kind: RowKind
    title: str
    hint: str = ""
    entry: TaskEntry | None = None
    name: str = ""
    number: int = 0
    places: tuple[int, ...] = ()
    """Positions in the title that match the search."""
    rows: tuple[TaskRow, ...] = ()
    """The rows below it."""

    @property
    def id(self) -> str:
        """The id of the row; it stays the same when the tasks are read again."""
        return "\n".join(
            (self.kind, self.entry.id if self.entry else self.title, self.name, str(self.number))
        )


NO_TASK = TaskRow("none", "no task", "a question of your own")


def build_rows(entries: Iterable[TaskEntry], query: str) -> list[TaskRow]:
    """Return the rows of the tasks that match, by origin, with a query the best match first."""
    found = []
    for entry in entries:
        if (fit := match(query, _title(entry), _searchable_text(entry))) is not None:
            found.append((entry, fit))
    if query:
        found.sort(key=lambda pair: -pair[1].score)
    origins = dict.fromkeys(entry.origin for entry, _ in found)
    listed = []
    for origin in origins:
        tasks = tuple(_task(entry, fit) for entry, fit in found if entry.origin == origin)
        listed.append(TaskRow("origin", ORIGIN_HEADINGS[origin], rows=tasks))
    none = match(query, NO_TASK.title, NO_TASK.hint)
    return [*listed, *([NO_TASK] if none is not None else [])]


def _task(entry: TaskEntry, fit: Match) -> TaskRow:
    return TaskRow("task", _title(entry), _hint(entry), entry, "", 0, fit.positions, tuple(_inside(entry)))


def _title(entry: TaskEntry) -> str:
    return single_line(entry.title, 120) or "(no name)"


def _hint(entry: TaskEntry) -> str:
    if entry.fault is not None:
        return "broken"
    if entry.hidden_by:
        return describe_hidden(entry.hidden_by)
    task = entry.task
    count = len(task.questions) if task else 0
    many = f"{count} questions" if count > 1 else ""
    return ", ".join(part for part in (_mode(task) if task else "", many) if part)


def _mode(task: Task) -> str:
    """Return the mode of a task, or the modes of its stages."""
    return task.settings.mode or " → ".join(stage.mode for stage in task.settings.stages)


def _inside(entry: TaskEntry) -> Iterator[TaskRow]:
    task = entry.task
    for number, question in enumerate(task.questions[:MAX_QUESTIONS] if task else (), 1):
        yield TaskRow("question", f"{number}  {single_line(question, 200)}", "", entry, "", number)
    for name in entry.texts:
        yield TaskRow("text", name, "", entry, name)
    for name in list_missing_texts(entry):
        yield TaskRow("missing", name, "not written yet", entry, name)
    for name in entry.others:
        yield TaskRow("file", single_line(name, 120), "", entry, name)


def find_row(entry: TaskEntry, name: str) -> TaskRow:
    """Return a row with the id of a text of a task, or of the task if it has no such text."""
    kind: RowKind = "text" if name in entry.texts else "file" if name in entry.others else "task"
    return TaskRow(kind, "", entry=entry, name="" if kind == "task" else name)


def _searchable_text(entry: TaskEntry) -> str:
    """Return the text that is searched besides the title."""
    found = [entry.path.name, ORIGIN_HEADINGS[entry.origin]]
    if (task := entry.task) is not None:
        found += [_mode(task), task.settings.team, *task.questions[:20], task.context]
    return " ".join(found)[:MAX_SEARCHED_CHARS]


@dataclass(frozen=True, slots=True)
class TaskChoice:
    """The chosen task by name or folder ("": none), its question from 1, and whether to start it at once."""

    task: str
    question_number: int = 1
    start: bool = False
