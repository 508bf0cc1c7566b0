"""JSON Schemas in the strict form that servers require for structured output."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def make_strict(schema: Any, *, require_all: bool = False, drop: Collection[str] = ()) -> Any:
    """Return a copy of `schema` whose objects allow no other properties and require all of theirs.

    Args:
        schema: a JSON Schema, or any part of one.
        require_all: close objects and require all properties even where the schema says otherwise.
        drop: keywords that are left out: "title", "default". Properties of these names stay.
    """
    if isinstance(schema, list):
        return [make_strict(item, require_all=require_all, drop=drop) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    properties = schema.get("properties")
    strict = {
        name: make_strict(value, require_all=require_all, drop=drop)
        for name, value in schema.items()
        if name not in drop
    }
    if isinstance(properties, Mapping):
        strict["properties"] = {
            name: make_strict(value, require_all=require_all, drop=drop) for name, value in properties.items()
        }
        if schema.get("type") == "object":
            closed = {"additionalProperties": False, "required": list(properties)}
            strict = strict | closed if require_all else closed | strict
    return strict
