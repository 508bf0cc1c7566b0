"""Problems of a file, one line each: the place, what is expected, what was found, the nearest name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from roundtable_tui.config.suggestions import closest_match, did_you_mean, format_value
from roundtable_tui.errors import FileError
from roundtable_tui.resources.json_positions import Loc, find_positions
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import NestingError, check_json_depth
from roundtable_tui.utils.text import single_line

_WORDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
MAX_PROBLEMS = 20
"""Problems of one file that are reported."""
MAX_VALUES = 20_000
"""Values of one file, those in lists and objects included."""
PARAMS_ERROR = "generation_params"
"""Type of an error about generation parameters; its message is whole."""
_UNKNOWN_FIELD, _MORE_PROBLEMS = 2, 3
_MAX_NAMED_FIELDS = 5
_MAX_FAULTS = 500
"""Errors of the validation that are looked at; some of them are consequences of others."""
PATTERN_DESCRIPTIONS = {
    r"^(#[0-9a-fA-F]{6})?$": 'a colour such as "#c678dd"',
    r"^[a-z][a-z0-9_-]*$|^$": "a word of a-z, 0-9, - and _",
    r"^[a-z][a-z0-9_-]*$": "a word of a-z, 0-9, - and _",
}
"""What the patterns of our models mean."""


def describe_expected(schema: Mapping[str, Any], loc: Loc, error: Mapping[str, Any] | None = None) -> str:
    """Return what the value at `loc` should be: "a number from 0 to 1", "text of 1 to 40 characters".

    A validator that raised ValueError has its own text in `fault`.
    """
    if error is not None and error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return _describe_node(node_at(schema, loc))


def node_at(schema: Mapping[str, Any], loc: Loc) -> Mapping[str, Any]:
    """Return the schema of the value at `loc`; {} if there is none."""
    node = _resolve_refs(schema, schema)
    for part in loc:
        inner = "items" if isinstance(part, int) else "properties"
        node = next((choice for choice in [node, *node.get("anyOf", ())] if inner in choice), {})
        node = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part, {})
        node = _resolve_refs(schema, node)
    return node


def fields_at(schema: Mapping[str, Any], loc: Loc) -> Mapping[str, Any]:
    """Return the fields of the object at `loc` with their schemas."""
    node = node_at(schema, loc)
    for choice in [node, *node.get("anyOf", ())]:
        if "properties" in choice:
            return dict(choice["properties"])
    return {}


def _resolve_refs(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the node with references resolved and alternatives flattened."""
    if "$ref" in node:
        return _resolve_refs(schema, schema["$defs"][str(node["$ref"]).rpartition("/")[2]])
    if "anyOf" not in node:
        return node
    choices = (_resolve_refs(schema, choice) for choice in node["anyOf"])
    return {**node, "anyOf": [one for choice in choices for one in choice.get("anyOf", [choice])]}


def _describe_node(node: Mapping[str, Any]) -> str:
    if choices := node.get("anyOf"):
        return " or ".join(_describe_node(choice) for choice in choices)
    if choices := node.get("enum"):
        return " or ".join(map(str, choices))
    if (pattern := node.get("pattern")) is not None:
        return PATTERN_DESCRIPTIONS.get(pattern, "text of another form")
    kind = node.get("type", "")
    words = _WORDS.get(kind, "something else")
    if kind == "string":
        return words + _describe_length(node.get("minLength"), node.get("maxLength"), "characters")
    if kind == "array":
        items = f" of {_WORDS.get(node.get('items', {}).get('type', ''), 'name')}s"
        return (
            words
            + items.replace("texts", "names")
            + _describe_length(node.get("minItems"), node.get("maxItems"), "of them")
        )
    return words + _describe_bounds(node.get("minimum"), node.get("maximum"))


def _describe_length(low: int | None, high: int | None, unit: str) -> str:
    if low and high:
        return f" of {low:,} to {high:,} {unit}" if unit == "characters" else f", {low} to {high} {unit}"
    if low:
        return f" of at least {low} {unit}" if unit == "characters" else f", at least {low} {unit}"
    return f" of at most {high:,} {unit}" if high else ""


def _describe_bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:,.10g} to {high:,.10g}"
    return f" of at least {low:g}" if low is not None else ""


M = TypeVar("M", bound=BaseModel)
LineFinder = Callable[[Sequence[Loc]], Sequence[int | None]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a file. `line` and `column` count from 1; `field` is dotted, "" for the whole file."""

    what: str
    line: int | None = None
    column: int | None = None
    field: str = ""
    hint: str = ""
    weight: int = 0
    """0: the file cannot do without it; 1: a wrong value; 2: a field that is not known; 3: there are more."""

    def __str__(self) -> str:
        return str(self.to_error(None))

    def to_error(self, path: Path | None) -> FileError:
        """Return the problem as an error that names the file."""
        return FileError(self.what, where=files.format_location(path, self.line), hint=self.hint)


def check_json(model: type[M], text: str) -> tuple[M | None, list[Problem]]:
    """Return the `model` in the JSON `text`, or None, and its problems in order of lines."""
    data, problem, has_duplicates = _parse_json(text)
    if problem is not None:
        return None, [problem]
    if not isinstance(data, dict):
        what = f"should be an object in braces, {{ ... }}, not {_describe_value(data)}"
        return None, [Problem(what, line=1)]
    found, faults = _find_faults(model, data)
    if not faults and not has_duplicates:
        return found, []
    where = find_positions(text, [loc for loc, _ in faults])
    twice = [
        Problem(f"{_format_loc(loc)} is given twice", line, field=_format_loc(loc), weight=1)
        for loc, line in where.duplicates
    ]
    problems = twice + [replace(problem, line=where.line_of(loc)) for loc, problem in faults]
    return None, _first_problems(sorted(problems, key=lambda problem: problem.line or 0))


def check_data(
    model: type[M], data: dict[str, Any], find_lines: LineFinder
) -> tuple[M | None, list[Problem]]:
    """Return the `model` of `data`, or None, and the problems; `find_lines` gives the lines of fields.

    The first `MAX_PROBLEMS` are returned, and a line that says so if there are more.
    """
    found, faults = _find_faults(model, data)
    lines = find_lines([loc for loc, _ in faults]) if faults else []
    placed = zip(faults, lines, strict=True)
    return found, _first_problems([replace(problem, line=line) for (_, problem), line in placed])


def summarize_problems(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems of one file with those that matter first, unknown fields in one line."""
    unknown = [problem for problem in problems if problem.weight == _UNKNOWN_FIELD]
    rest = sorted((one for one in problems if one.weight < _UNKNOWN_FIELD), key=lambda one: one.weight)
    if len(unknown) > 1:
        named = [problem.field for problem in unknown]
        more = f" and {len(named) - _MAX_NAMED_FIELDS} more" if len(named) > _MAX_NAMED_FIELDS else ""
        what = f"there are no fields {', '.join(named[:_MAX_NAMED_FIELDS])}{more}"
        unknown = [replace(unknown[0], what=what)]
    return [*rest, *unknown, *(problem for problem in problems if problem.weight == _MORE_PROBLEMS)]


def _first_problems(problems: list[Problem]) -> list[Problem]:
    """Return the problems that matter most, in their order, and a line that says so if there are more."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    first = sorted(sorted(range(len(problems)), key=lambda at: problems[at].weight)[:MAX_PROBLEMS])
    what = f"has more problems; the first {MAX_PROBLEMS} are shown"
    more = Problem(what, problems[MAX_PROBLEMS].line, weight=_MORE_PROBLEMS)
    return [*(problems[at] for at in first), more]


def _find_faults(model: type[M], data: dict[str, Any]) -> tuple[M | None, list[tuple[Loc, Problem]]]:
    """Return the `model` of `data`, or None, and the problems with their places, without their lines.

    One problem more than `MAX_PROBLEMS` at most: descriptions and nearest names take time.
    """
    if _count_values(data, MAX_VALUES) > MAX_VALUES:
        return None, [((), Problem(f"holds more than {MAX_VALUES:,} values"))]
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        faults = error.errors(include_url=False)[:_MAX_FAULTS]
    schema = model.model_json_schema()
    missing: list[Loc] = [tuple(fault["loc"]) for fault in faults if fault["type"] == "missing"]
    problems: list[tuple[Loc, Problem]] = []
    meant = set()
    for fault in faults:
        if len(problems) > MAX_PROBLEMS:
            break
        loc: Loc = _existing_part(data, tuple(fault["loc"]))
        name = _format_loc(loc)
        if fault["type"] == "missing" or _is_consequence(fault, faults):
            continue
        if fault["type"] == "extra_forbidden":
            # A misspelt field is one fault, not two: the field that is missing is the one that was meant.
            known = list(fields_at(schema, loc[:-1]))
            lacking = [str(other[-1]) for other in missing if other[:-1] == loc[:-1]]
            guess = closest_match(str(loc[-1]), lacking) or closest_match(str(loc[-1]), known)
            if guess is not None:
                meant.add((*loc[:-1], guess))
            hint = f"Did you mean {guess}?" if guess else did_you_mean("", known, "The fields are")
            weight = 0 if guess in lacking else 1 if guess else _UNKNOWN_FIELD
            problems.append((loc, Problem(f"there is no field {name}", field=name, hint=hint, weight=weight)))
        else:
            found, weight = _describe_value(fault["input"]), 1 - _is_required(schema, loc)
            what = f"{name} should be {describe_expected(schema, loc, fault)}, not {found}"
            if fault["type"] == PARAMS_ERROR:
                what = f"{name}: {fault['msg']}"
                wrong = fault["ctx"]["name"]
                loc = (*loc, wrong) if wrong else loc
            problems.append((loc, Problem(what, field=name, weight=weight)))
    for loc in missing:
        if loc not in meant:
            hint = fields_at(schema, loc[:-1]).get(str(loc[-1]), {}).get("description", "")
            name = _format_loc(loc)
            problems.append((loc[:-1], Problem(f"{name} is missing", field=name, hint=hint)))
    return None, problems


def _is_required(schema: Mapping[str, Any], loc: Loc) -> bool:
    return bool(loc) and loc[-1] in node_at(schema, loc[:-1]).get("required", ())


def _count_values(value: Any, limit: int) -> int:
    """Return the number of values in a value, itself included; counting ends above `limit`."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    count = 1 + len(inner)
    for one in inner:
        if count > limit:
            break
        if isinstance(one, dict | list):
            count += _count_values(one, limit - count)
    return count


def _is_consequence(fault: Any, faults: Sequence[Any]) -> bool:
    """Return whether a list counts as too short only because one of its entries is invalid."""
    loc = fault["loc"]
    return fault["type"] == "too_short" and any(
        other["loc"][: len(loc)] == loc and len(other["loc"]) > len(loc) for other in faults
    )


def _existing_part(data: Any, loc: Loc) -> Loc:
    """Return the part of `loc` that exists in the file: the short form of an object has no fields."""
    for at, part in enumerate(loc):
        if not isinstance(data, dict | list) or isinstance(data, dict) != isinstance(part, str):
            return loc[:at]
        if isinstance(data, dict):
            data = data.get(part)
        else:
            data = data[part] if isinstance(part, int) and part < len(data) else None
    return loc


def _parse_json(text: str) -> tuple[Any, Problem | None, bool]:
    """Return the value, what is wrong with the text, and whether an object has a field more than once."""
    has_duplicates = False

    def build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal has_duplicates
        found = dict(pairs)
        has_duplicates = has_duplicates or len(found) < len(pairs)
        return found

    value, problem = _load_json(text, build_object)
    return value, problem, has_duplicates


def _load_json(
    text: str, build_object: Callable[[list[tuple[str, Any]]], dict[str, Any]]
) -> tuple[Any, Problem | None]:
    if not text.strip():
        return None, Problem("is empty", line=1)
    try:
        check_json_depth(text)
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=build_object), None
    except NestingError as error:
        return None, Problem(f"is {error}")
    except json.JSONDecodeError as error:
        hint = _json_hint(text, error)
        what = f"is not JSON: {_lower(error.msg)} (column {error.colno})"
        return None, Problem(what, error.lineno, error.colno, hint=hint)
    except _InvalidConstantError as error:
        line = next((n for n, row in enumerate(text.split("\n"), 1) if str(error) in row), None)
        return None, Problem(f"is not JSON: {error} is not a valid number", line)
    except (ValueError, RecursionError):
        return None, Problem("is not JSON: a number too long, or nested too deeply")


class _InvalidConstantError(ValueError):
    """NaN or Infinity, which `json.loads` accepts."""


def _no_constant(name: str) -> None:
    raise _InvalidConstantError(name)


def _json_hint(text: str, error: json.JSONDecodeError) -> str:
    """Return a hint for the most frequent mistakes."""
    at, before = text[error.pos : error.pos + 1], text[: error.pos].rstrip()
    if error.msg.startswith("Invalid control character"):
        return r"A line break inside a text is written \n, a tab \t."
    if error.msg.startswith("Invalid \\escape"):
        return r"A backslash is written \\."
    if error.msg.startswith("Extra data"):
        return "One file holds one object."
    if at == "'" or at in {"“", "”", "„"}:
        return 'Names and texts stand in straight double quotes, "like this".'
    if at in {"#", "/"}:
        return "JSON has no comments."
    if error.msg.startswith("Illegal trailing comma") or (at in {"}", "]"} and at and before.endswith(",")):
        return "Remove the comma after the last entry."
    if error.msg.startswith("Expecting ',' delimiter") and at and before.endswith('"'):
        return 'A comma is missing before it, or a quotation mark inside a text is not written \\".'
    if not at or error.msg.startswith("Unterminated"):
        return "The text ends too early: a quotation mark or a brace is not closed."
    return ""


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:].removesuffix(" at").removesuffix(": ")


def _format_loc(loc: Loc) -> str:
    """Return `members[2]` for ("members", 1): users count from 1."""
    name = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{single_line(part, 40)}" for part in loc)
    return name.removeprefix(".")


def _describe_value(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list" if value else "an empty list"
    if isinstance(value, str) and not value.strip():
        return "empty"
    return format_value(value)
