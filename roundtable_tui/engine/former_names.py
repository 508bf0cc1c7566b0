"""Names of the first release that modes outside this package may still use, and their present names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

TABLE = {
    "asked": "full_prompt",
    "reading": "extra_context",
    "brought": "previous_stage_output",
    "fact": "record_external",
    "phase": "start_phase",
    "group": "group_answers",
    "grouped": "emit_groups",
    "forgive": "discard_failures",
    "most_tokens": "max_tokens_for",
    "spread": "work_queue",
    "verdict": "emit_verdict",
}
QUOTER = {
    "rule": "quoting_rule",
    "strip": "strip_token",
    "first_part": "before_first_boundary",
    "own": "strip_boundaries",
    "handed_on": "sanitize_output",
    "answer_in": "extract_answer",
}
MASKS = {"retold": "relabel"}


def get_former_attribute(instance: object, names: Mapping[str, str], name: str) -> Any:
    """Return the attribute that `name` stands for; for use in `__getattr__`.

    Raises:
        AttributeError: `name` is not a former name.
    """
    if name not in names:
        raise AttributeError(f"{type(instance).__name__!r} object has no attribute {name!r}")
    return getattr(instance, names[name])


def accept_former_keyword(former: str, current: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function accept keyword argument `current` under its `former` name too."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if former in kwargs:
                kwargs[current] = kwargs.pop(former)
            return function(*args, **kwargs)

        return call

    return decorate
