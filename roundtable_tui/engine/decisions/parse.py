"""Reads decisions in replies of models: the only place that does.

Forms of a value that mean the same are read: keys in capitals, optional fields that are missing or null,
numbers and booleans as text, rankings in prose. A value is never guessed, because a wrong decision ends a
debate: a reply that copies placeholders of the prompt, or contradicts itself, is not a decision.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from roundtable_tui.engine.decisions.find_json import find_json_objects
from roundtable_tui.engine.decisions.ranking import (
    RankedLetters,
    is_written_as_text,
    read_ranking_in_prose,
)
from roundtable_tui.engine.turn import Turn
from roundtable_tui.utils.json_schema import make_strict
from roundtable_tui.utils.text import truncate

__all__ = [
    "build_strict_schema",
    "describe_form",
    "find_json_objects",
    "is_numbered_choice",
    "parse_decision",
    "parse_word",
]

D = TypeVar("D", bound=BaseModel)
_WRAPPERS = ("arguments", "parameters", "input", "function", "tool_call")
"""Keys under which models put the arguments of a tool call that they write as text."""
_BOOLS = {"true": True, "yes": True, "false": False, "no": False}
_PLACEHOLDER = re.compile(r"(?:\.\s*){2,}|…+|<[^<>]+>|\[[^\[\]]+\]|\{[^{}]+\}|string|str|text", re.IGNORECASE)
"""Texts that stand for a text: copied from a prompt or a schema, they decide nothing."""
_FILLER_WORDS = frozenset(
    "i we they all the my answer answers verdict is number candidate choice".split()  # noqa: SIM905
)
"""Words that may stand beside the deciding word without changing it."""
_NUMBER = re.compile(
    r"\A[^\w-]*(?:(?:the|my|answer|candidate|choice|is|number|option|no)[^\w-]+)*(-?\d+)\W*", re.IGNORECASE
)
_LIST_SEPARATOR = re.compile(r"[\s,;]+")


class _NotADecisionError(ValueError):
    """The object has the fields of a decision, but is none."""


def parse_decision(turn: Turn, form: type[D]) -> D | None:
    """Return the decision in a reply; None if the reply is truncated, invalid or contradicts itself.

    Of several decisions that differ only in their free text, the last counts.
    """
    if turn.is_truncated:
        return None
    found = [value for text in (turn.tool_arguments, turn.text) for value in _candidates(text, form)]
    if not found and "{" not in turn.text:
        return _parse_prose(turn.text, form)
    return found[-1] if len({_without_free_text(value) for value in found}) == 1 else None


def parse_word(turn: Turn, words: Mapping[str, D]) -> D | None:
    """Return the decision of a one-word reply.

    None for a negation ("not agree"), two known words, prose, or a truncated reply.
    """
    found = [word.lower() for word in re.findall(r"\w+", turn.text)]
    known = {word for word in found if word in words}
    others = [word for word in found if word not in words]
    if turn.is_truncated or len(known) != 1 or len(found) > 4 or not _FILLER_WORDS.issuperset(others):
        return None
    return words[known.pop()]


def is_numbered_choice(words: Mapping[str, Any]) -> bool:
    """Return True if the words are list numbers: then a number alone is accepted with every method."""
    return bool(words) and all(word.isdigit() for word in words)


@lru_cache(maxsize=8)  # A debate asks for the same form in each round.
def build_strict_schema(form: type[BaseModel]) -> Mapping[str, Any]:
    """Return the form's JSON Schema as strict servers require it: closed, all required, without titles."""
    schema: dict[str, Any] = make_strict(
        form.model_json_schema(), require_all=True, drop=("title", "default")
    )
    return schema


def describe_form(form: type[BaseModel]) -> str:
    """Describe the keys of a form, one on each line, in a way that cannot be copied as a decision."""
    return "\n".join(
        f"- {name}: {_describe_kind(field)}{f'; {field.description}' if field.description else ''}"
        for name, field in form.model_fields.items()
    )


def _describe_kind(field: FieldInfo) -> str:
    if ranked := _ranked_letters(field):
        letters = f"the letters {', '.join(ranked)} in your order"
        return f"{letters}, with > between them" if is_written_as_text(ranked) else f"a list of {letters}"
    if field.annotation is bool:
        return "true or false"
    if field.annotation in (int, float):
        return "a number"
    if field.annotation is str:
        return "text"
    return "a list of numbers" if get_args(field.annotation) == (int,) else "a value"


def _parse_prose(text: str, form: type[D]) -> D | None:
    """Return the decision of a reply without JSON, if the form asks for a ranking."""
    for name, field in form.model_fields.items():
        if letters := _ranked_letters(field):
            try:
                return form.model_validate({name: read_ranking_in_prose(text, letters)})
            except ValidationError:
                return None
    return None


def _candidates(text: str, form: type[D]) -> Iterator[D]:
    for data in find_json_objects(text):
        for layer in _unwrap(data):
            try:
                yield form.model_validate(_coerce(layer, form))
            except (ValidationError, _NotADecisionError):
                continue


def _unwrap(data: Mapping[str, Any], max_depth: int = 3) -> Iterator[Mapping[str, Any]]:
    """Yield an object and the objects inside it: under a wrapper key, or under its only key."""
    yield data
    names = dict.fromkeys([*_WRAPPERS, *data] if len(data) == 1 else _WRAPPERS)
    for name in names if max_depth else ():
        inside = data.get(name)
        for each in find_json_objects(inside) if isinstance(inside, str) and name in _WRAPPERS else [inside]:
            if isinstance(each, dict):
                yield from _unwrap(each, max_depth - 1)


def _coerce(data: Mapping[str, Any], form: type[BaseModel]) -> dict[str, Any]:
    """Return the values of the form's fields, those of a harmless other type converted.

    Raises:
        _NotADecisionError: a text is a placeholder, or a field is given twice with different values.
    """
    given = _match_keys(data, form)
    out: dict[str, Any] = {}
    for name, value in given.items():
        field = form.model_fields[name]
        if any(_is_placeholder(text, field) for text in (value if isinstance(value, list) else [value])):
            raise _NotADecisionError(name)
        value = _coerce_value(value, field)
        if value is not None or field.is_required():
            out[name] = value
    return out


def _match_keys(data: Mapping[str, Any], form: type[BaseModel]) -> dict[str, Any]:
    """Return the values by field name; capitals, spaces and a prefix `final` in keys do not matter."""
    given: dict[str, Any] = {}
    for key, value in data.items():
        name = re.sub(r"[\s-]+", "_", str(key).strip().lower())
        name = name if name in form.model_fields else name.removeprefix("final_")
        if name not in form.model_fields:
            continue
        if name in given and json.dumps(given[name]) != json.dumps(value):
            raise _NotADecisionError(name)
        given[name] = value
    return given


def _coerce_value(value: Any, field: FieldInfo) -> Any:
    """Return a value in the type of its field where that changes no meaning, else unchanged."""
    kind = field.annotation
    if kind is bool and isinstance(value, str):
        return _BOOLS.get(value.strip().lower().rstrip("."), value)
    if kind is str:
        return _coerce_text(value, field)
    if kind in (int, float):
        if isinstance(value, bool):
            return "true"  # A string fails validation; pydantic would accept a bool as a number.
        if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
            return int(match[1])
    if get_origin(kind) is list and get_args(kind) == (int,):
        if isinstance(value, str):
            value = _LIST_SEPARATOR.split(value.strip(" []"))
        if isinstance(value, list):
            return ["true" if isinstance(item, bool) else item for item in value]
    return value


def _coerce_text(value: Any, field: FieldInfo) -> Any:
    """Return a free text: a list of texts joined, a number as text, cut to its limit."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = "; ".join(item.strip() for item in value if item.strip())
    elif isinstance(value, int | float):
        value = str(value)
    elif value is None or (isinstance(value, list | dict) and not field.is_required()):
        return None
    return truncate(value, _max_length(field, len(value))) if isinstance(value, str) else value


def _is_placeholder(value: Any, field: FieldInfo) -> bool:
    """Return True if a text was copied from the description of its field, or stands for a text."""
    if not isinstance(value, str):
        return False
    text = value.strip()
    return bool(_PLACEHOLDER.fullmatch(text)) or (
        bool(field.description) and text.strip(" .<>[]").casefold() == str(field.description).casefold()
    )


def _ranked_letters(field: FieldInfo) -> tuple[str, ...]:
    return next((item.letters for item in field.metadata if isinstance(item, RankedLetters)), ())


def _max_length(field: FieldInfo, default: int) -> int:
    return next((m.max_length for m in field.metadata if hasattr(m, "max_length")), default)


def _without_free_text(value: BaseModel) -> str:
    """Serialize a decision without its free text, for comparison."""
    free = {name for name, field in type(value).model_fields.items() if field.annotation is str}
    if len(free) == len(type(value).model_fields):
        free = set()
    return value.model_dump_json(exclude=free)
