"""A persona or team while it is edited: its JSON text, the values in it, and the problems."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self, TypeVar

from roundtable_tui.resources.editing import PERSONA_SCHEMA_FILE, TEAM_SCHEMA_FILE, render_resource
from roundtable_tui.resources.persona import NamedFile, Persona
from roundtable_tui.resources.team import Member, Team
from roundtable_tui.resources.validation import Problem, check_json
from roundtable_tui.utils import text as texts
from roundtable_tui.utils.nesting import load_json

N = TypeVar("N", bound=NamedFile)
CAPTAIN = "captain"
"""Id of the captain's seat. The ids of the other seats are their numbers, from 0."""


def find_problem(problems: Sequence[Problem], field: str) -> str:
    """Return the first problem of a field, or of a value in it, without its line; "" if there is none."""
    found = next((problem for problem in problems if _get_top_field(problem) == field), None)
    return str(Problem(found.what, hint=found.hint)) if found is not None else ""


def _get_top_field(problem: Problem) -> str:
    """Return the field of the resource that a problem is in: `members` for `members[2].model`."""
    return problem.field.split(".")[0].split("[")[0]


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
            if _get_top_field(problem) not in fields:
                place = f"line {problem.line}: " if problem.line else ""
                return place + str(Problem(problem.what, hint=problem.hint))
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


class PersonaDraft(ResourceDraft[Persona]):
    """A persona while it is edited."""

    MODEL = Persona
    NEW = {"name": "", "creativity": 0.7, "prompt": ""}
    LONG_FIELDS = ("prompt",)

    @property
    def creativity(self) -> float | None:
        """The creativity, None unless it is a number from 0 to 1."""
        value = (self.data or {}).get("creativity", 0.7)
        fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
        return float(value) if fits else None

    def get_shown(self, field: str) -> Any:
        """Return the value that the control of a field shows; None for none that it can show."""
        return self.creativity if field == "creativity" else self.format_field(field)


class TeamDraft(ResourceDraft[Team]):
    """A team while it is edited. `row` is the id of a seat."""

    MODEL = Team
    NEW = {"name": "", "members": []}

    @property
    def members(self) -> tuple[Member, ...]:
        """The seats in order."""
        return tuple(map(_read_member, (self.data or {}).get("members", ())))

    @property
    def captain(self) -> Member | None:
        """The captain, if there is one."""
        given = (self.data or {}).get(CAPTAIN)
        return _read_member(given) if given else None

    @property
    def rows(self) -> dict[str, Member]:
        """The members by the ids of their rows, the captain first."""
        captain = {CAPTAIN: self.captain} if self.captain else {}
        return captain | {str(at): member for at, member in enumerate(self.members)}

    def with_members(self, members: Iterable[Member]) -> Self:
        """Return the draft with other seats."""
        return self.with_field("members", [member.to_json for member in members])

    def with_member(self, row: str, member: Member | None) -> Self:
        """Return the draft with another member in a seat; None removes the seat."""
        if row == CAPTAIN:
            return self.with_field(CAPTAIN, member.to_json if member else "")
        at = int(row)
        new = () if member is None else (member,)
        return self.with_members((*self.members[:at], *new, *self.members[at + 1 :]))

    def with_persona(self, row: str, persona: str) -> Self:
        """Return the draft with another persona in a seat, or in a new one; model and server stay."""
        before = self.rows.get(row) or Member(persona=persona)
        return self.with_member(row, before.model_copy(update={"persona": persona}))

    def with_model(self, row: str, server: str, model: str) -> Self:
        """Return the draft with another model and server in a seat; "" is the default."""
        update = {"server": server, "model": model}
        return self.with_member(row, self.rows[row].model_copy(update=update))

    def move_seat(self, row: str, by: int) -> tuple[Self, str]:
        """Return the draft with a seat moved down by some places, and its new row."""
        if row == CAPTAIN:
            return self, row
        members = [*self.members]
        to = min(max(int(row) + by, 0), len(members) - 1)
        members.insert(to, members.pop(int(row)))
        return self.with_members(members), str(to)


def _read_member(given: Any) -> Member:
    """Return a member as it is in the JSON: what is wrong with it is a problem of the draft."""
    return Member.model_construct(**(given if isinstance(given, dict) else {"persona": given}))
