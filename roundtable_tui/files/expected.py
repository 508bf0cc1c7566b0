"""What a field should hold, in words, taken from the model's own schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundtable_tui.files.places import Loc

_WORDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
PATTERNS = {
    r"^(#[0-9a-fA-F]{6})?$": 'a colour such as "#c678dd"',
    r"^[a-z][a-z0-9_-]*$|^$": "a word of a-z, 0-9, - and _",
    r"^[a-z][a-z0-9_-]*$": "a word of a-z, 0-9, - and _",
}
"""What the patterns of our models mean."""


def expected(schema: Mapping[str, Any], loc: Loc, fault: Mapping[str, Any] | None = None) -> str:
    """Return what the value at `loc` should be: "a number from 0 to 1", "text of 1 to 40 characters".

    A validator of ours that raised ValueError has said it itself, in `fault`.
    """
    if fault is not None and fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    return _phrase(node_at(schema, loc))


def node_at(schema: Mapping[str, Any], loc: Loc) -> Mapping[str, Any]:
    """Return what the schema says of the value at `loc`; nothing where it knows of none."""
    node = _whole(schema, schema)
    for part in loc:
        inner = "items" if isinstance(part, int) else "properties"
        node = next((choice for choice in [node, *node.get("anyOf", ())] if inner in choice), {})
        node = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part, {})
        node = _whole(schema, node)
    return node


def fields_at(schema: Mapping[str, Any], loc: Loc) -> Mapping[str, Any]:
    """Return the fields of the object at `loc`, with what the schema says of each."""
    node = node_at(schema, loc)
    for choice in [node, *node.get("anyOf", ())]:
        if "properties" in choice:
            return dict(choice["properties"])
    return {}


def _whole(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the node with what it refers to in place of the reference, choices in one row."""
    if "$ref" in node:
        return _whole(schema, schema["$defs"][str(node["$ref"]).rpartition("/")[2]])
    if "anyOf" not in node:
        return node
    choices = (_whole(schema, choice) for choice in node["anyOf"])
    return {**node, "anyOf": [one for choice in choices for one in choice.get("anyOf", [choice])]}


def _phrase(node: Mapping[str, Any]) -> str:
    if choices := node.get("anyOf"):
        return " or ".join(_phrase(choice) for choice in choices)
    if choices := node.get("enum"):
        return " or ".join(map(str, choices))
    if (pattern := node.get("pattern")) is not None:
        return PATTERNS.get(pattern, "text of another form")
    kind = node.get("type", "")
    words = _WORDS.get(kind, "something else")
    if kind == "string":
        return words + _range(node.get("minLength"), node.get("maxLength"), "characters")
    if kind == "array":
        items = f" of {_WORDS.get(node.get('items', {}).get('type', ''), 'name')}s"
        return (
            words
            + items.replace("texts", "names")
            + _range(node.get("minItems"), node.get("maxItems"), "of them")
        )
    return words + _between(node.get("minimum"), node.get("maximum"))


def _range(low: int | None, high: int | None, unit: str) -> str:
    if low and high:
        return f" of {low:,} to {high:,} {unit}" if unit == "characters" else f", {low} to {high} {unit}"
    if low:
        return f" of at least {low} {unit}" if unit == "characters" else f", at least {low} {unit}"
    return f" of at most {high:,} {unit}" if high else ""


def _between(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:,.10g} to {high:,.10g}"
    return f" of at least {low:g}" if low is not None else ""
