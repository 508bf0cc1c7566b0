"""Fields of dataclasses from JSON that is not trusted: each of its declared type."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

MAX_NUMBER = 1e15
"""Counts, seconds and costs beyond it are not those of any run; sums of them would not be numbers."""
_TEXTS = "tuple[str, ...]"


def read_fields(kind: type[Any], data: Any, others: Collection[str] = ()) -> dict[str, Any]:
    """Return the values for the fields of a dataclass; fields that are missing and other keys are left out.

    Args:
        kind: The dataclass, whose annotations are texts: str, bool, int, float, `tuple[str, ...]`, or one of
            these `| None`. Numbers are from 0 to `MAX_NUMBER`.
        data: What was read as JSON.
        others: Names of fields of other types, which are left out.

    Raises:
        ValueError: It is not an object, or a value has another type.
    """
    if not isinstance(data, Mapping):
        raise ValueError("not an object")
    found: dict[str, Any] = {}
    for one in fields(kind):
        if one.name in data and one.name not in others:
            found[one.name] = _read_value(one.name, str(one.type), data[one.name])
    return found


def _read_value(name: str, declared: str, value: Any) -> Any:
    declared, optional, _ = declared.partition(" | None")
    if value is None and optional:
        return None
    match declared, value:
        case ("str", str()) | ("bool", bool()):
            return value
        case ("int", int()) | ("float", int() | float()) if not isinstance(value, bool):
            if 0 <= value <= MAX_NUMBER:  # False for NaN.
                return value
        case _, list() | tuple() if declared == _TEXTS and all(isinstance(item, str) for item in value):
            return tuple(value)
    raise ValueError(f"{name} is not what it should be")
