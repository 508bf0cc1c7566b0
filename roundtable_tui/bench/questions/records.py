"""Read the records of a question file: JSONL, JSON, CSV or YAML. What they mean is decided elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import check_json_depth, load_json
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.csv_header import find_header_problem

MAX_FILE_BYTES = 256_000_000
_MAX_FIELD_CHARS = 10_000_000
_MAX_YAML_CHARS = 2_000_000
_MAX_YAML_VALUES = 500_000
_LIST_KEYS = ("tests", "samples", "questions", "data", "items")
"""Keys of a JSON or YAML object under which its records are."""
_DELIMITERS = (",", ";", "\t")
MMLU_COLUMNS = ("question", "A", "B", "C", "D", "answer")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file, or the reason why it cannot be read."""

    place: str
    """Where it is within the file: `line 4` or `entry 2`."""
    data: Mapping[str, Any]
    problem: str = ""


def read_records(path: Path) -> list[Record]:
    """Return the records of a file.

    Raises:
        FileError: the file as a whole cannot be read. A wrong line is a record with a problem.
    """
    text = files.read_text(path, MAX_FILE_BYTES)
    if not text.strip():
        raise FileError("is empty", where=files.format_location(path), hint="Put one question on each line.")
    match path.suffix.lower():
        case ".csv" | ".tsv":
            return list(_read_csv(text, path))
        case ".yaml" | ".yml":
            return list(_list_entries(_parse_yaml(text, path), path))
        case ".json":
            return list(_list_entries(_parse_json(text, path), path))
        case _:
            return list(_read_lines(text))


def _read_lines(text: str) -> Iterator[Record]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            data = load_json(line)
        except ValueError as error:
            yield Record(place, {}, f"is not JSON: {_describe(error)}")
            continue
        if isinstance(data, dict):
            yield Record(place, data)
        else:
            yield Record(place, {}, "is not a JSON object")


def _parse_json(text: str, path: Path) -> Any:
    try:
        return load_json(text)
    except json.JSONDecodeError as error:
        where = files.format_location(path, error.lineno)
        hint = "One question on each line? Then name the file .jsonl."
        raise FileError(f"is not JSON: {_describe(error)}", where=where, hint=hint) from None
    except ValueError as error:
        raise FileError(f"cannot be read: {_describe(error)}", where=files.format_location(path)) from None


def _parse_yaml(text: str, path: Path) -> Any:
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        hint = "Save it as JSON, or: pip install pyyaml."
        raise FileError(
            "YAML needs a package that is not here", where=files.format_location(path), hint=hint
        ) from None
    if len(text) > _MAX_YAML_CHARS:
        what = f"is too large: at most {_MAX_YAML_CHARS // 1_000_000} MB of YAML are read"
        raise FileError(what, where=files.format_location(path), hint="Save it as JSON.")
    try:
        check_json_depth(text)
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        _check_aliases(data)
        return data
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = files.format_location(path, mark.line + 1 if mark else None)
        what = single_line(str(getattr(error, "problem", "") or error), 120)
        raise FileError(f"is not YAML: {what}", where=where) from None


def _check_aliases(data: Any) -> None:
    """Raise ValueError if data with its aliases written out is too much: they may be nested, or a circle."""
    left, count = [data], 0
    while left:
        one = left.pop()
        count += len(one) if isinstance(one, Sequence | Mapping) and not isinstance(one, str) else 1
        if count > _MAX_YAML_VALUES:
            raise ValueError(f"with its aliases it has more than {_MAX_YAML_VALUES:,} values")
        if isinstance(one, Mapping):
            left.extend(one.values())
        elif isinstance(one, Sequence) and not isinstance(one, str | bytes):
            left.extend(one)


def _list_entries(data: Any, path: Path) -> Iterator[Record]:
    if isinstance(data, Mapping):
        data = next((data[key] for key in _LIST_KEYS if isinstance(data.get(key), list)), None)
    if not isinstance(data, Sequence) or isinstance(data, str):
        hint = f"It should be a list, or an object with a list under {', '.join(_LIST_KEYS[:3])}."
        raise FileError("holds no list of questions", where=files.format_location(path), hint=hint)
    for number, entry in enumerate(data, 1):
        if isinstance(entry, Mapping):
            yield Record(f"entry {number}", entry)
        else:
            yield Record(f"entry {number}", {}, "is not an object")


def _read_csv(text: str, path: Path) -> Iterator[Record]:
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    csv.field_size_limit(_MAX_FIELD_CHARS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    last = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield Record(f"line {last + 1}", {}, f"is not CSV: {single_line(str(error), 100)}")
            last = reader.line_num
            continue
        if row is None:
            return
        place, last = f"line {last + 1}", reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        if not header:
            if _is_mmlu(row):
                header = MMLU_COLUMNS
            else:
                header = tuple(cell.strip() for cell in row)
                _check_header(header, path)
                continue
        if len(row) != len(header):
            yield Record(place, {}, f"has {len(row)} columns instead of {len(header)}")
            continue
        yield Record(place, dict(zip(header, row, strict=True)))


def _is_mmlu(row: Sequence[str]) -> bool:
    return len(row) == len(MMLU_COLUMNS) and row[-1].strip() in ("A", "B", "C", "D")


def _check_header(header: Sequence[str], path: Path) -> None:
    if problem := find_header_problem(header):
        raise FileError(problem, where=files.format_location(path, 1))


def _describe(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return single_line(str(error), 120) or "nested too deep"
