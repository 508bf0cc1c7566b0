"""A decision is read strictly, whatever form it comes in."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, StrictBool

from roundtable_tui.engine.decisions.fallbacks import build_example, parse_word
from roundtable_tui.engine.decisions.parse import build_strict_schema, find_json_objects, parse_decision
from tests.support.run_builder import turn


class Verdict(BaseModel):
    consensus: StrictBool = Field(description="do they agree?")
    direction: str = Field("", max_length=20)


class Choice(BaseModel):
    choice: int = Field(ge=1, le=3)


YES, NO = Verdict(consensus=True), Verdict(consensus=False)
TRUE = '{"consensus": true}'
FALSE = '{"consensus": false, "direction": "when"}'


@pytest.mark.parametrize(
    "text",
    [
        TRUE,
        f"Let me see.\n\n```json\n{TRUE}\n```\nThat is all.",
        f"<tool_call>\n{TRUE}\n</tool_call>",
        '<tool_call>{"name": "verdict", "arguments": {"consensus": true}}</tool_call>',
        '{"name": "verdict", "arguments": "{\\"consensus\\": true}"}',
        '{"tool_call": {"function": {"name": "verdict", "arguments": {"consensus": true}}}}',
        f"{{}}{TRUE}",
        f"{{}}\n\n{TRUE}",
        f"{TRUE}\n{TRUE}",
        f"{{{TRUE}}}",
        f"{TRUE}}}}}",
        '{"consensus": "true"}',
        '{"consensus": "True", "direction": "false"}',
        "{'consensus': True}",
        '{"consensus": true,}',
        '{"consensus": true, "direction": "a\\_b"}',
        '{"consensus": true, "certainty": 1.5, "reasons": ["a", {"b": 2}]}',
        f"The set {{1, 2}} aside: {TRUE}",
    ],
)
def test_parse_decision_accepts_yes_in_every_form(text: str) -> None:
    found = parse_decision(turn(text), Verdict)
    assert found is not None and found.consensus is True
    assert parse_decision(turn("", tool_arguments=text), Verdict) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We do not agree.",
        "true",
        "{}",
        "[true]",
        "[{}, {}]",
        '{"consensus": null}',
        '{"consensus": 1}',
        '{"consensus": "yes"}',
        '{"consensus": "not true"}',
        '{"consensus": "true, but"}',
        '{"consensus": [true]}',
        '{"direction": "all agree"}',
        '{"consensus_reached": true}',
        '{"consensus": tr',
        f"{TRUE}\n{FALSE}",
        f"{FALSE} or perhaps {TRUE}",
        "{" * 5000,
        '{"a":' * 5000,
    ],
)
def test_parse_decision_of_unclear_reply_is_none(text: str) -> None:
    assert parse_decision(turn(text), Verdict) is None


def test_parse_decision_of_truncated_or_contradicting_reply_is_none() -> None:
    assert parse_decision(turn(TRUE, finish_reason="length"), Verdict) is None
    assert parse_decision(turn(FALSE, tool_arguments=TRUE), Verdict) is None
    assert parse_decision(turn("", tool_arguments=f"{TRUE}\n{FALSE}"), Verdict) is None
    assert parse_decision(turn("I call it:", tool_arguments=TRUE, finish_reason="stop"), Verdict) == YES


def test_parse_decision_of_agreeing_drafts_takes_the_last() -> None:
    text = '{"consensus": false, "direction": "first"} better: {"consensus": false, "direction": "second"}'
    assert parse_decision(turn(text), Verdict) == Verdict(consensus=False, direction="second")


def test_parse_decision_cuts_long_text_instead_of_refusing() -> None:
    found = parse_decision(turn(json.dumps({"consensus": False, "direction": "x" * 1000})), Verdict)
    assert found is not None and len(found.direction) == 20


@pytest.mark.parametrize(
    ("value", "read"), [(2, 2), ("2", 2), (2.0, 2), (True, None), (0, None), (4, None), ("two", None)]
)
def test_parse_decision_accepts_only_choice_in_range(value: Any, read: int | None) -> None:
    found = parse_decision(turn(json.dumps({"choice": value})), Choice)
    assert (found.choice if found else None) == read


def test_parse_decision_takes_no_number_from_prose() -> None:
    assert parse_decision(turn("Of the 3, take 2."), Choice) is None


def test_parse_decision_without_free_text_requires_equal_objects() -> None:
    class Sides(BaseModel):
        side: Literal["left", "right"]

    assert parse_decision(turn('{"side": "left"} {"side": "left"}'), Sides) == Sides(side="left")
    assert parse_decision(turn('{"side": "left"} {"side": "right"}'), Sides) is None


@given(st.text(st.sampled_from('{}[]":,truefalsconsensus \n`'), max_size=80))
def test_parse_decision_of_any_text_does_not_raise(text: str) -> None:
    found = parse_decision(turn(text), Verdict)
    assert found is None or isinstance(found.consensus, bool)


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), min_size=1), max_size=4
    )
)
def test_find_json_objects_in_prose_finds_all(objects: list[dict[str, Any]]) -> None:
    text = " and ".join(json.dumps(each) for each in objects)
    assert find_json_objects(text) == objects


@pytest.mark.parametrize(
    "noise", ["{", '{"a":', "{}", '{"', "}", "```", "[", '{"consensus": true}', '{"a": "']
)
def test_find_json_objects_of_looping_model_is_fast(noise: str) -> None:
    parse_decision(turn(noise * (400_000 // len(noise))), Verdict)


WORDS = {"agree": YES, "disagree": NO}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("AGREE", YES),
        ("agree.", YES),
        ("**Agree**", YES),
        ("I agree.", YES),
        ("They all agree", YES),
        ("Disagree", NO),
        ("Verdict: DISAGREE", NO),
        ("agree agree", YES),
        ("I do not agree", None),
        ("don't agree", None),
        ("can't agree", None),
        ("cannot agree", None),
        ("no, agree", None),
        ("never agree", None),
        ("agree or disagree", None),
        ("hardly agree", None),
        ("", None),
        ("agreed", None),
        ("They agree on most points, not on all", None),
        ("agree?? no", None),
        ("partly agree", None),
    ],
)
def test_parse_word_accepts_one_known_word_only(text: str, value: Verdict | None) -> None:
    assert parse_word(turn(text), WORDS) == value
    assert parse_word(turn(text, finish_reason="length"), WORDS) is None


def test_strict_schema_is_closed_and_keeps_property_names() -> None:
    class Inner(BaseModel):
        default: str = "x"

    class Odd(BaseModel):
        title: str = Field("t", max_length=5)
        properties: int = 3
        inner: list[Inner] = []

    schema = build_strict_schema(Odd)
    assert schema["required"] == ["title", "properties", "inner"] and schema["additionalProperties"] is False
    assert schema["properties"]["title"] == {"type": "string", "maxLength": 5}
    assert schema["properties"]["properties"] == {"type": "integer"}
    inner = schema["$defs"]["Inner"]
    assert inner["required"] == ["default"] and inner["additionalProperties"] is False
    assert "title" not in schema and "title" not in inner


def test_example_shows_placeholder_for_each_field() -> None:
    assert build_example(Verdict) == '{"consensus": true or false (do they agree?), "direction": "..."}'
