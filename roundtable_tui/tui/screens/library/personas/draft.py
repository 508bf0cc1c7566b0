"""A persona while it is being edited: the JSON text, what it says, and what is wrong with it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from roundtable_tui.resources import Persona, Problem, check_persona, render_persona
from roundtable_tui.resources.editing import PERSONA_SCHEMA_FILE
from roundtable_tui.tui.widgets.lists.entry import sanitize_input
from roundtable_tui.utils import text as door

FIELDS = ("name", "full_name", "role", "creativity", "model", "server", "temperature", "max_tokens", "prompt")
"""What the form shows, in its order."""

_NUMBERS = ("temperature", "max_tokens")
_REQUIRED = ("name", "prompt")
_ORDER = ["$schema", *(name for name in Persona.model_fields if name != "schema_ref")]


@dataclass(frozen=True, slots=True)
class PersonaDraft:
    """The text and all that follows from it. `data` is None where the text is no JSON object."""

    text: str
    data: dict[str, Any] | None
    persona: Persona | None
    problems: tuple[Problem, ...]

    @classmethod
    def read(cls, text: str) -> PersonaDraft:
        """Return what `text` says, checked."""
        persona, problems = check_persona(text)
        try:
            data = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            data = None
        return cls(text, data if isinstance(data, dict) else None, persona, tuple(problems))

    def fault(self, field: str) -> str:
        """Return what is wrong with a field of the form; "" if nothing is."""
        for problem in self.problems:
            if _top(problem) == field:
                return _told(problem)
        return ""

    @property
    def apart(self) -> str:
        """What is wrong with no field of the form; "" if nothing is."""
        for problem in self.problems:
            if _top(problem) not in FIELDS:
                place = f"line {problem.line}: " if problem.line else ""
                return place + _told(problem)
        return ""

    @property
    def creativity(self) -> float | None:
        """The creativity, where there is a number from 0 to 1."""
        value = (self.data or {}).get("creativity", 0.7)
        fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
        return float(value) if fits else None

    def shown(self, field: str) -> str:
        """Return a field as the form shows it."""
        value = (self.data or {}).get(field)
        shown = value if isinstance(value, str) else "" if value is None else door.to_safe_json(value)
        return sanitize_input(shown) if field == "prompt" else " ".join(door.sanitize(shown).split("\n"))

    def with_field(self, field: str, value: str | float) -> str:
        """Return the text with another value for a field, as the form gives it; "" takes it away."""
        data = dict(self.data or {})
        new = _number(value) if isinstance(value, str) and field in _NUMBERS else value
        if new == "" and field not in _REQUIRED:
            data.pop(field, None)
        elif field in data:
            data[field] = new
        else:
            later = _ORDER[_ORDER.index(field) + 1 :]
            at = next((n for n, name in enumerate(data) if name in later), len(data))
            pairs = list(data.items())
            data = dict([*pairs[:at], (field, new), *pairs[at:]])
        return _spelled(data)


def first_text(persona: Persona | None) -> str:
    """Return the JSON that editing begins with; for None what a new persona needs."""
    if persona is None:
        return _spelled({"name": "", "creativity": 0.7, "prompt": ""})
    data = json.loads(render_persona(persona))
    if data["$schema"] == PERSONA_SCHEMA_FILE:
        del data["$schema"]  # saving adds it, and the schema beside the file
    return _spelled(data)


def _spelled(data: dict[str, Any]) -> str:
    return door.to_safe_json(data, indent=2) + "\n"


def _number(value: str) -> int | float | str:
    """Return the number that was typed; what is none stays as it is, for the checker to name."""
    try:
        number = json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return value
    is_number = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
    return number if is_number else value


def _refuse(name: str) -> None:
    raise ValueError(name)


def _top(problem: Problem) -> str:
    return problem.field.split(".")[0].split("[")[0]


def _told(problem: Problem) -> str:
    return str(Problem(problem.what, hint=problem.hint))
