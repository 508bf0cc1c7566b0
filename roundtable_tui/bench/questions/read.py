"""Read a set of questions from a file, a folder of tasks, or the bundled set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from roundtable_tui.bench.questions.bundled import BUNDLED_NAME, generate_questions
from roundtable_tui.bench.questions.formats import FORMATS, build_check
from roundtable_tui.bench.questions.model import BenchQuestion, hash_questions
from roundtable_tui.bench.questions.promptfoo import PROMPTFOO_FORMATS
from roundtable_tui.bench.questions.promptfoo_config import expand_variables
from roundtable_tui.bench.questions.record_error import RecordError
from roundtable_tui.bench.questions.records import read_records
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources.task import is_task, load_task
from roundtable_tui.utils import files
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line, truncate
from roundtable_tui.utils.texts.records import Record

_SPLIT = re.compile(r"_(?:test|val|dev|train)\Z")
_MAX_NAMED, _MAX_NAMED_CHARS = 10, 700
"""Wrong records that an error names."""
_FOLDED_KEYS = (
    "id", "question", "answer", "choices", "options", "grade", "tol", "schema", "topic", "subject",
    "category", "cluster", "weight", "context", "input", "target", "ideal", "grading",
)  # fmt: skip
"""Keys that a table may have in capitals."""
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
        source: a file (JSONL, JSON, CSV, YAML), a task folder, a folder of task folders or of CSV files, or
            "bundled".
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
    for candidate in (record, _fold_keys(record)):
        for form in _KNOWN_FORMATS:
            if form.has_keys(candidate):
                return form.read(candidate)
    keys = single_line(", ".join(map(str, record)), 80) or "no keys"
    raise RecordError(f"is in no known format ({keys}); use the keys question and answer")


def _fold_keys(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record with its known keys in lower case: tables often name a column `Question`."""
    folded = {name: str(name).strip().lower() for name in record}
    return {
        folded[name] if folded[name] in _FOLDED_KEYS and folded[name] not in record else name: value
        for name, value in record.items()
    }


def _read_file(path: Path) -> tuple[list[BenchQuestion], list[str]]:
    found: list[BenchQuestion] = []
    problems: list[str] = []
    seen: dict[str, str] = {}
    for record in (one for read in read_records(path) for one in expand_variables(read)):
        try:
            question = _parse(record)
            if question.id in seen and "description" in record.data:
                question = replace(question, id="")  # Descriptions of promptfoo need not differ.
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
    """Read the tasks of a folder that have known answers in their `task.toml`; without tasks, its tables."""
    tasks = [folder] if is_task(folder) else sorted(one for one in folder.iterdir() if is_task(one))
    if not tasks and (tables := sorted(folder.glob("*.csv"))):
        return _read_tables(tables)
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
            check = build_check((answer,))
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


def _read_tables(paths: Sequence[Path]) -> tuple[list[BenchQuestion], list[str]]:
    """Read the tables of a folder, as MMLU has them: one for each subject, `SUBJECT_test.csv`."""
    found: list[BenchQuestion] = []
    problems: list[str] = []
    for path in paths:
        questions, wrong = _read_file(path)
        topic = single_line(_SPLIT.sub("", path.stem).replace("_", " "), 60)
        found += [one if one.topic else replace(one, topic=topic) for one in questions]
        problems += [f"{single_line(path.name, 60)} {problem}" for problem in wrong]
    twice = [ident for ident, count in Counter(one.id for one in found if one.id).items() if count > 1]
    if twice:
        problems.append(f"the id {single_line(twice[0], 40)!r} is in several files")
        found = list({one.id or number: one for number, one in enumerate(found)}.values())
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
