"""Generate instances of JSON schemas, for decisions and tool calls of the demo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from roundtable_tui.llm.demo.prompt_parser import CORPUS, ParsedPrompt
from roundtable_tui.llm.demo.text_generator import choose_answer, fill_template

Schema = Mapping[str, Any]
_PREFERRED_DEPTH = 8
"""At a greater depth, only what is required is generated."""
_MAX_DEPTH = 64
_MAX_CHARACTERS = 100_000
"""Of a schema as JSON, and of an instance."""
_MAX_EXTRA_ITEMS = 64
"""Items of an array beyond its `minItems`."""
_MAX_NUMBER = 1e20
_AGREEMENT = ("consensus", "agree", "agreed", "agreement", "done", "finished", "conclude")
_ANSWERS = ("answer", "final_answer", "verdict", "conclusion", "result")


class SchemaError(ValueError):
    """A schema is malformed, or all its instances are too large."""


def generate_instance(schema: Schema, asked: ParsedPrompt, random: Random, seed: int) -> str:
    """Return an instance of `schema` as JSON.

    Raises:
        SchemaError: the schema is malformed, or too large or too deep, or its instances are.
    """
    if len(json.dumps(schema)) > _MAX_CHARACTERS:
        raise SchemaError(f"the schema is over {_MAX_CHARACTERS:,} characters")
    try:
        return json.dumps(
            _Generator(schema, asked, random, seed).generate(), ensure_ascii=False, allow_nan=False
        )
    except SchemaError:
        raise
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError) as error:
        raise SchemaError(f"the schema is malformed: {error}") from error


class _Generator:
    """Generates one instance; its work is limited by a number of characters."""

    def __init__(self, schema: Schema, asked: ParsedPrompt, random: Random, seed: int) -> None:
        self._root = schema
        self._asked = asked
        self._random = random
        self._seed = seed
        self._left = _MAX_CHARACTERS

    def generate(self) -> Any:
        return self._value(self._root, "", 0)

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise SchemaError(f"an instance of the schema is over {_MAX_CHARACTERS:,} characters")

    def _is_scarce(self, depth: int) -> bool:
        return depth > _PREFERRED_DEPTH or self._left < _MAX_CHARACTERS // 4 * 3

    def _value(self, schema: Any, name: str, depth: int) -> Any:
        schema = self._resolve(schema, depth)
        if "const" in schema or schema.get("enum"):
            value = schema["const"] if "const" in schema else self._random.choice(schema["enum"])
            self._spend(len(json.dumps(value)))
            return value
        match _get_kind(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "boolean":
                chance = self._random.random()
                return self._asked.is_agreed(chance) if name.lower() in _AGREEMENT else chance < 0.5
            case "integer":
                low, high = _get_bounds(schema, 1)
                return self._random.randint(int(low), int(high))
            case "number":
                low, high = _get_bounds(schema, 0)
                return round(low + (high - low) * (0.5 + self._random.random() / 2), 2)
            case "null":
                return None
        return self._string(schema, name)

    def _resolve(self, schema: Any, depth: int) -> Schema:
        """Follow `$ref` and take one branch of `anyOf` or `oneOf`, and all of `allOf`."""
        if depth > _MAX_DEPTH:
            raise SchemaError(f"an instance of the schema is nested more than {_MAX_DEPTH} levels deep")
        for _ in range(16):
            self._spend(1)
            if not isinstance(schema, Mapping):
                return {}
            branches = schema.get("anyOf") or schema.get("oneOf")
            if isinstance(ref := schema.get("$ref"), str):
                schema = self._find(ref)
            elif isinstance(branches, Sequence) and branches:
                schema = self._choose_branch(branches, depth)
            elif isinstance(parts := schema.get("allOf"), Sequence) and parts:
                merged = {key: value for key, value in schema.items() if key != "allOf"}
                for part in parts:
                    merged = self._merge(merged, self._resolve(part, depth + 1))
                return merged
            else:
                return schema
        return {}

    def _find(self, ref: str) -> Any:
        node: Any = self._root
        for part in ref.lstrip("#/").split("/"):
            self._spend(1)
            node = node.get(part) if isinstance(node, Mapping) else None
        return node if ref.strip("#/") else self._root

    def _choose_branch(self, branches: Sequence[Any], depth: int) -> Any:
        self._spend(len(branches))
        if self._is_scarce(depth):
            return min(branches, key=_rank_complexity)
        return self._random.choice([b for b in branches if _get_kind(b) != "null"] or branches)

    def _merge(self, one: Schema, other: Schema) -> dict[str, Any]:
        out = {**one, **other}
        for key in ("properties", "required"):
            if key in one and key in other:
                a, b = one[key], other[key]
                out[key] = {**a, **b} if isinstance(a, Mapping) else [*a, *b]
                self._spend(len(out[key]))
        self._spend(len(out))
        return out

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = set(map(str, schema.get("required") or ()))
        made: dict[str, Any] = {}
        for key, value in properties.items():
            if key in required or not self._is_scarce(depth):
                self._spend(len(key) + 6)
                made[key] = self._value(value, key, depth + 1)
        if made.get("consensus") is True and "direction" in made:
            made["direction"] = made["direction"] if properties["direction"].get("minLength") else ""
        return made

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        item = self._resolve(schema.get("items") or {}, depth)
        least = int(_get_number(schema, "minItems") or 0)
        most = _get_number(schema, "maxItems")
        most = max(3, least) if most is None else min(int(most), max(0, least) + _MAX_EXTRA_ITEMS)
        if self._is_scarce(depth):
            most = least
        size = self._random.randint(min(max(least, 1), most), most) if most else 0
        values = _list_values(item)
        if values is not None and (schema.get("uniqueItems") or size <= len(values)):
            sample = self._random.sample(values, min(size, len(values)))
            self._spend(len(json.dumps(sample)))
            return sample
        return [self._value(item, name, depth + 1) for _ in range(size)]

    def _string(self, schema: Schema, name: str) -> str:
        lower = name.lower()
        if lower in _ANSWERS:
            text = choose_answer(self._asked, self._seed)
        elif lower == "direction":
            text = self._random.choice(CORPUS["directions"])
        elif lower in ("name", "title", "topic", "label"):
            text = self._asked.topics[0].capitalize()
        else:
            text = fill_template(
                self._random.choice(CORPUS["points"]), self._random.choice(self._asked.topics)
            )
        least, most = int(_get_number(schema, "minLength") or 0), _get_number(schema, "maxLength")
        if most is not None and len(text) > most:
            text = _truncate(text, int(most))
        self._spend(max(least, len(text)))
        return text.ljust(least, ".")


def _get_kind(schema: Any) -> str:
    if not isinstance(schema, Mapping):
        return "string"
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
    return str(kind)


def _rank_complexity(schema: Any) -> int:
    if isinstance(schema, Mapping) and not schema.keys().isdisjoint(("$ref", "anyOf", "oneOf", "allOf")):
        return 3
    return {"null": 0, "array": 2, "object": 3}.get(_get_kind(schema), 1)


def _get_number(schema: Schema, key: str) -> float | None:
    value = schema.get(key)
    if value is None or (isinstance(value, int | float) and abs(value) <= _MAX_NUMBER):
        return value
    raise SchemaError(f"{key} is not a number between -{_MAX_NUMBER:g} and {_MAX_NUMBER:g}")


def _get_bounds(schema: Schema, step: int) -> tuple[float, float]:
    """Return the lowest and highest value; an exclusive bound is moved by `step`, or 0.01 if that is 0."""
    low, high = _get_number(schema, "minimum"), _get_number(schema, "maximum")
    if low is None and (over := _get_number(schema, "exclusiveMinimum")) is not None:
        low = over + (step or 0.01)
    if high is None and (under := _get_number(schema, "exclusiveMaximum")) is not None:
        high = under - (step or 0.01)
    if low is None:
        low = (high - 9 if high < 1 else min(1, high)) if high is not None else (1 if step else 0)
    if high is None:
        high = low + 9 if step else low + 1
    return (low, high) if low <= high else (low, low)


def _list_values(schema: Schema) -> Sequence[Any] | None:
    """Return all values of a schema that has few, so that a ranking names each once; None if it has many."""
    if schema.get("enum"):
        values: Sequence[Any] = schema["enum"]
        return values
    low, high = _get_number(schema, "minimum"), _get_number(schema, "maximum")
    if _get_kind(schema) == "integer" and low is not None and high is not None and high - low < 64:
        return range(int(low), int(high) + 1)
    return None


def _truncate(text: str, length: int) -> str:
    """Cut at a word, with a full stop where there is room for one."""
    if length < 2:
        return text[: max(0, length)]
    head = text[: length - 1]
    head = head[: head.rfind(" ")] if " " in head[length // 2 :] else head
    return head.rstrip(" ,;:") + "."
