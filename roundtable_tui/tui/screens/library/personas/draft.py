"""A persona while it is edited: its JSON text, the values in it, and the problems."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from roundtable_tui.resources import Persona, Problem, check_persona, render_persona
from roundtable_tui.resources.editing import PERSONA_SCHEMA_FILE
from roundtable_tui.tui.screens.library.text_pane import find_problem, get_top_field
from roundtable_tui.utils import text as texts
from roundtable_tui.utils.nesting import load_json


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form."""

    name: str
    placeholder: str = ""
    kind: Literal["line", "number", "slider", "text"] = "line"
    is_required: bool = False
    """Whether an empty value is kept in the JSON."""


FIELDS = {
    field.name: field
    for field in (
        FormField("name", "short name", is_required=True),
        FormField("full_name", "name in introductions"),
        FormField("role", "critic, poet, ..."),
        FormField("creativity", kind="slider"),
        FormField("model", "default: the run's model"),
        FormField("server", "default: the run's server"),
        FormField("temperature", "default: from creativity", "number"),
        FormField("max_tokens", "default: the server's limit", "number"),
        FormField("prompt", "The system prompt: You are ...", "text", is_required=True),
    )
}
"""The fields of the form by name, in order."""
_ORDER = ["$schema", *(name for name in Persona.model_fields if name != "schema_ref")]


@dataclass(frozen=True, slots=True)
class PersonaDraft:
    """A text with what follows from it. `data` is None if the text is not a JSON object."""

    text: str
    data: dict[str, Any] | None
    persona: Persona | None
    problems: tuple[Problem, ...]

    @classmethod
    def parse(cls, text: str) -> PersonaDraft:
        """Parse and check a text. Never raises."""
        persona, problems = check_persona(text)
        try:
            data = load_json(text, parse_constant=_reject_constant)
        except (ValueError, RecursionError):
            data = None
        return cls(text, data if isinstance(data, dict) else None, persona, tuple(problems))

    def field_problem(self, field: str) -> str:
        """Return the problem of a field of the form, or ""."""
        return find_problem(self.problems, field)

    @property
    def other_problem(self) -> str:
        """The first problem that belongs to none of the fields of the form, or ""."""
        for problem in self.problems:
            if (field := get_top_field(problem)) not in FIELDS:
                place = f"line {problem.line}: " if problem.line else ""
                return place + find_problem([problem], field)
        return ""

    @property
    def creativity(self) -> float | None:
        """The creativity, None unless it is a number from 0 to 1."""
        value = (self.data or {}).get("creativity", 0.7)
        fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
        return float(value) if fits else None

    def format_field(self, field: str) -> str:
        """Return a value as the form shows it, sanitized."""
        value = (self.data or {}).get(field)
        shown = value if isinstance(value, str) else "" if value is None else texts.to_safe_json(value)
        if FIELDS[field].kind == "text":
            return texts.sanitize_input(shown)
        return " ".join(texts.sanitize(shown).split("\n"))

    def with_field(self, field: str, value: str | float) -> str:
        """Return the text with another value of a field; "" removes an optional field."""
        data = dict(self.data or {})
        new = _number(value) if isinstance(value, str) and FIELDS[field].kind == "number" else value
        if new == "" and not FIELDS[field].is_required:
            data.pop(field, None)
        elif field in data:
            data[field] = new
        else:
            later = _ORDER[_ORDER.index(field) + 1 :]
            at = next((n for n, name in enumerate(data) if name in later), len(data))
            pairs = list(data.items())
            data = dict([*pairs[:at], (field, new), *pairs[at:]])
        return _to_json(data)


def initial_text(persona: Persona | None) -> str:
    """Return the JSON to begin with; None is a new persona."""
    if persona is None:
        return _to_json({"name": "", "creativity": 0.7, "prompt": ""})
    data = json.loads(render_persona(persona))
    if data["$schema"] == PERSONA_SCHEMA_FILE:
        del data["$schema"]  # saving writes it and the schema file
    return _to_json(data)


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
