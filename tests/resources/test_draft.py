from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.resources import Persona, check_persona
from roundtable_tui.resources.draft import PersonaDraft, find_problem
from roundtable_tui.utils.text import sanitize_input

FIELDS = ("name", "full_name", "role", "creativity", "model", "server", "temperature", "max_tokens", "prompt")
ADA = Persona(name="Ada", role="critic", prompt="You are Ada.\nBe brief.")


def test_of_contains_only_values_that_are_set() -> None:
    assert json.loads(PersonaDraft.of(ADA).text) == {
        "name": "Ada",
        "role": "critic",
        "creativity": 0.7,
        "prompt": "You are Ada.\nBe brief.",
    }
    assert PersonaDraft.of(ADA).resource == ADA


def test_of_new_persona_lacks_name_and_prompt() -> None:
    draft = PersonaDraft.of(None)
    assert [problem.field for problem in draft.problems] == ["name", "prompt"]


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("temperature", "1.5", 1.5),
        ("temperature", "", None),
        ("temperature", "warm", "warm"),
        ("temperature", "1e999", "1e999"),
        ("temperature", "NaN", "NaN"),
        ("temperature", "true", "true"),
        ("max_tokens", "500", 500),
        ("max_tokens", "500.5", 500.5),
        ("max_tokens", "9" * 5000, "9" * 5000),
        ("model", "", None),
        ("model", "12", "12"),
        ("name", "", ""),
        ("creativity", 0.25, 0.25),
    ],
)
def test_with_field_typed_text_becomes_json_value(field: str, typed: str | float, value: object) -> None:
    text = PersonaDraft.of(ADA).with_field(field, typed).text
    assert json.loads(text).get(field) == value
    again = PersonaDraft.parse(text)
    assert again.format_field(field) == ("" if value is None else str(typed))


def test_with_field_new_field_is_inserted_in_order() -> None:
    text = '{"prompt": "You are Ada.", "later": [1, {"a": null}], "name": "Ada", "creativity": 0.5}'
    data = json.loads(PersonaDraft.parse(text).with_field("role", "critic").text)
    assert list(data) == ["role", "prompt", "later", "name", "creativity"]
    assert data["later"] == [1, {"a": None}]
    assert list(json.loads(PersonaDraft.parse(text).with_field("name", "Bob").text)) == [
        "prompt",
        "later",
        "name",
        "creativity",
    ]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "[" * 100_000, '{"a": ' + "9" * 5000 + "}", '{"name": NaN}']
)
def test_parse_not_an_object_has_problems_and_no_values(text: str) -> None:
    draft = PersonaDraft.parse(text)
    assert draft.data is None and draft.resource is None
    assert draft.other_problem(FIELDS) and all(draft.format_field(field) == "" for field in FIELDS)


def test_field_problem_is_at_its_field_others_are_apart() -> None:
    draft = PersonaDraft.parse(
        '{\n"name": "Ada",\n"creativty": 1,\n"max_tokens": "many",\n"color": 3,\n"prompt": "x"\n}'
    )
    problem = find_problem(draft.problems, "max_tokens")
    assert "whole number" in problem and '"many"' in problem
    assert draft.other_problem(FIELDS) == "line 3: there is no field creativty. Did you mean creativity?"
    assert find_problem(draft.problems, "name") == ""


@pytest.mark.parametrize("value", ["7", "-0.1", "true", '"0.5"', "null", "[]"])
def test_creativity_invalid_value_is_none(value: str) -> None:
    assert (
        PersonaDraft.parse('{"name": "Ada", "prompt": "x", "creativity": ' + value + "}").creativity is None
    )


def test_parse_control_characters_are_escaped_and_kept() -> None:
    persona = Persona(name="Ada", prompt="a\x9b31m\u202eb\tc")
    draft = PersonaDraft.of(persona)
    assert "\x9b" not in draft.text and "\\u009b" in draft.text
    assert draft.resource == persona
    assert draft.format_field("prompt") == "a31mb\tc"
    assert draft.with_field("role", "critic").resource == persona.model_copy(update={"role": "critic"})


@given(st.sampled_from(["full_name", "role", "model", "prompt", "name"]), st.text(max_size=80))
def test_with_field_typed_text_round_trips(field: str, typed: str) -> None:
    typed = (
        sanitize_input(typed)
        if field == "prompt"
        else " ".join(sanitize_input(typed).replace("\t", " ").split("\n"))
    )
    text = PersonaDraft.of(ADA).with_field(field, typed).text
    assert PersonaDraft.parse(text).format_field(field) == typed
    assert sanitize_input(text) == text


@given(st.text(max_size=200))
def test_parse_any_text_never_raises(text: str) -> None:
    draft = PersonaDraft.parse(text)
    assert (draft.resource, list(draft.problems)) == check_persona(text)
    for field in FIELDS:
        draft.format_field(field), find_problem(draft.problems, field)
