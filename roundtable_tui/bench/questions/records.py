"""Read the records of a question file: JSONL, JSON, CSV or YAML. What they mean is decided elsewhere."""

from __future__ import annotations

import gc
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from roundtable_tui.bench.questions.promptfoo_config import expand_config, is_config
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import check_json_depth, load_json
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.records import Record, describe_json_error, iter_csv_rows, iter_json_lines

MAX_FILE_BYTES = 256_000_000
_MAX_FIELD_CHARS = 10_000_000
_MAX_YAML_CHARS = 2_000_000
_MAX_YAML_PARTS = 200_000
"""Values, keys, and starts and ends of lists and objects of a YAML text: reading them is slow."""
_MAX_YAML_VALUES = 500_000
"""Values of a YAML text with its aliases written out."""
_LIST_KEYS = ("tests", "samples", "questions", "data", "items")
"""Keys of a JSON or YAML object under which its records are."""
MMLU_COLUMNS = ("question", "A", "B", "C", "D", "answer")


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
            file = io.StringIO(text, newline="")
            return list(iter_csv_rows(file, path, _MAX_FIELD_CHARS, implied_header=_implied_header))
        case ".yaml" | ".yml":
            return list(_list_entries(_parse_yaml(text, path), path))
        case ".json":
            return list(_list_entries(_parse_json(text, path), path))
        case _:
            return list(iter_json_lines(text.split("\n"), path))


def _parse_json(text: str, path: Path) -> Any:
    try:
        return load_json(text)
    except json.JSONDecodeError as error:
        where = files.format_location(path, error.lineno)
        hint = "One question on each line? Then name the file .jsonl."
        raise FileError(f"is not JSON: {describe_json_error(error)}", where=where, hint=hint) from None
    except ValueError as error:
        raise FileError(
            f"cannot be read: {describe_json_error(error)}", where=files.format_location(path)
        ) from None


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
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        if sum(1 for _ in islice(yaml.parse(text, Loader=loader), _MAX_YAML_PARTS + 1)) > _MAX_YAML_PARTS:
            what = f"is too large: at most {_MAX_YAML_PARTS:,} values and keys of YAML are read"
            raise FileError(what, where=files.format_location(path), hint="Save it as JSON.")
        with _pause_collector():
            data = yaml.load(text, Loader=loader)
            _check_aliases(data)
        return data
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = files.format_location(path, mark.line + 1 if mark else None)
        what = single_line(str(getattr(error, "problem", "") or error), 120)
        raise FileError(f"is not YAML: {what}", where=where) from None


@contextmanager
def _pause_collector() -> Iterator[None]:
    """Pause the garbage collector: with many new objects it takes more time than reading them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _check_aliases(data: Any) -> None:
    """Raise ValueError if data with its aliases written out is too much: they may be nested, or a circle."""
    left, count = [data], 0
    while left:
        one = left.pop()
        count += len(one) if isinstance(one, dict | list | tuple | set) else 1
        if count > _MAX_YAML_VALUES:
            raise ValueError(f"with its aliases it has more than {_MAX_YAML_VALUES:,} values")
        if isinstance(one, dict):
            left.extend(one.values())
        elif isinstance(one, list | tuple):
            left.extend(one)


def _list_entries(data: Any, path: Path) -> Iterator[Record]:
    if is_config(data):
        return expand_config(data, path, _read_tests)
    return _list_tests(data, path)


def _read_tests(path: Path) -> list[Record]:
    """Return the records of a file that a configuration of promptfoo names, so that it cannot be one."""
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        text = files.read_text(path, MAX_FILE_BYTES)
        data = _parse_json(text, path) if path.suffix.lower() == ".json" else _parse_yaml(text, path)
        if is_config(data):
            raise FileError("is a configuration, not tests", where=files.format_location(path))
        return list(_list_tests(data, path))
    return read_records(path)


def _list_tests(data: Any, path: Path) -> Iterator[Record]:
    if isinstance(data, Mapping):
        data = next((data[key] for key in _LIST_KEYS if isinstance(data.get(key), list)), None)
    if not isinstance(data, Sequence) or isinstance(data, str):
        hint = f"It should be a list, or an object with a list under {', '.join(_LIST_KEYS[:3])}."
        raise FileError("holds no list of questions", where=files.format_location(path), hint=hint)
    for number, entry in enumerate(data, 1):
        if isinstance(entry, Mapping):
            yield Record(f"entry {number}", entry)
        else:
            yield Record(f"entry {number}", problem="is not an object")


def _implied_header(row: Sequence[str]) -> Sequence[str]:
    """Return the columns of MMLU if this is a row of it: its files name no columns."""
    is_mmlu = len(row) == len(MMLU_COLUMNS) and row[-1].strip().upper() in ("A", "B", "C", "D")
    return MMLU_COLUMNS if is_mmlu else ()
