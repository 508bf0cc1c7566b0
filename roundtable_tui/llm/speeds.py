"""How fast a model has been, and in which shapes it has answered: figures of calls that came to their end."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from roundtable_tui.llm.types import Finished, Shape

_FEWEST = 8
"""Tokens from which a rate says anything."""
_SHORTEST_S = 0.05
_WEIGHT = 0.3
"""What the last call counts for against all before it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one model on one server; None where nothing was."""

    ttft_s: float | None = None
    """Seconds to the first token."""
    rate: float | None = None
    """Tokens a second from there on."""
    tools: bool | None = None
    """It has called a tool when told to."""
    json: bool | None = None
    """It has kept to a JSON schema."""


def after(before: Seen, end: Finished, shape: Shape | None) -> Seen:
    """Return what is seen after one more call; the last calls count for most."""
    now = before
    if end.ttft_s is not None and end.attempts == 1:
        now = replace(now, ttft_s=_mixed(before.ttft_s, end.ttft_s))
        tokens, seconds = end.usage.completion_tokens, end.elapsed_s - end.ttft_s
        if tokens >= _FEWEST and seconds >= _SHORTEST_S:
            now = replace(now, rate=_mixed(before.rate, (tokens - 1) / seconds))
    if shape is not None and shape.how == "tool" and end.tool_arguments:
        now = replace(now, tools=True)
    if shape is not None and shape.how == "json_schema" and _is_object(end.text):
        now = replace(now, json=True)
    return now


def read(stored: Any) -> Seen:
    """Return what a file says, as far as it makes sense."""
    if not isinstance(stored, dict):
        return Seen()
    figures = {
        name: float(value)
        for name in ("ttft_s", "rate")
        if isinstance(value := stored.get(name), float) and 0 <= value < 1e6
    }
    shapes = {name: True for name in ("tools", "json") if stored.get(name) is True}
    return Seen(**figures, **shapes)  # type: ignore[arg-type]


def _mixed(before: float | None, now: float) -> float:
    return now if before is None else before + _WEIGHT * (now - before)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
