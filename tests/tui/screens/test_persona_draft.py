from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.resources import Persona, check_persona
from roundtable_tui.tui.screens.library.personas.draft import FIELDS, PersonaDraft, initial_text
from roundtable_tui.tui.widgets.lists.entry import sanitize_input

ADA = Persona(name="Ada", role="critic", prompt="You are Ada.\nBe brief.")


def test_it_begins_with_what_the_persona_is_and_nothing_else() -> None:
    assert json.loads(initial_text(ADA)) == {
        "name": "Ada",
        "role": "critic",
        "creativity": 0.7,
        "prompt": "You are Ada.\nBe brief.",
    }
    assert PersonaDraft.parse(initial_text(ADA)).persona == ADA


def test_a_new_persona_lacks_name_and_prompt_only() -> None:
    draft = PersonaDraft.parse(initial_text(None))
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
def test_a_field_of_the_form_becomes_what_json_has_for_it(
    field: str, typed: str | float, value: object
) -> None:
    text = PersonaDraft.parse(initial_text(ADA)).with_field(field, typed)
    assert json.loads(text).get(field) == value
    again = PersonaDraft.parse(text)
    assert again.format_field(field) == ("" if value is None else str(typed))


def test_a_field_goes_to_its_place_and_the_others_stay_in_theirs() -> None:
    text = '{"prompt": "You are Ada.", "later": [1, {"a": null}], "name": "Ada", "creativity": 0.5}'
    data = json.loads(PersonaDraft.parse(text).with_field("role", "critic"))
    assert list(data) == ["role", "prompt", "later", "name", "creativity"]
    assert data["later"] == [1, {"a": None}]
    assert list(json.loads(PersonaDraft.parse(text).with_field("name", "Bob"))) == [
        "prompt",
        "later",
        "name",
        "creativity",
    ]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "[" * 100_000, '{"a": ' + "9" * 5000 + "}", '{"name": NaN}']
)
def test_what_is_no_object_has_faults_and_nothing_to_show(text: str) -> None:
    draft = PersonaDraft.parse(text)
    assert draft.data is None and draft.persona is None
    assert draft.other_problem and all(draft.format_field(field) == "" for field in FIELDS)


def test_faults_are_told_at_their_field_or_apart() -> None:
    draft = PersonaDraft.parse(
        '{\n"name": "Ada",\n"creativty": 1,\n"max_tokens": "many",\n"color": 3,\n"prompt": "x"\n}'
    )
    assert "whole number" in draft.field_problem("max_tokens") and '"many"' in draft.field_problem(
        "max_tokens"
    )
    assert draft.other_problem == "line 3: there is no field creativty. Did you mean creativity?"
    assert draft.field_problem("name") == ""


@pytest.mark.parametrize("value", ["7", "-0.1", "true", '"0.5"', "null", "[]"])
def test_a_creativity_that_is_none_leaves_the_slider_alone(value: str) -> None:
    assert (
        PersonaDraft.parse('{"name": "Ada", "prompt": "x", "creativity": ' + value + "}").creativity is None
    )


def test_what_acts_on_a_terminal_is_spelled_out_and_kept() -> None:
    persona = Persona(name="Ada", prompt="a\x9b31m\u202eb\tc")
    draft = PersonaDraft.parse(initial_text(persona))
    assert "\x9b" not in draft.text and "\\u009b" in draft.text
    assert draft.persona == persona
    assert draft.format_field("prompt") == "a31mb\tc"
    assert PersonaDraft.parse(draft.with_field("role", "critic")).persona == persona.model_copy(
        update={"role": "critic"}
    )


@given(st.sampled_from(["full_name", "role", "model", "prompt", "name"]), st.text(max_size=80))
def test_what_is_typed_in_the_form_comes_back_to_it(field: str, typed: str) -> None:
    typed = (
        sanitize_input(typed)
        if field == "prompt"
        else " ".join(sanitize_input(typed).replace("\t", " ").split("\n"))
    )
    text = PersonaDraft.parse(initial_text(ADA)).with_field(field, typed)
    assert PersonaDraft.parse(text).format_field(field) == typed
    assert sanitize_input(text) == text


@given(st.text(max_size=200))
def test_any_text_can_be_a_draft(text: str) -> None:
    draft = PersonaDraft.parse(text)
    assert (draft.persona, list(draft.problems)) == check_persona(text)
    for field in FIELDS:
        draft.format_field(field), draft.field_problem(field)
