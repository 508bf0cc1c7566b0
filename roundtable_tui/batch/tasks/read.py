"""Read the tasks of a batch one by one: JSONL, CSV, OpenAI Batch JSONL, a folder of task folders.

A file is never in memory as a whole. It is read twice: to find wrong records before anything is paid for, and
to run its tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from roundtable_tui.batch.tasks.model import KEYS, BatchTask, TaskError, parse_task
from roundtable_tui.batch.tasks.openai_batch import is_batch_line, parse_batch_line
from roundtable_tui.batch.tasks.own_paths import resolve_own_paths
from roundtable_tui.errors import FileError, RoundtableError, UsageError
from roundtable_tui.resources.library import TaskLibrary
from roundtable_tui.resources.task import Task, is_task, load_task
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.records import Record, iter_csv_rows, iter_json_lines

MAX_LINE_CHARS = 16_000_000
_CSV_SUFFIXES = (".csv", ".tsv")
_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that is not a task."""

    place: str
    """Where it is within the file: `line 4`."""
    problem: str


def iter_tasks(source: Path) -> Iterator[BatchTask | BadRecord]:
    """Yield the tasks of a file or folder, in order; a task folder gives one task per question.

    Raises:
        UsageError: the file is missing.
        FileError: it cannot be read.
    """
    if not files.path_exists(source):
        hint = "Name a JSONL or CSV file, a folder of tasks, or - for standard input."
        raise UsageError("file not found", where=files.display_path(source), hint=hint)
    if source.is_dir():
        yield from _iter_folder(source)
        return
    for number, record in enumerate(_iter_records(source), 1):
        if record.problem:
            yield BadRecord(record.place, record.problem)
            continue
        try:
            parse = parse_batch_line if is_batch_line(record.data) else parse_task
            yield from _expand(resolve_own_paths(parse(record.data, number), source.parent))
        except TaskError as error:
            yield BadRecord(record.place, str(error))
        except RoundtableError as error:
            yield BadRecord(record.place, single_line(str(error), 200))


def _iter_folder(source: Path) -> Iterator[BatchTask | BadRecord]:
    """Yield the tasks of a task folder, or of the task folders in a folder."""
    try:
        inside = sorted(path for path in source.iterdir() if is_task(path))
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}", where=files.display_path(source)) from None
    folders = [source] if is_task(source) else inside
    if not folders:
        raise FileError("holds no task folder", where=files.display_path(source))
    for folder in folders:
        try:
            task = load_task(folder)
            yield from _expand_questions(BatchTask(task.name, {"task": str(folder.resolve())}), task)
        except TaskError as error:
            yield BadRecord(single_line(folder.name, 60), str(error))
        except RoundtableError as error:
            yield BadRecord(single_line(folder.name, 60), single_line(str(error), 200))


def _expand(task: BatchTask) -> Iterator[BatchTask]:
    """Yield a task once for each question of its task folder, unless it has a question of its own."""
    if not task.task or task.question:
        yield task
        return
    yield from _expand_questions(task, find_task_folder(task.task))


def _expand_questions(task: BatchTask, folder: Task) -> Iterator[BatchTask]:
    if not folder.questions:
        raise TaskError(f"the task {single_line(folder.name, 40)} has no question")
    for number, question in enumerate(folder.questions, 1):
        name = f"{task.id}/{number}" if len(folder.questions) > 1 else task.id
        yield replace(task, id=name, fields={**task.fields, "question": question})


@lru_cache(maxsize=64)
def find_task_folder(name: str) -> Task:
    """Return the task with this name or folder. Raises RoundtableError."""
    return TaskLibrary.load().get(name).task


def _iter_records(path: Path) -> Iterator[Record]:
    """Yield a record for each line of a JSONL file or row of a CSV file."""
    with _open_text(path) as file:
        try:
            is_csv = _is_csv(path, file)
            if not is_csv:
                _refuse_list(path, file)
            if is_csv:
                check = partial(_check_header, path=path)
                rows = iter_csv_rows(file, path, MAX_LINE_CHARS, check_header=check)
                yield from (replace(row, data=_fold_keys(row.data)) for row in rows)
            else:
                yield from iter_json_lines(_iter_lines(file, path), path)
        except UnicodeDecodeError as error:
            where = files.format_location(path)
            raise FileError("is not UTF-8", where=where, hint="Save it as UTF-8.") from error
        except OSError as error:
            where = files.format_location(path)
            raise FileError(f"cannot be read: {error.strerror}", where=where) from error


@contextmanager
def _open_text(path: Path) -> Iterator[IO[str]]:
    try:
        binary = files.open_regular(path)
    except OSError as error:
        where = files.format_location(path)
        raise FileError(f"cannot be read: {error.strerror}", where=where) from error
    with TextIOWrapper(binary, encoding="utf-8-sig", newline="") as file:
        yield file


def _is_csv(path: Path, file: IO[str]) -> bool:
    """Return whether a file is CSV: by its name, else by its first character."""
    if path.suffix.lower() in (*_CSV_SUFFIXES, *_JSON_SUFFIXES):
        return path.suffix.lower() in _CSV_SUFFIXES
    try:
        start = file.read(4096).lstrip()
        file.seek(0)
    except UnicodeDecodeError:
        return False
    return bool(start) and start[0] not in "{["


def _iter_lines(file: IO[str], path: Path) -> Iterator[str]:
    """Yield the lines of a file; none may be too long for the memory."""
    line_number = 0
    while line := file.readline(MAX_LINE_CHARS):
        line_number += 1
        if len(line) >= MAX_LINE_CHARS and not line.endswith("\n"):
            where = files.format_location(path, line_number)
            raise FileError(f"is longer than {MAX_LINE_CHARS:,} characters", where=where)
        yield line


def _check_header(header: Sequence[str], path: Path) -> None:
    if not {"question", "task"} & {name.lower() for name in header}:
        where, hint = files.format_location(path, 1), "The first line names the columns."
        raise FileError("has neither a column question nor a column task", where=where, hint=hint)


def _fold_keys(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row with known columns in lower case: tables often name one `Question`."""
    lower = {name: name.lower() for name in row}
    return {lower[n] if lower[n] in KEYS and lower[n] not in row else n: value for n, value in row.items()}


def _refuse_list(path: Path, file: IO[str]) -> None:
    """Raise FileError if a file is a JSON list: its lines would be many wrong records."""
    start = file.read(4096).lstrip()
    file.seek(0)
    if start.startswith("["):
        hint = "Write one object on each line, such as by: jq -c '.[]'."
        raise FileError("is a JSON list, not JSONL", where=files.format_location(path), hint=hint)
