"""Parses decisions from replies of models; strict, because a wrong decision ends a debate."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from roundtable_tui.engine.turn import Turn
from roundtable_tui.utils.json_schema import make_strict
from roundtable_tui.utils.nesting import is_too_deep
from roundtable_tui.utils.text import truncate

D = TypeVar("D", bound=BaseModel)
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_MAX_BRACES = 300
"""Opening braces tried: a model in a loop writes thousands."""
_MAX_REPAIR_CHARS = 3_000
"""Longer texts are not repaired: the time for it grows with the square of the length."""
_WRAPPERS = ("arguments", "parameters", "input", "function", "tool_call")
"""Keys under which models put the arguments of a tool call that they write as text."""
_BOOLS = {"true": True, "false": False}


def parse_decision(turn: Turn, form: type[D]) -> D | None:
    """Return the decision in a reply; None if the reply is truncated, invalid or contradicts itself.

    Of several decisions that differ only in their free text, the last counts.
    """
    if turn.is_truncated:
        return None
    found = [value for text in (turn.tool_arguments, turn.text) for value in _candidates(text, form)]
    return found[-1] if len({_without_free_text(value) for value in found}) == 1 else None


def find_json_objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects in a text: alone, in prose or in a code block; malformed JSON is repaired."""
    decoder = json.JSONDecoder()
    objects: list[dict[str, Any]] = []
    at, attempts = text.find("{"), 0
    while at >= 0 and attempts < _MAX_BRACES:
        attempts += 1
        try:
            value, end = decoder.raw_decode(text, at)
            if not is_too_deep(text[at:end]):
                objects.append(value)
            at = end
        except (ValueError, RecursionError):
            at += 1
        at = text.find("{", at)
    return objects if any(objects) or "{" not in text else [*objects, *_parse_repaired(text)]


def build_strict_schema(form: type[BaseModel]) -> dict[str, Any]:
    """Return the form's JSON Schema as strict servers require it: closed, all required, without titles."""
    schema: dict[str, Any] = make_strict(
        form.model_json_schema(), require_all=True, drop=("title", "default")
    )
    return schema


def _parse_repaired(text: str) -> list[dict[str, Any]]:
    from json_repair import repair_json

    candidate = str((_FENCE.findall(text) or [text[text.find("{") :]])[-1])
    # An object without a closing brace was cut off: its end is unknown.
    if len(candidate) > _MAX_REPAIR_CHARS or "}" not in candidate:
        return []
    try:
        value = repair_json(candidate, return_objects=True)
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
    """Yield an object and the objects inside its wrapper keys."""
    yield data
    for name in _WRAPPERS if max_depth else ():
        inside = data.get(name)
        for each in find_json_objects(inside) if isinstance(inside, str) else [inside]:
            if isinstance(each, dict):
                yield from _unwrap(each, max_depth - 1)


def _coerce(data: Mapping[str, Any], form: type[BaseModel]) -> dict[str, Any]:
    """Convert booleans written as strings and cut long texts to their limit; change nothing else."""
    out = dict(data)
    for name, field in form.model_fields.items():
        value = out.get(name)
        if isinstance(value, str) and field.annotation is bool:
            out[name] = _BOOLS.get(value.strip().lower(), value)
        elif isinstance(value, str) and field.annotation is str:
            out[name] = truncate(value, _max_length(field, len(value)))
        elif isinstance(value, bool) and field.annotation in (int, float):
            out[name] = "true"  # A string fails validation; pydantic would accept a bool as a number.
    return out


def _max_length(field: FieldInfo, default: int) -> int:
    return next((m.max_length for m in field.metadata if hasattr(m, "max_length")), default)


def _without_free_text(value: BaseModel) -> str:
    """Serialize a decision without its free text, for comparison."""
    free = {name for name, field in type(value).model_fields.items() if field.annotation is str}
    if len(free) == len(type(value).model_fields):
        free = set()
    return value.model_dump_json(exclude=free)
