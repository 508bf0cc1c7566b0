"""A persona or team while it is edited: its JSON text, the values in it, and the problems."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self

from roundtable_tui.resources import Problem
from roundtable_tui.resources.editing import PERSONA_SCHEMA_FILE, TEAM_SCHEMA_FILE, render_resource
from roundtable_tui.resources.persona import NamedFile
from roundtable_tui.resources.validation import check_json
from roundtable_tui.tui.screens.library.file_store import N
from roundtable_tui.tui.screens.library.text_pane import find_problem, get_top_field
from roundtable_tui.utils import text as texts
from roundtable_tui.utils.nesting import load_json


@dataclass(frozen=True, slots=True)
class ResourceDraft(Generic[N]):
    """A text with what follows from it. Each change returns another draft.

    `data` is None if the text is not a JSON object, `resource` is None if there are problems.
    """

    MODEL: ClassVar[type[NamedFile]]
    NEW: ClassVar[Mapping[str, Any]]
    """The values of a new one."""
    LONG_FIELDS: ClassVar[Collection[str]] = ()
    """Fields that have several lines."""

    text: str
    data: dict[str, Any] | None = field(compare=False)
    resource: N | None = field(compare=False)
    problems: tuple[Problem, ...] = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse and check a text. Never raises."""
        model: Any = cls.MODEL
        resource, problems = check_json(model, text)
        try:
            data = load_json(text, parse_constant=_reject_constant)
        except (ValueError, RecursionError):
            data = None
        return cls(text, data if isinstance(data, dict) else None, resource, tuple(problems))

    @classmethod
    def of(cls, resource: N | None) -> Self:
        """Return the draft of a resource; None is a new one."""
        data = dict(cls.NEW) if resource is None else json.loads(render_resource(resource))
        if data.get("$schema") in (PERSONA_SCHEMA_FILE, TEAM_SCHEMA_FILE):
            del data["$schema"]  # saving writes it and the schema file
        return cls.parse(_to_json(data))

    def other_problem(self, fields: Collection[str]) -> str:
        """Return the first problem that belongs to none of these fields, or ""."""
        for problem in self.problems:
            if (field := get_top_field(problem)) not in fields:
                place = f"line {problem.line}: " if problem.line else ""
                return place + find_problem([problem], field)
        return ""

    def format_field(self, field: str) -> str:
        """Return a value as a form shows it, sanitized."""
        value = (self.data or {}).get(field)
        shown = value if isinstance(value, str) else "" if value is None else texts.to_safe_json(value)
        if field in self.LONG_FIELDS:
            return texts.sanitize_input(shown)
        return " ".join(texts.sanitize(shown).split("\n"))

    def with_field(self, field: str, value: Any) -> Self:
        """Return the draft with another value of a field; "" removes an optional field."""
        data, known = dict(self.data or {}), self.MODEL.model_fields
        new = _number(value) if isinstance(value, str) and known[field].annotation in _NUMBERS else value
        if new == "" and not known[field].is_required():
            data.pop(field, None)
        elif field in data:
            data[field] = new
        else:
            order = [info.alias or name for name, info in known.items()]
            later = order[order.index(field) + 1 :]
            at = next((n for n, name in enumerate(data) if name in later), len(data))
            pairs = list(data.items())
            data = dict([*pairs[:at], (field, new), *pairs[at:]])
        return self.parse(_to_json(data))


_NUMBERS = (float | None, int | None)
"""Types of the fields that hold a number and are edited as text."""


def _to_json(data: dict[str, Any]) -> str:
    return texts.to_safe_json(data, indent=2) + "\n"


def _number(value: str) -> int | float | str:
    """Return the typed number; other text is returned as it is, so that the check reports it."""
    try:
        number = load_json(value, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        return value
    is_number = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
    return number if is_number else value


def _reject_constant(name: str) -> None:
    raise ValueError(name)
