"""An instance that fits a JSON schema, for verdicts and tool calls of the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from roundtable_tui.llm.demo import corpus
from roundtable_tui.llm.demo.answers import answer
from roundtable_tui.llm.demo.asked import ParsedPrompt
from roundtable_tui.llm.demo.words import fill

Schema = Mapping[str, Any]
_DEEP = 8
_AGREEMENT = ("consensus", "agree", "agreed", "agreement", "done", "finished", "conclude")
_ANSWERS = ("answer", "final_answer", "verdict", "conclusion", "result")


class Instance:
    """Makes values for one schema and one conversation."""

    def __init__(self, schema: Schema, asked: ParsedPrompt, random: Random, seed: int) -> None:
        self._root = schema
        self._asked = asked
        self._random = random
        self._seed = seed

    def make(self) -> Any:
        """Return a value that fits the whole schema."""
        return self._value(self._root, "", 0)

    def _value(self, schema: Any, name: str, depth: int) -> Any:
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._random.choice(list(schema["enum"]))
        match _kind(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "boolean":
                return self._boolean(name)
            case "integer":
                low, high = _bounds(schema, 1)
                return self._random.randint(int(low), int(high))
            case "number":
                low, high = _bounds(schema, 0)
                return round(low + (high - low) * (0.5 + self._random.random() / 2), 2)
            case "null":
                return None
        return self._string(schema, name)

    def _resolved(self, schema: Any, depth: int) -> Schema:
        """Follow `$ref` and take one branch of `anyOf`, `oneOf`, `allOf`; in the depths the plainest one."""
        for _ in range(16):
            if not isinstance(schema, Mapping):
                return {}
            if isinstance(ref := schema.get("$ref"), str):
                schema = self._find(ref)
                continue
            branches = schema.get("anyOf") or schema.get("oneOf")
            if isinstance(branches, Sequence) and branches:
                plain = [b for b in branches if _kind(b) != "null"]
                nulls = [b for b in branches if _kind(b) == "null"]
                schema = (
                    (nulls or branches)[0] if depth > _DEEP else self._random.choice(plain or list(branches))
                )
                continue
            if isinstance(parts := schema.get("allOf"), Sequence) and parts:
                merged = {k: v for k, v in schema.items() if k != "allOf"}
                for part in parts:
                    merged = _merged(merged, self._resolved(part, depth))
                return merged
            return schema
        return {}

    def _find(self, ref: str) -> Any:
        node: Any = self._root
        for part in ref.lstrip("#/").split("/"):
            node = node.get(part) if isinstance(node, Mapping) else None
        return node

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = schema.get("required") or []
        wanted = [k for k in properties if k in required or depth <= _DEEP]
        made = {str(key): self._value(properties[key], str(key), depth + 1) for key in wanted}
        if (
            made.get("consensus") is True
            and "direction" in made
            and not properties["direction"].get("minLength")
        ):
            made["direction"] = ""
        return made

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        item = self._resolved(schema.get("items") or {}, depth)
        least = int(schema.get("minItems") or 0)
        most = int(schema.get("maxItems", max(3, least)))
        if depth > _DEEP:
            most = least
        size = self._random.randint(min(max(least, 1), most), most) if most else 0
        if (values := _few(item)) is not None and (schema.get("uniqueItems") or size <= len(values)):
            return self._random.sample(values, min(size, len(values)))
        return [self._value(item, name, depth + 1) for _ in range(size)]

    def _boolean(self, name: str) -> bool:
        if name.lower() in _AGREEMENT:
            return self._asked.agreed(self._random.random())
        return self._random.random() < 0.5

    def _string(self, schema: Schema, name: str) -> str:
        lower = name.lower()
        if lower in _ANSWERS:
            text = answer(self._asked, self._seed)
        elif lower == "direction":
            text = self._random.choice(corpus.DIRECTIONS)
        elif lower in ("name", "title", "topic", "label"):
            text = self._asked.topics[0].capitalize()
        else:
            text = fill(self._random.choice(corpus.POINTS), self._random.choice(self._asked.topics))
        least, most = int(schema.get("minLength") or 0), schema.get("maxLength")
        if isinstance(most, int) and len(text) > most:
            text = _cut(text, most)
        return text.ljust(least, ".")


def _kind(schema: Any) -> str:
    if not isinstance(schema, Mapping):
        return "string"
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
    return str(kind)


def _bounds(schema: Schema, step: int) -> tuple[float, float]:
    """Return the lowest and highest value; `step` is what an exclusive bound takes away."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and (over := schema.get("exclusiveMinimum")) is not None:
        low = over + (step or 0.01)
    if high is None and (under := schema.get("exclusiveMaximum")) is not None:
        high = under - (step or 0.01)
    if low is None:
        low = (high - 9 if high < 1 else min(1, high)) if high is not None else (1 if step else 0)
    if high is None:
        high = low + 9 if step else low + 1
    return (low, high) if low <= high else (low, low)


def _few(item: Schema) -> list[Any] | None:
    """Return all values of an item schema that has few of them, so that a ranking names each once."""
    if item.get("enum"):
        return list(item["enum"])
    if (
        _kind(item) == "integer"
        and "minimum" in item
        and "maximum" in item
        and item["maximum"] - item["minimum"] < 64
    ):
        return list(range(int(item["minimum"]), int(item["maximum"]) + 1))
    return None


def _merged(one: Schema, other: Schema) -> dict[str, Any]:
    out = {**one, **other}
    for key in ("properties", "required"):
        if key in one and key in other:
            a, b = one[key], other[key]
            out[key] = {**a, **b} if isinstance(a, Mapping) else [*a, *b]
    return out


def _cut(text: str, most: int) -> str:
    """Cut at a word, with a full stop where there is room for one."""
    if most < 2:
        return text[:most]
    head = text[: most - 1]
    head = head[: head.rfind(" ")] if " " in head[most // 2 :] else head
    return head.rstrip(" ,;:") + "."
