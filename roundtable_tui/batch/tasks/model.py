"""One task of a batch: a question with what it changes in the request of all tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from roundtable_tui.config import closest_match
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

_TEXTS = ("question", "task", "mode", "team", "captain", "model", "server", "context")
_COUNTS = ("agents", "seed", "budget", "max_tokens", "answer_tokens")
_LISTS = ("personas", "knowledge")
_MAPPINGS = ("options", "params")
KEYS = ("id", *_TEXTS, *_COUNTS, "max_cost", *_LISTS, *_MAPPINGS, "models")
"""The keys of a record that are read; others are ignored."""
MAX_KEYS = 1_000
"""Keys of one record, those that are ignored included."""
MAX_ID_CHARS = 200
MAX_COUNT = 10**12
_MIN_MISSPELLED_CHARS = 5


class TaskError(ValueError):
    """A record is not a task; the message is one line that says why."""


@dataclass(frozen=True, slots=True)
class BatchTask:
    """A question, or a task by name or folder, with its own choices."""

    id: str
    """As given; by default the number of its record."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the request of its run that it sets."""
    batch_model: str = ""
    """The model of a line of the OpenAI Batch format, whose result is written in that format too; else ""."""

    @property
    def question(self) -> str:
        """The question; "" if it is that of the task."""
        return str(self.fields.get("question", ""))

    @property
    def task(self) -> str:
        """The name or folder of its task; "" for none."""
        return str(self.fields.get("task", ""))

    def apply(self, request: RunRequest) -> RunRequest:
        """Return the request with this task's choices."""
        changes = dict(self.fields)
        if "server" in changes:
            changes |= {"base_url": "", "demo": False, "local": False}
        if "models" in changes and not request.models:  # Those of the request may be for another team.
            changes["check_names"] = True
        for name in ("options", "models", "params"):
            if name in changes:
                changes[name] = {**getattr(request, name), **changes[name]}
        return replace(request, **changes)


def parse_task(record: Mapping[str, Any], number: int) -> BatchTask:
    """Return the task of a record with the keys of `KEYS`.

    Args:
        record: the record; empty values count as absent.
        number: the number of the record, from 1: the id of a task without one.

    Raises:
        TaskError: a value has the wrong type, a key looks like a misspelt one, or the question is missing.
    """
    _reject_misspelled(record)
    given = {key: record[key] for key in KEYS if record.get(key) not in (None, "", [], {})}
    fields: dict[str, Any] = {}
    for key, value in given.items():
        if key != "id":
            fields |= _parse_field(key, value)
    if not fields.get("question") and not fields.get("task"):
        raise TaskError("has neither a question nor a task")
    return BatchTask(parse_id(given.get("id", number)), fields)


def parse_id(value: object) -> str:
    """Return an id as text. Raises TaskError."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TaskError("id should be text or a number")
    text = str(value)
    if len(text) > MAX_ID_CHARS:
        raise TaskError(f"id is longer than {MAX_ID_CHARS} characters")
    return text


def _parse_field(key: str, value: Any) -> dict[str, Any]:
    if key == "models":
        return _parse_models(value)
    parse: Callable[[str, Any], Any] = _parse_text
    if key in _COUNTS:
        parse = _parse_count
    elif key == "max_cost":
        parse = _parse_cost
    elif key in _LISTS:
        parse = _parse_list
    elif key in _MAPPINGS:
        parse = _parse_mapping
    return {key: parse(key, value)}


def _parse_models(value: Any) -> dict[str, Any]:
    """Return `models` by seat, or `seat_models`, a list that is dealt out to the seats."""
    if isinstance(value, Mapping) or (isinstance(value, str) and value.lstrip().startswith("{")):
        by_seat = _parse_mapping("models", value)
        return {"models": {name: _parse_text("models", model) for name, model in by_seat.items()}}
    return {"seat_models": _parse_list("models", value)}


def _parse_text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TaskError(f"{key} should be text, not {_name_type(value)}")
    return value.strip()


def _parse_count(key: str, value: Any) -> int:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= len(str(MAX_COUNT)):
        text = int(text)
    if isinstance(text, bool) or not isinstance(text, int) or not 0 <= text <= MAX_COUNT:
        raise TaskError(f"{key} should be a whole number, not {single_line(str(value), 30)}")
    return text


def _parse_cost(key: str, value: Any) -> float:
    try:
        cost = float(value) if isinstance(value, str | int | float) else -1.0
    except (ValueError, OverflowError):
        cost = -1.0
    if isinstance(value, bool) or not 0 <= cost < float("inf"):
        raise TaskError(f"{key} should be USD, not {single_line(str(value), 30)}")
    return cost


def _parse_list(key: str, value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise TaskError(f"{key} should be a list, not {_name_type(value)}")
    return tuple(part for one in parts if (part := _parse_text(key, one)))


def _parse_mapping(key: str, value: Any) -> dict[str, Any]:
    """Return an object; text may be JSON or, as in a cell of a CSV file, `name=value;name=value`."""
    if isinstance(value, str):
        if value.lstrip().startswith("{"):
            try:
                value = load_json(value)
            except ValueError:
                raise TaskError(f"{key} is not valid JSON") from None
        else:
            pairs = [pair.partition("=") for pair in value.split(";") if pair.strip()]
            if not all(equals and name.strip() for name, equals, _ in pairs):
                raise TaskError(f"{key} should be name=value;name=value, or JSON")
            value = {name.strip(): text.strip() for name, _, text in pairs}
    if not isinstance(value, Mapping):
        raise TaskError(f"{key} should be an object, not {_name_type(value)}")
    return {str(name): one for name, one in value.items()}


def _reject_misspelled(record: Mapping[str, Any]) -> None:
    if len(record) > MAX_KEYS:
        raise TaskError(f"has more than {MAX_KEYS:,} keys")
    for key in record:
        near = "" if key in KEYS else _find_near_key(str(key))
        if near and near not in record:
            raise TaskError(f"has the key {single_line(str(key), 40)}; did you mean {near}?")


@lru_cache(maxsize=4 * MAX_KEYS)
def _find_near_key(key: str) -> str:
    """Return the known key that `key` is a misspelling of; "" for other columns, which are ignored."""
    is_long = len(key.strip()) >= _MIN_MISSPELLED_CHARS
    return (closest_match(key.strip(), KEYS, cutoff=0.85) or "") if is_long else ""


def _name_type(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), type(value).__name__)
