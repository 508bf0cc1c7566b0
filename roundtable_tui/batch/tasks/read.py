"""Read the tasks of a batch one by one: JSONL, CSV, OpenAI Batch JSONL, a folder of task folders.

A file is never in memory as a whole. It is read twice: to find wrong records before anything is paid for, and
to run its tasks.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from roundtable_tui.batch.tasks.model import BatchTask, TaskError, parse_task
from roundtable_tui.batch.tasks.openai_batch import is_batch_line, parse_batch_line
from roundtable_tui.batch.tasks.own_paths import resolve_own_paths
from roundtable_tui.errors import FileError, RoundtableError, UsageError
from roundtable_tui.resources.library import TaskLibrary
from roundtable_tui.resources.task import Task, is_task, load_task
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.csv_header import find_header_problem

MAX_LINE_CHARS = 16_000_000
_DELIMITERS = (",", ";", "\t")
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
    for place, number, record in _iter_records(source):
        if isinstance(record, BadRecord):
            yield record
            continue
        try:
            parse = parse_batch_line if is_batch_line(record) else parse_task
            yield from _expand(resolve_own_paths(parse(record, number), source.parent))
        except TaskError as error:
            yield BadRecord(place, str(error))
        except RoundtableError as error:
            yield BadRecord(place, single_line(str(error), 200))


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


def _iter_records(path: Path) -> Iterator[tuple[str, int, Mapping[str, Any] | BadRecord]]:
    """Yield (place, number from 1, record) for each line of a JSONL file or row of a CSV file."""
    with _open_text(path) as file:
        read = _iter_csv if _is_csv(path, file) else _iter_lines
        try:
            for number, (place, record) in enumerate(read(file, path), 1):
                yield place, number, record
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


def _iter_lines(file: IO[str], path: Path) -> Iterator[tuple[str, Mapping[str, Any] | BadRecord]]:
    line_number = 0
    while line := file.readline(MAX_LINE_CHARS):
        line_number += 1
        place = f"line {line_number}"
        if len(line) >= MAX_LINE_CHARS and not line.endswith("\n"):
            where = files.format_location(path, line_number)
            raise FileError(f"is longer than {MAX_LINE_CHARS:,} characters", where=where)
        if not line.strip():
            continue
        try:
            record = load_json(line)
        except json.JSONDecodeError as error:
            yield place, BadRecord(place, f"is not JSON: {error.msg} at column {error.colno}")
            continue
        except ValueError as error:
            yield place, BadRecord(place, single_line(str(error), 120) or "is nested too deep")
            continue
        is_object = isinstance(record, Mapping)
        yield place, record if is_object else BadRecord(place, "is not a JSON object")


def _iter_csv(file: IO[str], path: Path) -> Iterator[tuple[str, Mapping[str, Any] | BadRecord]]:
    csv.field_size_limit(MAX_LINE_CHARS)
    first = file.readline(MAX_LINE_CHARS)
    file.seek(0)
    reader = csv.reader(file, delimiter=max(_DELIMITERS, key=first.count), strict=True)
    header: list[str] = []
    last = 0
    while True:
        place = f"line {last + 1}"
        try:
            row = next(reader, None)
        except csv.Error as error:
            last = reader.line_num
            yield place, BadRecord(place, f"is not CSV: {single_line(str(error), 100)}")
            continue
        if row is None:
            return
        place, last = f"line {last + 1}", reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        if not header:
            header = [cell.strip() for cell in row]
            _check_header(header, path)
            continue
        if len(row) != len(header):
            yield place, BadRecord(place, f"has {len(row)} columns instead of {len(header)}")
            continue
        yield place, dict(zip(header, row, strict=True))


def _check_header(header: list[str], path: Path) -> None:
    where = files.format_location(path, 1)
    if problem := find_header_problem(header):
        raise FileError(problem, where=where)
    if not {"question", "task"} & set(header):
        hint = "The first line names the columns."
        raise FileError("has neither a column question nor a column task", where=where, hint=hint)
