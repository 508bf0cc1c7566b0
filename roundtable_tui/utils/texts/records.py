"""Records of a JSONL or CSV file, one by one. A wrong line is a record with a problem, not an error."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.csv_header import find_delimiter, find_header_problem

MAX_WRONG_LINES = 10_000


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file, or the reason why it cannot be read."""

    place: str
    """Where it is within the file: `line 4` or `entry 2`."""
    data: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def iter_json_lines(lines: Iterable[str], path: Path | None = None) -> Iterator[Record]:
    """Yield a record for each line that is not blank; it holds a JSON object.

    Raises FileError, which names `path`, for more than `MAX_WRONG_LINES` lines that do not.
    """
    wrong = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if wrong > MAX_WRONG_LINES:
            what = f"is not a file of JSON objects: more than {MAX_WRONG_LINES:,} lines are wrong"
            raise FileError(what, where=files.format_location(path))
        place = f"line {number}"
        try:
            data = load_json(line)
        except ValueError as error:
            wrong += 1
            yield Record(place, problem=f"is not JSON: {describe_json_error(error)}")
            continue
        is_object = isinstance(data, Mapping)
        wrong += not is_object
        yield Record(place, data) if is_object else Record(place, problem="is not a JSON object")


def describe_json_error(error: ValueError) -> str:
    """Return why a text is not JSON, for a line that names the text."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return single_line(str(error), 120) or "nested too deep"


def iter_csv_rows(
    file: IO[str],
    path: Path,
    max_field_chars: int,
    *,
    check_header: Callable[[Sequence[str]], None] = lambda header: None,
    implied_header: Callable[[Sequence[str]], Sequence[str]] = lambda row: (),
) -> Iterator[Record]:
    """Yield a record for each row of a CSV file; commas, semicolons or tabs separate its cells.

    Args:
        file: the text, from its start; it has to be seekable.
        path: names the file in errors.
        max_field_chars: limit of one cell.
        check_header: raises FileError for column names that are not usable.
        implied_header: returns the columns if the first row is a record and not their names; else none.

    Raises:
        FileError: the first line does not name the columns, or `check_header` raises it.
    """
    csv.field_size_limit(max_field_chars)
    first = file.readline(max_field_chars)
    file.seek(0)
    reader = csv.reader(file, delimiter=find_delimiter(first), strict=True)
    header: Sequence[str] = ()
    last = 0
    while True:
        place = f"line {last + 1}"
        try:
            row = next(reader, None)
        except csv.Error as error:
            last = reader.line_num
            yield Record(place, problem=f"is not CSV: {single_line(str(error), 100)}")
            continue
        if row is None:
            return
        last = reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        if not header and not (header := implied_header(row)):
            header = [cell.strip() for cell in row]
            if problem := find_header_problem(header):
                raise FileError(problem, where=files.format_location(path, 1))
            check_header(header)
        elif len(row) != len(header):
            yield Record(place, problem=f"has {len(row)} columns instead of {len(header)}")
        else:
            yield Record(place, dict(zip(header, row, strict=True)))
