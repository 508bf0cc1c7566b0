"""Generate instances of JSON schemas, for decisions and tool calls of the demo."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

Schema = Mapping[str, Any]
_MAX_CHARACTERS = 100_000
"""Of a schema as JSON, and of an instance."""
_MAX_DEPTH = 64
_PREFERRED_DEPTH = 8
"""At a greater depth, only what is required is generated."""
_PYTHON_TYPES = {"boolean": bool, "integer": int, "string": str}


class SchemaError(ValueError):
    """A schema is malformed, or all its instances are too large."""


def generate_instance(
    schema: Schema, random: Random, known: Mapping[str, Any], write: Callable[[], str]
) -> str:
    """Return an instance of a schema as JSON.

    Args:
        schema: the schema.
        random: chooses what the schema leaves open.
        known: values of properties by name, used where they have the type.
        write: returns a sentence, for other texts.

    Raises:
        SchemaError: the schema is malformed, or too large or too deep, or its instances are.
    """
    if len(json.dumps(schema)) > _MAX_CHARACTERS:
        raise SchemaError(f"the schema is over {_MAX_CHARACTERS:,} characters")
    try:
        value = _Generator(schema, random, known, write).generate(schema, "", 0)
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except SchemaError:
        raise
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError) as error:
        raise SchemaError(f"the schema is malformed: {error}") from error


class _Generator:
    """Generates one instance; its work is limited by a number of characters."""

    def __init__(
        self, root: Schema, random: Random, known: Mapping[str, Any], write: Callable[[], str]
    ) -> None:
        self._root, self._random, self._known, self._write = root, random, known, write
        self._left = _MAX_CHARACTERS

    def generate(self, schema: Any, name: str, depth: int) -> Any:
        """Return an instance of a part of the schema; `name` is that of the property."""
        self._spend(len(name) + 6)
        schema = self._resolve(schema, depth)
        if "const" in schema or "enum" in schema:
            value = schema["const"] if "const" in schema else self._random.choice(schema["enum"])
            self._spend(len(json.dumps(value)))
            return value
        kind = _get_kind(schema)
        known: Any = self._known.get(name.lower())
        if type(known) is not _PYTHON_TYPES.get(kind):
            known = None
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "boolean":
                return self._random.random() < 0.5 if known is None else known
            case "integer":
                low, high = _get_bounds(schema, 1)
                if known is not None and low <= known <= high:
                    return known
                return self._random.randint(low, high)
            case "number":
                low, high = _get_bounds(schema, 0.01)
                return max(low, min(high, round(self._random.uniform(low, high), 2)))
            case "null":
                return None
        return self._string(schema, self._write() if known is None else known)

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise SchemaError(f"an instance of the schema is over {_MAX_CHARACTERS:,} characters")

    def _is_scarce(self, depth: int) -> bool:
        return depth > _PREFERRED_DEPTH or self._left < _MAX_CHARACTERS // 2

    def _resolve(self, schema: Any, depth: int) -> Schema:
        """Follow `$ref`, take one branch of `anyOf` or `oneOf`, and merge all of `allOf`."""
        if depth > _MAX_DEPTH:
            raise SchemaError(f"an instance of the schema is nested more than {_MAX_DEPTH} levels deep")
        if not isinstance(schema, Mapping):
            return {}
        if "$ref" in schema:
            target: Any = self._root
            for part in filter(None, schema["$ref"].lstrip("#").split("/")):
                target = target[part]
            return self._resolve(target, depth + 1)
        if branches := schema.get("anyOf") or schema.get("oneOf"):
            return self._resolve(self._choose_branch(branches, depth), depth + 1)
        merged = dict(schema)
        for part in merged.pop("allOf", ()):
            part = self._resolve(part, depth + 1)
            both = {
                "properties": {**merged.get("properties", {}), **part.get("properties", {})},
                "required": [*merged.get("required", ()), *part.get("required", ())],
            }
            merged = {**merged, **part, **both}
        return merged

    def _choose_branch(self, branches: Sequence[Any], depth: int) -> Any:
        if self._is_scarce(depth):
            return min(branches, key=lambda branch: ("$ref" in str(branch), len(str(branch))))
        return self._random.choice([one for one in branches if _get_kind(one) != "null"] or branches)

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        required = schema.get("required", ())
        return {
            key: self.generate(value, key, depth + 1)
            for key, value in schema.get("properties", {}).items()
            if key in required or not self._is_scarce(depth)
        }

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        least = int(schema.get("minItems", 0))
        most = least if self._is_scarce(depth) else max(3, least)
        most = int(min(most, schema.get("maxItems", most)))
        size = self._random.randint(min(max(least, 1), most), most)
        item = self._resolve(schema.get("items", {}), depth)
        values = item.get("enum", ())
        if not values and schema.get("uniqueItems") and _get_kind(item) == "integer":
            low, high = _get_bounds(item, 1)
            values = range(low, high + 1)
        if size <= len(values):  # A ranking names each once.
            return self._random.sample(values, size)
        return [self.generate(item, name, depth + 1) for _ in range(size)]

    def _string(self, schema: Schema, text: str) -> str:
        least, most = int(schema.get("minLength", 0)), schema.get("maxLength", len(text))
        self._spend(max(least, len(text)))
        if len(text) > most:
            text = textwrap.shorten(text, most, placeholder=".") if most else ""
        return text.ljust(least, ".")


def _get_kind(schema: Any) -> str:
    """Return the type of a schema."""
    if not isinstance(schema, Mapping):
        return "string"
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    return str(kind or ("object" if "properties" in schema else "array" if "items" in schema else "string"))


def _get_bounds(schema: Schema, step: float) -> tuple[Any, Any]:
    """Return the lowest and highest value, of the type of `step`, by which exclusive bounds are moved."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + step
    if high is None and "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - step
    if low is None:
        low = 1 if high is None else min(1, high - 9)
    if high is None:
        high = low + 9
    kind = type(step)
    return kind(low), kind(max(low, high))
