"""What the tree of tasks shows for what was typed: origins, their tasks, and what is in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from roundtable_tui.resources import Task
from roundtable_tui.tui.screens.library.tasks.scan import ORIGINS, TaskEntry, TaskScan, missing
from roundtable_tui.tui.widgets.lists.matching import Match, match
from roundtable_tui.utils.text import single_line

RowKind = Literal["origin", "task", "question", "text", "missing", "file", "none"]
MOST_QUESTIONS = 200
_SEARCHED = 2000
"""Characters of the texts of a task that the search looks at."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A line of the tree: `name` is a file's path in its task, `number` a question's, from 1."""

    kind: RowKind
    title: str
    hint: str = ""
    entry: TaskEntry | None = None
    name: str = ""
    number: int = 0
    places: tuple[int, ...] = ()
    """Which characters of the title fit what was typed."""
    rows: tuple[TaskRow, ...] = ()
    """The lines below it."""

    @property
    def id(self) -> str:
        """The row's handle, the same after everything was read anew."""
        return "\n".join(
            (self.kind, self.entry.id if self.entry else self.title, self.name, str(self.number))
        )


NO_TASK = TaskRow("none", "no task", "a question of your own")


def rows(shelf: TaskScan, query: str) -> list[TaskRow]:
    """Return the lines: by origin, and where something was typed the best match first."""
    found = []
    for entry in shelf.entries:
        if (fit := match(query, _title(entry), _searched(entry))) is not None:
            found.append((entry, fit))
    if query:
        found.sort(key=lambda pair: -pair[1].score)
    origins = dict.fromkeys(entry.origin for entry, _ in found)
    listed = [_origin(origin, [pair for pair in found if pair[0].origin == origin]) for origin in origins]
    none = match(query, NO_TASK.title, NO_TASK.hint)
    return [*listed, *([NO_TASK] if none is not None else [])]


def _origin(origin: str, found: Sequence[tuple[TaskEntry, Match]]) -> TaskRow:
    return TaskRow("origin", ORIGINS[origin], "", None, rows=tuple(_task(entry, fit) for entry, fit in found))


def _task(entry: TaskEntry, fit: Match) -> TaskRow:
    return TaskRow("task", _title(entry), _hint(entry), entry, "", 0, fit.positions, tuple(_inside(entry)))


def _title(entry: TaskEntry) -> str:
    return single_line(entry.title, 120) or "(no name)"


def _hint(entry: TaskEntry) -> str:
    if entry.fault is not None:
        return "broken"
    if entry.hidden_by:
        return f"hidden by {ORIGINS[entry.hidden_by].lower()}"
    task = entry.task
    count = len(task.questions) if task else 0
    many = f"{count} questions" if count > 1 else ""
    return ", ".join(part for part in (_mode(task) if task else "", many) if part)


def _mode(task: Task) -> str:
    """Return the mode of a task, or those of its stages."""
    return task.settings.mode or " → ".join(stage.mode for stage in task.settings.stages)


def _inside(entry: TaskEntry) -> Iterator[TaskRow]:
    task = entry.task
    for number, question in enumerate(task.questions[:MOST_QUESTIONS] if task else (), 1):
        yield TaskRow("question", f"{number}  {single_line(question, 200)}", "", entry, "", number)
    for name in entry.texts:
        yield TaskRow("text", name, "", entry, name)
    for name in missing(entry):
        yield TaskRow("missing", name, "none yet", entry, name)
    for name in entry.others:
        yield TaskRow("file", single_line(name, 120), "", entry, name)


def text_row(entry: TaskEntry, name: str) -> TaskRow:
    """Return the row of a text of a task, or of the task where it has none of this name."""
    kind: RowKind = "text" if name in entry.texts else "file" if name in entry.others else "task"
    return TaskRow(kind, "", entry=entry, name="" if kind == "task" else name)


def _searched(entry: TaskEntry) -> str:
    """Return what the search finds a task by, beside its title."""
    found = [entry.path.name, ORIGINS[entry.origin]]
    if (task := entry.task) is not None:
        found += [_mode(task), task.settings.team, *task.questions[:20], task.context]
    return " ".join(found)[:_SEARCHED]


@dataclass(frozen=True, slots=True)
class TaskChoice:
    """A task by its name or folder, "" for none; which of its questions; and whether to start it at once."""

    task: str
    question_number: int = 1
    start: bool = False
