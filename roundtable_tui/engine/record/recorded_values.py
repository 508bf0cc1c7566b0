"""Values of a record's header that may have been edited or damaged: of the expected type, or left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MAX_NUMBER = 1e300


def as_int(value: object) -> int | None:
    """Return a whole number; None for anything else, and for one that no float can hold."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < _MAX_NUMBER else None


def as_float(value: object) -> float | None:
    """Return a finite number; None for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < _MAX_NUMBER else None


def as_table(value: object) -> Mapping[str, Any]:
    """Return a table; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_tables(value: object) -> tuple[Mapping[str, Any], ...]:
    """Return a list of tables, with an empty one for each item that is none; nothing for anything else."""
    return tuple(as_table(one) for one in value) if isinstance(value, list | tuple) else ()


def as_texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list; nothing for anything else."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()
