"""Read a set of questions from a file, a folder of tasks, or the bundled set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from roundtable_tui.bench.questions.bundled import BUNDLED_NAME, generate_questions
from roundtable_tui.bench.questions.formats import FORMATS, RecordError, build_check
from roundtable_tui.bench.questions.model import BenchQuestion, hash_questions
from roundtable_tui.bench.questions.promptfoo import PROMPTFOO_FORMATS
from roundtable_tui.bench.questions.records import read_records
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources.task import is_task, load_task
from roundtable_tui.utils import files
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line, truncate
from roundtable_tui.utils.texts.records import Record

_MAX_NAMED, _MAX_NAMED_CHARS = 10, 700
"""Wrong records that an error names."""
_KNOWN_FORMATS = (*PROMPTFOO_FORMATS, *FORMATS)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of a bench, and the records that were left out."""

    name: str
    questions: tuple[BenchQuestion, ...]
    problems: tuple[str, ...] = ()
    """One line for each record that was skipped."""

    @property
    def hash(self) -> str:
        """The hash of the questions, see `hash_questions`."""
        return hash_questions(self.questions)


def read_questions(source: str | Path, *, skip_bad: bool = False) -> QuestionSet:
    """Read the questions of a file or folder; "bundled" is the set of 100 that comes with the program.

    Args:
        source: a file (JSONL, JSON, CSV, YAML), a task folder or a folder of task folders, or "bundled".
        skip_bad: leave out wrong records; they are listed in `problems`.

    Raises:
        FileError: it cannot be read, or records are wrong and `skip_bad` is False; names each of them.
        UsageError: the file is missing.
    """
    if str(source) == BUNDLED_NAME:
        return QuestionSet(BUNDLED_NAME, generate_questions())
    path = Path(source)
    if not files.path_exists(path):
        hint = f'Name a file or folder, or "{BUNDLED_NAME}" for the set that comes with the program.'
        raise UsageError("file not found", where=files.display_path(path), hint=hint)
    found, problems = _read_folder(path) if path.is_dir() else _read_file(path)
    if problems and not skip_bad:
        raise FileError(_describe(problems), where=files.format_location(path), hint=_name_skipping())
    if not found:
        raise FileError("holds no question that can be graded", where=files.format_location(path))
    return QuestionSet(single_line(path.stem, 60), tuple(_number(found)), tuple(problems))


def parse_record(record: Mapping[str, Any]) -> BenchQuestion:
    """Return the question of a record in any of the known formats. Raises RecordError."""
    for form in _KNOWN_FORMATS:
        if form.has_keys(record):
            return form.read(record)
    keys = single_line(", ".join(map(str, record)), 80) or "no keys"
    raise RecordError(f"is in no known format ({keys}); use the keys question and answer")


def _read_file(path: Path) -> tuple[list[BenchQuestion], list[str]]:
    found: list[BenchQuestion] = []
    problems: list[str] = []
    seen: dict[str, str] = {}
    for record in read_records(path):
        try:
            question = _parse(record)
            if question.id and question.id in seen:
                raise RecordError(f"has the id {question.id!r} of {seen[question.id]}")
        except RecordError as error:
            problems.append(f"{record.place} {error}")
            continue
        seen.setdefault(question.id, record.place)
        found.append(question)
    return found, problems


def _parse(record: Record) -> BenchQuestion:
    if record.problem:
        raise RecordError(record.problem)
    return parse_record(record.data)


def _read_folder(folder: Path) -> tuple[list[BenchQuestion], list[str]]:
    """Read the tasks of a folder that have known answers in their `task.toml`."""
    tasks = [folder] if is_task(folder) else sorted(one for one in folder.iterdir() if is_task(one))
    found: list[BenchQuestion] = []
    problems: list[str] = []
    for place in tasks:
        try:
            task = load_task(place)
        except FileError as error:
            problems.append(f"task {place.name}: {error.what}")
            continue
        answers = task.settings.answers
        if not answers:
            problems.append(f"task {place.name} has no answers in task.toml")
        for number, (question, answer) in enumerate(zip(task.questions, answers, strict=False), 1):
            check = build_check((answer,), ())
            where = str(place.resolve())
            ident = f"{place.name}/{number}"
            found.append(
                BenchQuestion(
                    ident, question, (check,), topic=task.name, cluster=task.name, task=where, number=number
                )
            )
        if answers and len(answers) < len(task.questions):
            problems.append(f"task {place.name}: questions from {len(answers) + 1} on have no answer")
    if not tasks:
        problems.append("no task folder in it")
    return found, problems


def _name_skipping() -> str:
    return by_interface(
        command_line="Correct it, or add --skip-bad.",
        python="Correct it, or use skip_bad.",
        app="Correct it, or run: roundtable bench QUESTIONS --skip-bad.",
    )


def _number(found: Sequence[BenchQuestion]) -> list[BenchQuestion]:
    """Fill in missing ids: a hash of the question, so that they survive a change of the order."""
    counts: Counter[str] = Counter()
    out = []
    for one in found:
        if not one.id:
            base = one.hash[:8]
            counts[base] += 1
            one = replace(one, id=base if counts[base] == 1 else f"{base}-{counts[base]}")
        out.append(one)
    return out


def _describe(problems: Sequence[str]) -> str:
    if len(problems) == 1:
        return truncate(problems[0], _MAX_NAMED_CHARS)
    named, chars = 0, 0
    while (
        named < min(len(problems), _MAX_NAMED) and (chars := chars + len(problems[named])) <= _MAX_NAMED_CHARS
    ):
        named += 1
    shown = "; ".join(problems[:named] or [truncate(problems[0], _MAX_NAMED_CHARS)])
    left = len(problems) - max(1, named)
    return f"{len(problems)} records are wrong: {shown}{f'; and {left} more' if left else ''}"
