"""Generate instances of JSON schemas, for decisions and tool calls of the demo."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any

from roundtable_tui.llm.demo.wire import ApiError, Form

_MAX_CHARACTERS = 100_000
"""Of a schema as JSON, and of an instance."""
_MAX_DEPTH = 64
_PREFERRED_DEPTH = 8
"""At a greater depth, only what is required is generated."""


def generate_instance(form: Form, random: Random, known: Mapping[str, Any], write: Callable[[], str]) -> str:
    """Return an instance of a schema as JSON, with what the schema leaves open chosen by `random`.

    Values of properties that are `known` by name are used where they have the type; `write` returns other
    texts. Raises ApiError if the schema is malformed, or it or its instances are too large or too deep.
    """
    try:
        if len(json.dumps(form.schema)) > _MAX_CHARACTERS:
            raise ValueError(f"it is over {_MAX_CHARACTERS:,} characters")
        value = _Generator(form.schema, random, known, write).generate(form.schema)
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError) as error:
        subject = f"function {form.function[:80]!r}" if form.function else form.param
        code = "invalid_function_parameters" if form.function else ""
        raise ApiError(400, f"Invalid schema for {subject}: {error}", form.param, code) from error


@dataclass
class _Generator:
    """Generates one instance; its work is limited by a number of characters."""

    root: Mapping[str, Any]
    random: Random
    known: Mapping[str, Any]
    write: Callable[[], str]
    left: int = _MAX_CHARACTERS

    def generate(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """Return an instance of a part of the schema; `name` is that of the property."""
        self._spend(len(name) + 6)
        schema = self._resolve(schema, depth)
        known = self.known.get(name.lower())
        if "const" in schema or "enum" in schema:
            value = schema["const"] if "const" in schema else self.random.choice(schema["enum"])
            self._spend(len(json.dumps(value)))
            return value
        match _get_kind(schema):
            case "object":
                return {
                    key: self.generate(part, key, depth + 1)
                    for key, part in schema.get("properties", {}).items()
                    if key in schema.get("required", ()) or not self._is_scarce(depth)
                }
            case "array":
                return self._make_array(schema, name, depth)
            case "boolean":
                return known if isinstance(known, bool) else self.random.random() < 0.5
            case "integer":
                low, high = _get_bounds(schema, 1)
                is_valid = type(known) is int and low <= known <= high
                return known if is_valid else self.random.randint(low, high)
            case "number":
                low, high = _get_bounds(schema, 0.01)
                return max(low, min(high, round(self.random.uniform(low, high), 2)))
            case "null":
                return None
        text = known if isinstance(known, str) else self.write()
        least, most = int(schema.get("minLength", 0)), schema.get("maxLength", len(text))
        self._spend(max(least, len(text)))
        if len(text) > most:
            text = textwrap.shorten(text, most, placeholder=".") if most else ""
        return text.ljust(least, ".")

    def _spend(self, characters: int) -> None:
        self.left -= characters
        if self.left < 0:
            raise ValueError(f"an instance is over {_MAX_CHARACTERS:,} characters")

    def _is_scarce(self, depth: int) -> bool:
        return depth > _PREFERRED_DEPTH or self.left < _MAX_CHARACTERS // 2

    def _resolve(self, schema: Any, depth: int) -> Any:
        """Follow `$ref`, take one branch of `anyOf` or `oneOf`, and merge all of `allOf`."""
        if depth > _MAX_DEPTH:
            raise ValueError(f"an instance is nested more than {_MAX_DEPTH} levels deep")
        if not isinstance(schema, dict):
            return {}
        if "$ref" in schema:
            target: Any = self.root
            for part in filter(None, schema["$ref"].lstrip("#").split("/")):
                target = target[part]
            return self._resolve(target, depth + 1)
        if branches := schema.get("anyOf") or schema.get("oneOf"):
            if self._is_scarce(depth):
                branch = min(branches, key=lambda one: ("$ref" in str(one), len(str(one))))
            else:
                branch = self.random.choice([one for one in branches if _get_kind(one) != "null"] or branches)
            return self._resolve(branch, depth + 1)
        for branch in schema.get("allOf", ()):
            part = self._resolve(branch, depth + 1)
            properties = {**schema.get("properties", {}), **part.get("properties", {})}
            schema = schema | part | {"properties": properties}
        return schema

    def _make_array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        least = int(schema.get("minItems", 0))
        most = int(min(least if self._is_scarce(depth) else max(3, least), schema.get("maxItems", inf)))
        size = self.random.randint(min(max(least, 1), most), most)
        item = self._resolve(schema.get("items", {}), depth)
        values = item.get("enum", ())
        if not values and schema.get("uniqueItems") and _get_kind(item) == "integer":
            low, high = _get_bounds(item, 1)
            values = range(low, high + 1)
        if size <= len(values):  # A ranking names each once.
            return self.random.sample(values, size)
        return [self.generate(item, name, depth + 1) for _ in range(size)]


def _get_kind(schema: Any) -> str:
    """Return the type of a schema."""
    kind = schema.get("type") if isinstance(schema, Mapping) else "string"
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    return str(kind or ("object" if "properties" in schema else "array" if "items" in schema else "string"))


def _get_bounds(schema: Mapping[str, Any], step: float) -> tuple[Any, Any]:
    """Return the lowest and highest value, of the type of `step`, by which exclusive bounds are moved."""
    low = max(schema.get("minimum", -inf), schema.get("exclusiveMinimum", -inf) + step)
    high = min(schema.get("maximum", inf), schema.get("exclusiveMaximum", inf) - step)
    low = min(1, high - 9) if low == -inf else low
    high = low + 9 if high == inf else high
    return type(step)(low), type(step)(max(low, high))
