"""Finds JSON objects in replies: alone, in prose, in code blocks, slightly malformed."""

from __future__ import annotations

import json
import re
from typing import Any

from roundtable_tui.utils.nesting import is_too_deep

_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_MAX_BRACES = 300
"""Opening braces tried: a model in a loop writes thousands."""
_MAX_REPAIR_CHARS = 3_000
"""Longer texts are not repaired: the time for it grows with the square of the length."""


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
