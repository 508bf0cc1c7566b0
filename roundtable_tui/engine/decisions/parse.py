"""Reads a decision out of whatever a model sent: strictly, since a wrong one ends a debate."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from roundtable_tui.engine.turn import Turn
from roundtable_tui.utils.text import truncate

D = TypeVar("D", bound=BaseModel)
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_MAX_BRACES = 300
"""Braces looked at: a model that loops writes thousands."""
_MAX_REPAIR_CHARS = 3_000
"""Characters up to which nearly JSON is repaired: the time that takes grows with their square."""
_WRAPPERS = ("arguments", "parameters", "input", "function", "tool_call")
"""Where models that write a tool call as text put its arguments."""
_BOOLS = {"true": True, "false": False}


def parse_decision(turn: Turn, form: type[D]) -> D | None:
    """Return the decision in a reply, or None: cut, contrary and unfit replies decide nothing.

    Of several that differ in their free text only, the last counts.
    """
    if turn.is_truncated:
        return None
    found = [value for text in (turn.tool_arguments, turn.text) for value in _candidates(text, form)]
    return found[-1] if len({_without_free_text(value) for value in found}) == 1 else None


def find_json_objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects in a text: bare, in prose, in a fence, or nearly JSON."""
    decoder = json.JSONDecoder()
    objects: list[dict[str, Any]] = []
    at, looks = text.find("{"), 0
    while at >= 0 and looks < _MAX_BRACES:
        looks += 1
        try:
            value, at = decoder.raw_decode(text, at)
            objects.append(value)
        except (ValueError, RecursionError):
            at += 1
        at = text.find("{", at)
    return objects if any(objects) or "{" not in text else [*objects, *_parse_repaired(text)]


def build_strict_schema(form: type[BaseModel]) -> dict[str, Any]:
    """Return the form's JSON schema as strict servers want it: closed, everything required, no titles."""

    def tidy(node: Any) -> Any:
        if isinstance(node, list):
            return [tidy(item) for item in node]
        if not isinstance(node, dict):
            return node
        out = {
            name: tidy(value)
            for name, value in node.items()
            if name not in ("title", "default", "properties")
        }
        if "properties" in node:  # These names are the form's own, whatever they are.
            out["properties"] = {name: tidy(value) for name, value in node["properties"].items()}
            out |= {"additionalProperties": False, "required": list(node["properties"])}
        return out

    return dict(tidy(form.model_json_schema()))


def _parse_repaired(text: str) -> list[dict[str, Any]]:
    from json_repair import repair_json

    nearly = str((_FENCE.findall(text) or [text[text.find("{") :]])[-1])
    if (
        len(nearly) > _MAX_REPAIR_CHARS or "}" not in nearly
    ):  # What was never closed may have gone on otherwise.
        return []
    try:
        value = repair_json(nearly, return_objects=True)
    except (ValueError, RecursionError):
        return []
    return [value] if isinstance(value, dict) else []


def _candidates(text: str, form: type[D]) -> Iterator[D]:
    for data in find_json_objects(text):
        for layer in _unwrap(data):
            try:
                yield form.model_validate(_coerce(layer, form))
            except ValidationError:
                continue


def _unwrap(data: Mapping[str, Any], max_depth: int = 3) -> Iterator[Mapping[str, Any]]:
    """Yield an object and what it wraps, as calls of tools written out as text do."""
    yield data
    for name in _WRAPPERS if max_depth else ():
        inside = data.get(name)
        for each in find_json_objects(inside) if isinstance(inside, str) else [inside]:
            if isinstance(each, dict):
                yield from _unwrap(each, max_depth - 1)


def _coerce(data: Mapping[str, Any], form: type[BaseModel]) -> dict[str, Any]:
    """Take `true` written as a word for the real one, cut texts that are too long, bend nothing else."""
    out = dict(data)
    for name, field in form.model_fields.items():
        value = out.get(name)
        if isinstance(value, str) and field.annotation is bool:
            out[name] = _BOOLS.get(value.strip().lower(), value)
        elif isinstance(value, str) and field.annotation is str:
            out[name] = truncate(value, _max_length(field, len(value)))
        elif isinstance(value, bool) and field.annotation in (int, float):
            out[name] = "true"  # Which is no number, though Python would take it for one.
    return out


def _max_length(field: FieldInfo, default: int) -> int:
    return next((m.max_length for m in field.metadata if hasattr(m, "max_length")), default)


def _without_free_text(value: BaseModel) -> str:
    """Return what a decision decides, its free text apart, in a form that can be compared."""
    free = {name for name, field in type(value).model_fields.items() if field.annotation is str}
    if len(free) == len(type(value).model_fields):
        free = set()
    return value.model_dump_json(exclude=free)
