"""What is known of the row under the cursor: a task with all its settings and texts, a question, a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from roundtable_tui.errors import FileError
from roundtable_tui.resources import Task
from roundtable_tui.resources.inside import own
from roundtable_tui.resources.task import TaskSettings
from roundtable_tui.tui.screens.library.tasks.editor import WHAT_FOR
from roundtable_tui.tui.screens.library.tasks.rows import TaskRow
from roundtable_tui.tui.screens.library.tasks.scan import ORIGINS, TaskEntry
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.utils import files
from roundtable_tui.utils.text import sanitize, single_line

MOST_TEXT = 6_000
"""Characters of one text that are shown."""
MOST_QUESTIONS = 30
_APART = ("schema_ref", "title", "answers")
Part = tuple[str, str]


class TaskPreview(VerticalScroll):
    """Shows what a row is about."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield Note(id="known")

    def show(self, content: Content) -> None:
        """Show it from its beginning."""
        self.query_one("#known", Note).show_content(content)
        self.scroll_home(animate=False)


def of_row(row: TaskRow | None) -> Content:
    """Return what there is to say about a row. Reads its file."""
    if row is None:
        return Content("")
    if row.entry is None:
        lines = [f"{single_line(one.title)}" for one in row.rows] or [row.hint]
        return Content.assemble((row.title, "bold $text-primary"), "\n\n", "\n".join(lines))
    if row.kind == "question" and row.entry.task is not None:
        return _of_question(row.entry, row.entry.task, row.number)
    if row.kind == "missing":
        return Content.assemble((row.name, "bold $text-primary"), "\n\n", WHAT_FOR[row.name], "\n\n", _MAKE)
    if row.name:
        return _of_file(row.entry, row.name)
    return Content.assemble(*_of_task(row.entry))


_MAKE = ("e begins it.", "dim")


def _of_question(entry: TaskEntry, task: Task, number: int) -> Content:
    answers = task.settings.answers
    answer = answers[number - 1] if number <= len(answers) else ""
    known = f"\n\nThe right answer, which no seat is told: {single_line(answer)}" if answer else ""
    return Content.assemble(
        (f"Question {number} of {len(task.questions)}", "bold $text-primary"),
        "\n",
        (single_line(entry.title), "dim"),
        "\n\n",
        sanitize(task.questions[number - 1]),
        (known, "dim"),
    )


def _of_file(entry: TaskEntry, name: str) -> Content:
    path = entry.path / name
    try:
        size = path.stat().st_size
        text = _cut(files.read_text(own(entry.path, name))) or "It is empty."
    except OSError as error:
        return Content.assemble(
            (single_line(name), "bold $text-primary"), "\n\n", (str(error.strerror), "$text-error")
        )
    except FileError as error:
        said = sanitize(" ".join(part for part in (f"It {error.what}.", error.hint) if part))
        return Content.assemble(
            (single_line(name), "bold $text-primary"), (f"\n{size:,} bytes\n\n", "dim"), said
        )
    return Content.assemble((single_line(name), "bold $text-primary"), (f"\n{size:,} bytes\n\n", "dim"), text)


def _of_task(entry: TaskEntry) -> Iterator[Part | str]:
    yield (single_line(entry.title), "bold $text-primary")
    yield (f"\n{ORIGINS[entry.origin]} · {files.display_path(entry.path)}\n", "dim")
    if entry.hidden_by:
        yield (
            f"Hidden: {ORIGINS[entry.hidden_by].lower()} has one of this name, which is found first.\n",
            "$text-warning",
        )
    if entry.fault is not None:
        yield (f"\n{single_line(str(entry.fault), 600)}\n", "$text-error")
    if (task := entry.task) is None:
        return
    yield from ((line, "") for line in facts(task.settings))
    for note in task.notes:
        yield (f"{single_line(note)}\n", "$text-warning")
    yield from _listed("Questions", [f"{n}  {single_line(one)}" for n, one in enumerate(task.questions, 1)])
    for heading, text in (
        ("Background", task.context),
        ("How to go about it", task.instructions),
        ("How to sum up", task.summarize),
    ):
        if text:
            yield (f"\n{heading}\n", "bold")
            yield f"{_cut(text)}\n"
    yield from _listed("With it", [single_line(name, 120) for name in entry.others])


def _listed(heading: str, lines: Sequence[str]) -> Iterator[Part | str]:
    if lines:
        yield (f"\n{heading}\n", "bold")
        yield "\n".join(lines[:MOST_QUESTIONS]) + "\n"
    if len(lines) > MOST_QUESTIONS:
        yield (f"and {len(lines) - MOST_QUESTIONS:,} more\n", "dim")


def facts(settings: TaskSettings) -> Iterator[str]:
    """Yield what the settings say otherwise than by default, a line each, whatever fields they have."""
    for name, field in TaskSettings.model_fields.items():
        value = getattr(settings, name)
        if name in _APART or value == field.get_default(call_default_factory=True):
            continue
        if isinstance(value, Sequence) and not isinstance(value, str):
            yield f"{name}\n"
            yield from (f"  {n}  {_said(one)}\n" for n, one in enumerate(value, 1))
        else:
            yield f"{name}  {_said(value)}\n"


def _said(value: Any) -> str:
    """Return a value as a line: of a table its names and values."""
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    if isinstance(value, Mapping):
        return ", ".join(f"{single_line(str(name), 40)} {_said(of)}" for name, of in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(_said, value))
    if isinstance(value, bool):
        return "on" if value else "off"
    return single_line(str(value), 200)


def _cut(text: str) -> str:
    return sanitize(text[:MOST_TEXT]).strip() + ("\n…" if len(text) > MOST_TEXT else "")
