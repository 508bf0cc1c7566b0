"""Decisions in words, for people: what a captain sent as JSON is said as anybody would say it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from roundtable_tui.utils.text import single_line

_MAX_VALUE_CHARS = 600
_METHOD_TEXTS = {
    "only": "there was no other",
    "unanimous": "all say the same",
    "clusters": "by the answers themselves",
    "word": "by the captain, in a word",
    "prose": "by the captain, in prose",
}


def describe_method(method: str) -> str:
    """Return how an answer came to be the one, by the rung of the ladder or the reason that needed none."""
    return _METHOD_TEXTS.get(method, "by the captain")


def describe_decision(decision: Mapping[str, Any]) -> str:
    """Return a decision on one line: `not agreed yet: they differ on cost`."""
    left = dict(decision)
    said: list[str] = []
    if isinstance(agreed := left.get("consensus"), bool):
        said.append(_describe_flag("agreed" if agreed else "not agreed yet", left, "consensus", "direction"))
    elif isinstance(disputed := left.get("disputed"), bool):
        said.append(
            _describe_flag("in dispute" if disputed else "nothing is in dispute", left, "disputed", "points")
        )
    elif type(left.get("choice")) is int:
        said.append(f"number {left.pop('choice')}")
    said += [
        f"{_format_value(key).replace('_', ' ')}: {_format_value(value)}"
        for key, value in left.items()
        if _format_value(value)
    ]
    return "; ".join(said)


def describe_raw_decision(text: str) -> str:
    """Return what a captain sent as a decision in words, where it is one JSON object; as it is, where not."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    said = describe_decision(value) if isinstance(value, dict) else ""
    return said[:1].upper() + said[1:] if said else text


def _describe_flag(said: str, left: dict[str, Any], key: str, more: str) -> str:
    """Return `said` and what belongs to it; both are then told."""
    del left[key]
    details = _format_value(left.pop(more, ""))
    return f"{said}: {details}" if details else said


def _format_value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_format_value, value))
    if isinstance(value, dict):
        return describe_decision(value)
    return "" if value is None else single_line(str(value), _MAX_VALUE_CHARS)
