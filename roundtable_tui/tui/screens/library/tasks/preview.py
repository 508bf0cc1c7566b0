"""The preview of a row: a task with its settings and texts, a question, or a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from textual.content import Content

from roundtable_tui.errors import FileError
from roundtable_tui.resources import Task
from roundtable_tui.resources.inside import own
from roundtable_tui.resources.task import TaskSettings
from roundtable_tui.resources.task_entries import TEXTS, TaskEntry, list_missing_texts
from roundtable_tui.tui.screens.library.origins import ORIGIN_HEADINGS, describe_hidden
from roundtable_tui.tui.screens.library.tasks.rows import TaskRow
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.tui.widgets.preview_pane import cut_text, make_preview
from roundtable_tui.utils import files
from roundtable_tui.utils.text import sanitize, single_line

MAX_LINES = 30
_SHOWN_ELSEWHERE = ("schema_ref", "title", "answers")
Part = tuple[str, str]


def describe_row(row: Item) -> Content:
    """Return the preview of a row. Reads its file."""
    if not isinstance(row, TaskRow):
        lines = [single_line(one.title) for one in row.parts] or [row.hint]
        return make_preview(row.title, (), "\n".join(lines))
    if row.number and row.entry.task is not None:
        return _describe_question(row.entry, row.entry.task, row.number)
    if row.name in list_missing_texts(row.entry):
        return make_preview(row.name, (), TEXTS[row.name], "\n\n", ("Press e to write it.", "dim"))
    if row.name:
        return _describe_file(row.entry, row.name)
    return Content.assemble(*_describe_task(row.entry))


def _describe_question(entry: TaskEntry, task: Task, number: int) -> Content:
    answers = task.settings.answers
    answer = answers[number - 1] if number <= len(answers) else ""
    known = f"\n\nExpected answer (not sent to the models): {single_line(answer)}" if answer else ""
    title, text = f"Question {number} of {len(task.questions)}", sanitize(task.questions[number - 1])
    return make_preview(title, [entry.title], text, (known, "dim"))


def _describe_file(entry: TaskEntry, name: str) -> Content:
    try:
        size = (entry.path / name).stat().st_size
    except OSError as error:
        return make_preview(name, (), (str(error.strerror), "$text-error"))
    try:
        text = cut_text(files.read_text(own(entry.path, name))) or "(empty)"
    except FileError as error:
        text = sanitize(" ".join(part for part in (f"It {error.what}.", error.hint) if part))
    return make_preview(name, [f"{size:,} bytes"], text)


def _describe_task(entry: TaskEntry) -> Iterator[Part | str]:
    yield (single_line(entry.title), "bold $text-primary")
    yield (f"\n{ORIGIN_HEADINGS[entry.origin]} · {files.display_path(entry.path)}\n", "dim")
    if entry.hidden_by:
        yield (
            f"A task of the same name is used instead: {describe_hidden(entry.hidden_by)}.\n",
            "$text-warning",
        )
    if entry.fault is not None:
        yield (f"\n{single_line(str(entry.fault), 600)}\n", "$text-error")
    if (task := entry.task) is None:
        return
    yield from ((line, "") for line in list_settings(task.settings))
    for note in task.notes:
        yield (f"{single_line(note)}\n", "$text-warning")
    yield from _list_lines(
        "Questions", [f"{n}  {single_line(one)}" for n, one in enumerate(task.questions, 1)]
    )
    for heading, text in (
        ("Background", task.context),
        ("Instructions", task.instructions),
        ("Summary instructions", task.summarize),
    ):
        if text:
            yield (f"\n{heading}\n", "bold")
            yield f"{cut_text(text)}\n"
    yield from _list_lines("Files", [single_line(name, 120) for name in entry.others])


def _list_lines(heading: str, lines: Sequence[str]) -> Iterator[Part | str]:
    if lines:
        yield (f"\n{heading}\n", "bold")
        yield "\n".join(lines[:MAX_LINES]) + "\n"
    if len(lines) > MAX_LINES:
        yield (f"and {len(lines) - MAX_LINES:,} more\n", "dim")


def list_settings(settings: TaskSettings) -> Iterator[str]:
    """Yield the settings that differ from their defaults, one per line."""
    for name, field in TaskSettings.model_fields.items():
        value = getattr(settings, name)
        if name in _SHOWN_ELSEWHERE or value == field.get_default(call_default_factory=True):
            continue
        if isinstance(value, Sequence) and not isinstance(value, str):
            yield f"{name}\n"
            yield from (f"  {n}  {_format(one)}\n" for n, one in enumerate(value, 1))
        else:
            yield f"{name}  {_format(value)}\n"


def _format(value: Any) -> str:
    """Return a value as one line; a table as names and values."""
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    if isinstance(value, Mapping):
        return ", ".join(f"{single_line(str(name), 40)} {_format(of)}" for name, of in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(_format, value))
    if isinstance(value, bool):
        return "on" if value else "off"
    return single_line(str(value), 200)
