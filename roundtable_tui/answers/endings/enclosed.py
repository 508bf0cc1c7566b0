"""Finds an answer between tags, in `\\boxed{}`, or in JSON."""

from __future__ import annotations

import json
import re

from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.endings.finish import is_closed

_MAX_LINES = 4
"""The last lines in which an answer is looked for."""
_JSON_KEYS = (
    "final_answer",
    "finalanswer",
    "final",
    "answer",
    "result",
    "solution",
    "choice",
    "option",
    "verdict",
    "label",
    "prediction",
    "vote",
    "decision",
    "stance",
    "position",
    "classification",
    "category",
    "output",
)


def find_enclosed(tail: str, lines: list[str]) -> str | None:
    """Return what the last `<answer>` or `\\boxed{}` encloses, if it stands in the last lines."""
    last = lines[-1]
    end = tail.rfind(last) + len(last)
    start = max(tail.rfind(lines[-min(len(lines), _MAX_LINES)]), 0)
    tags = [
        match
        for pattern in (patterns.TAG, patterns.SQUARE_TAG)
        for match in pattern.finditer(tail)
        if match.end() >= start
    ]
    if tags:
        return tags[-1][2].strip() or None
    if enclosed := _find_boxed(tail, start, end):
        value = patterns.VALUE_OF.fullmatch(enclosed)
        return value["answer"].strip() if value and is_closed(value["answer"]) else enclosed
    return None


def _find_boxed(tail: str, start: int, end: int) -> str | None:
    """Return the content of the last `\\boxed{}` that begins at `start` or later."""
    for match in reversed(list(patterns.BOXED.finditer(tail, 0, end))):
        if match.start() < start:
            return None
        depth, place = 1, match.end()
        while place < len(tail) and depth:
            depth += (tail[place] == "{") - (tail[place] == "}")
            place += 1
        if depth == 0:
            return tail[match.end() : place - 1].strip() or None
    return None


def is_json(lines: list[str]) -> bool:
    """Return True if a reply ends with a JSON object."""
    text = "\n".join(lines)
    place = text.find("{")
    if not text.endswith("}") or place < 0:
        return False
    try:
        return isinstance(json.loads(text[place:]), dict)
    except ValueError:
        return False


def find_json(tail: str) -> str | None:
    """Return the answer in the JSON object that ends a reply, under a usual key, or None."""
    text = re.sub(r"\s*```\s*$", "", tail)
    if not text.endswith("}"):
        return None
    places = [match.start() for match in re.finditer(r"\{", text)][-20:]
    for place in places:
        try:
            found = json.loads(text[place:])
        except ValueError:
            continue
        by_key = {str(key).lower().replace(" ", "_"): value for key, value in found.items()}
        for key in _JSON_KEYS:
            value = by_key.get(key)
            if isinstance(value, bool):
                return "true" if value else "false"
            if isinstance(value, (str, int, float)) and str(value).strip():
                return str(value).strip()
            if isinstance(value, dict):
                value = next((inner for inner in value.values() if isinstance(inner, (str, int, float))), "")
                return str(value).strip() or None
            if isinstance(value, list) and value:
                return json.dumps(value, ensure_ascii=False)
        return None
    return None
