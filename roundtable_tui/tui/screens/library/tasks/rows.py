"""The rows of the tasks: tasks, and the questions and files of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from roundtable_tui.resources.task import QUESTIONS_FILE, Task
from roundtable_tui.resources.task_entries import TaskEntry, list_missing_texts
from roundtable_tui.tui.screens.library.origins import ORIGIN_HEADINGS, describe_hidden
from roundtable_tui.tui.widgets.lists.item_list import Item, Tone
from roundtable_tui.utils.text import single_line

MAX_QUESTIONS = 200
MAX_SEARCHED_CHARS = 2_000
"""Characters of the texts of a task that are searched."""


@dataclass(frozen=True, slots=True)
class TaskRow(Item):
    """A task, or a part of it.

    `name` is the path of a file in its task, `number` counts questions from 1; a task has neither.
    """

    entry: TaskEntry = field(kw_only=True)
    name: str = ""
    number: int = 0

    @property
    def text_name(self) -> str:
        """The name of the text, or of the first text of the task."""
        return self.name or next(iter(self.entry.texts), QUESTIONS_FILE)


NO_TASK = Item("", "no task", hint="a question of your own", tone="muted")


def make_part_id(folder: Path, name: str = "", number: int = 0) -> str:
    """Return the id of the row of a text or question; it stays the same when the tasks are read again."""
    return f"{folder}\0{name}\0{number}"


def make_row(entry: TaskEntry) -> TaskRow:
    """Return the row of a task with its parts; the detail is what is searched besides the title."""
    tone: Tone = "error" if entry.fault is not None else "muted" if entry.hidden_by else ""
    return TaskRow(
        str(entry.path),
        single_line(entry.title, 120) or "(no name)",
        _searchable_text(entry),
        ORIGIN_HEADINGS[entry.origin],
        _hint(entry),
        tone,
        tuple(_list_parts(entry)),
        entry=entry,
    )


def _list_parts(entry: TaskEntry) -> Iterator[TaskRow]:
    def part(title: str, name: str = "", number: int = 0, hint: str = "") -> TaskRow:
        tone: Tone = "muted" if hint or entry.hidden_by else ""
        id = make_part_id(entry.path, name, number)
        return TaskRow(id, title, hint=hint, tone=tone, entry=entry, name=name, number=number)

    questions = entry.task.questions[:MAX_QUESTIONS] if entry.task else ()
    for number, question in enumerate(questions, 1):
        yield part(f"{number} {single_line(question, 200)}", number=number)
    for name in entry.texts:
        yield part(name, name)
    for name in list_missing_texts(entry):
        yield part(name, name, hint="not written yet")
    for name in entry.others:
        yield part(single_line(name, 120), name)


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


def _searchable_text(entry: TaskEntry) -> str:
    found = [entry.path.name]
    if (task := entry.task) is not None:
        found += [_mode(task), task.settings.team, *task.questions[:20], task.context]
    return " ".join(found)[:MAX_SEARCHED_CHARS]
