"""Instances that the demo generates fit their schema, and a captain agrees after a round or two."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.llm.demo.composer import compose_reply
from roundtable_tui.llm.demo.schema import generate_instance
from roundtable_tui.llm.demo.wire import ApiError, CompletionRequest, Form, Reply
from tests.support.torture import examples

VERDICT = {
    "type": "object",
    "properties": {
        "consensus": {"type": "boolean"},
        "direction": {"type": "string", "maxLength": 90},
        "choice": {"type": "integer", "minimum": 1, "maximum": 4},
        "ranking": {
            "type": "array",
            "items": {"$ref": "#/$defs/place"},
            "minItems": 4,
            "maxItems": 4,
            "uniqueItems": True,
        },
        "mood": {"enum": ["calm", "heated"]},
        "note": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["consensus", "direction", "choice"],
    "$defs": {"place": {"type": "integer", "minimum": 1, "maximum": 4}},
}


SENTENCE = "The question of tea cannot be settled by principle alone, but it can be settled by a trial."


def make(schema: dict[str, Any], seed: int = 0) -> Any:
    return json.loads(generate_instance(Form(schema), Random(seed), {}, lambda: SENTENCE))


def say(messages: list[dict[str, str]], model: str = "demo-large", **more: Any) -> Reply:
    request = CompletionRequest.model_validate({"model": model, "messages": messages, **more})
    return compose_reply(request, model, 0)


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Check the keywords these tests use."""
    match schema.get("type"):
        case "object":
            return isinstance(value, dict) and all(
                k in value and fits(s, value[k]) for k, s in schema["properties"].items()
            )
        case "array":
            unique = not schema.get("uniqueItems") or len(value) == len(set(map(json.dumps, value)))
            inside = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 99)
            return inside and unique and all(fits(schema["items"], v) for v in value)
        case "string":
            return isinstance(value, str) and schema.get("minLength", 0) <= len(value) <= schema.get(
                "maxLength", 10**6
            )
        case "integer" | "number" as kind:
            right = isinstance(value, int if kind == "integer" else int | float) and not isinstance(
                value, bool
            )
            return right and schema.get("minimum", value) <= value <= schema.get("maximum", value)
        case "boolean":
            return isinstance(value, bool)
    return value in schema["enum"]


def _span(
    kind: str, low: str, high: str, bounds: st.SearchStrategy[int]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(bounds, min_size=2, max_size=2).map(lambda b: {"type": kind, low: min(b), high: max(b)})


_leaves = st.one_of(
    st.just({"type": "boolean"}),
    _span("string", "minLength", "maxLength", st.integers(0, 300)),
    _span("integer", "minimum", "maximum", st.integers(-50, 50)),
    _span("number", "minimum", "maximum", st.integers(-50, 50)),
    st.lists(st.text(max_size=5), min_size=1, max_size=4).map(lambda values: {"enum": values}),
)


def _nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    named = st.dictionaries(st.text(max_size=6), inner, max_size=4)
    listed = st.tuples(_span("array", "minItems", "maxItems", st.integers(0, 4)), inner)
    return st.one_of(
        named.map(lambda properties: {"type": "object", "properties": properties}),
        listed.map(lambda pair: {**pair[0], "items": pair[1]}),
    )


schemas = st.recursive(_leaves, _nested, max_leaves=8)


@settings(max_examples=examples(150), deadline=None)
@given(schemas, st.integers(0, 99))
def test_instance_of_any_schema_fits_it(schema: dict[str, Any], seed: int) -> None:
    assert fits(schema, make(schema, seed))


@pytest.mark.parametrize("seed", range(10))
def test_instance_of_a_verdict_fits_and_ranks_each_place_once(seed: int) -> None:
    value = make(VERDICT, seed)
    assert sorted(value["ranking"]) == [1, 2, 3, 4]
    assert 1 <= value["choice"] <= 4 and 0 <= value["confidence"] <= 1
    assert 20 < len(value["direction"]) <= 90 and value["direction"].endswith(".")
    assert value["mood"] in ("calm", "heated") and (value["note"] is None or len(value["note"]) <= 5)


def test_instance_of_a_schema_that_contains_itself_ends() -> None:
    node = {
        "type": "object",
        "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
        "required": ["next"],
    }
    assert "next" in make(node)


def by_schema() -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "verdict", "schema": VERDICT}}}


def by_tool() -> dict[str, Any]:
    tool = {"type": "function", "function": {"name": "conclude", "parameters": VERDICT}}
    return {"tools": [tool], "tool_choice": {"type": "function", "function": {"name": "conclude"}}}


@pytest.mark.parametrize(("ask", "ending"), [(by_schema(), "stop"), (by_tool(), "tool_calls")])
def test_reply_of_a_captain_agrees_in_round_3_and_not_in_round_1(ask: dict[str, Any], ending: str) -> None:
    messages = [
        {"role": "system", "content": "You are the captain."},
        {"role": "user", "content": "Is tea good?"},
    ]
    verdicts = []
    for _ in range(3):
        reply = say(messages, **ask)
        made = "".join(reply.content)
        assert reply.finish_reason == ending
        verdicts.append(json.loads(made)["consensus"])
        messages += [{"role": "assistant", "content": made}, {"role": "user", "content": "The next answers."}]
    assert verdicts[0] is False and verdicts[2] is True


@pytest.mark.parametrize(("second", "agreed"), [("Not yet.", True), ("Wait a year.", False)])
@pytest.mark.parametrize("label", ["Answer:\n\n", "[[ANSWER-x1]]\n"])
@pytest.mark.parametrize("number", [1, 4])
def test_reply_of_a_captain_agrees_if_the_quoted_answers_are_equal(
    second: str, agreed: bool, label: str, number: int
) -> None:
    quoted = "\n\n".join(
        f"<<q Agent {name}>>\nA reason.\n\n{label}{answer}\n<</q>>"
        for name, answer in (("A", "Not yet."), ("B", second))
    )
    messages = [{"role": "user", "content": f"Answers of round {number}:\n\n{quoted}"}]
    reply = say(messages, **by_schema())
    assert json.loads("".join(reply.content))["consensus"] is agreed


@pytest.mark.parametrize(("number", "agreed"), [(1, False), (4, True)])
def test_reply_to_a_prompt_with_a_round_agrees_by_that_round(number: int, agreed: bool) -> None:
    messages = [{"role": "user", "content": f"Round {number} of 4. Is tea good?"}]
    reply = say(messages, "demo-small", **by_schema())
    assert json.loads("".join(reply.content))["consensus"] is agreed


NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["next"]}
TREE = {
    "type": "object",
    "properties": {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}},
    "required": ["left", "right"],
}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "array", "items": {"type": "string"}, "minItems": 1e9}, "over 100,000 characters"),
        ({"type": "array", "items": {"type": "null"}, "minItems": 1e9}, "over 100,000 characters"),
        ({"type": "array", "items": {"const": "x" * 50_000}, "minItems": 10}, "over 100,000 characters"),
        ({"type": "string", "minLength": 10**9}, "over 100,000 characters"),
        ({"$ref": "#/$defs/node", "$defs": {"node": NODE}}, "more than 64 levels"),
        ({"$ref": "#/$defs/node", "$defs": {"node": TREE}}, "more than 64 levels"),
        ({"$ref": "#/$defs/node", "$defs": {"node": {"allOf": [{"$ref": "#/$defs/node"}]}}}, "64 levels"),
        ({"enum": ["x" * 100_000]}, "over 100,000 characters"),
        ({"$ref": "#"}, "more than 64 levels"),
        ({"type": "array", "minItems": "many"}, "Invalid schema for response_format"),
        ({"type": "integer", "minimum": float("inf")}, "Invalid schema for response_format"),
        ({"type": "object", "properties": ["a"]}, "Invalid schema for response_format"),
        ({"allOf": 1}, "Invalid schema for response_format"),
        ({"enum": []}, "Invalid schema for response_format"),
        ({"enum": None}, "Invalid schema for response_format"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_instance_of_a_schema_without_a_small_instance_is_refused(
    schema: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ApiError, match=reason):
        make(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}, "maxItems": 1e9},
        {"type": "string", "maxLength": 1e9},
        {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        {"type": "object", "properties": {str(n): {"$ref": "#"} for n in range(4)}},
        {"anyOf": [NODE, {"type": "string"}], "$defs": {"node": {"anyOf": [NODE, {"type": "string"}]}}},
    ],
    ids=["items", "text", "integer", "wide and nested", "nested in a branch"],
)
def test_instance_of_a_schema_that_allows_large_ones_is_small(schema: dict[str, Any]) -> None:
    assert 0 < len(json.dumps(make(schema))) < 100_000
