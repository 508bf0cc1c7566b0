"""Converts events to and from JSON objects: `{"type": "turn_started", "t": 1.25, ...}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from roundtable_tui.engine.events import Event

EVENT_TYPES: dict[str, type[Event]] = {cls.type: cls for cls in Event.__subclasses__()}
_FIELDS = {cls: tuple(f.name for f in fields(cls)) for cls in EVENT_TYPES.values()}
_REQUIRED = {
    cls: frozenset(f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING)
    for cls in EVENT_TYPES.values()
}
_TYPE_NAME = re.compile(r"^[a-z_]+$")
_NONE = type(None)
_MAX_INT = 10**300
"""A larger one cannot be converted to a float."""
_BY_ANNOTATION: dict[str, tuple[tuple[type, ...], type | None]] = {
    "str": ((str,), None), "str | None": ((str, _NONE), None), "bool": ((bool,), None),
    "bool | None": ((bool, _NONE), None),
    "int": ((int,), None), "int | None": ((int, _NONE), None),
    "float": ((float, int), None), "float | None": ((float, int, _NONE), None),
    "Mapping[str, Any]": ((dict,), None), "Mapping[str, str]": ((dict,), None),
    "Mapping[str, Any] | None": ((dict, _NONE), None),
    "tuple[str, ...]": ((list, tuple), str), "tuple[int, ...]": ((list, tuple), int),
    "tuple[Mapping[str, Any], ...]": ((list, tuple), dict),
}  # fmt: skip
_FIELD_TYPES = {
    cls: {f.name: _BY_ANNOTATION[str(f.type)] for f in fields(cls)} for cls in EVENT_TYPES.values()
}
"""Accepted types of each field and of its items: a record may be edited or damaged."""


def to_dict(event: Event) -> dict[str, Any]:
    """Return the event as a JSON object: `type` and `t` first, empty optional fields left out."""
    out: dict[str, Any] = {"type": event.type, "t": round(event.t, 3)}
    needed = _REQUIRED[type(event)]
    for name in _FIELDS[type(event)]:
        value = getattr(event, name)
        if name in needed or (name != "t" and value is not None and value != () and value != {}):
            out[name] = value
    return out


def from_dict(data: Mapping[str, Any]) -> Event | None:
    """Return the event of a JSON object; None if its type is unknown. Unknown fields are ignored.

    Raises:
        ValueError: a required field is missing, or a field has a wrong type.
    """
    kind = data.get("type")
    cls = EVENT_TYPES.get(kind) if isinstance(kind, str) and _TYPE_NAME.match(kind) else None
    if cls is None:
        return None
    if missing := _REQUIRED[cls] - data.keys():
        raise ValueError(f"{kind} lacks {', '.join(sorted(missing))}")
    known: dict[str, Any] = {name: data[name] for name in _FIELDS[cls] if name in data}
    for name, value in known.items():
        kinds, item = _FIELD_TYPES[cls][name]
        items = tuple(value) if item and isinstance(value, list | tuple) else ()
        if not isinstance(value, kinds) or not all(isinstance(each, item or object) for each in items):
            raise ValueError(f"{kind}: {name} is of a wrong kind")
        if isinstance(value, int) and abs(value) > _MAX_INT:
            raise ValueError(f"{kind}: {name} is too large")
        if item:
            known[name] = items
    return cls(**known)
