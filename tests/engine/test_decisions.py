"""Decisions in every form that models write: one table, and what holds for any text."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, StrictBool

from roundtable_tui.engine.decisions.find_json import find_json_objects
from roundtable_tui.engine.decisions.parse import (
    build_strict_schema,
    describe_form,
    parse_decision,
    parse_word,
)
from roundtable_tui.engine.decisions.ranking import read_ranking
from roundtable_tui.modes.ranking import build_ranking_form
from tests.support.run_builder import turn


class Verdict(BaseModel):
    consensus: StrictBool = Field(description="do they agree?")
    direction: str = Field("", max_length=20)


YES, NO = Verdict(consensus=True), Verdict(consensus=False)
TRUE = '{"consensus": true}'
FALSE = '{"consensus": false, "direction": "when"}'


class Groups(BaseModel):
    claims: str = ""
    groups: list[int] = Field(min_length=3, max_length=3)


class Reasoned(BaseModel):
    reason: str = Field("", description="what decides it")
    choice: int = Field(ge=1, le=3)


Three = build_ranking_form(["A", "B", "C"])
Five = build_ranking_form(["A", "B", "C", "D", "E"])
BAC = ["B", "A", "C"]

FORMS: list[tuple[type[BaseModel], str, dict[str, Any] | None]] = [
    # A verdict, alone and in its surroundings.
    (Verdict, TRUE, {"consensus": True}),
    (Verdict, f"Let me see.\n\n```json\n{TRUE}\n```\nThat is all.", {"consensus": True}),
    (Verdict, f"<tool_call>\n{TRUE}\n</tool_call>", {"consensus": True}),
    (
        Verdict,
        '<tool_call>{"name": "verdict", "arguments": {"consensus": true}}</tool_call>',
        {"consensus": True},
    ),
    (Verdict, '{"name": "verdict", "arguments": "{\\"consensus\\": true}"}', {"consensus": True}),
    (
        Verdict,
        '{"tool_call": {"function": {"name": "verdict", "arguments": {"consensus": true}}}}',
        {"consensus": True},
    ),
    (Verdict, '{"verdict": {"consensus": true}}', {"consensus": True}),
    (Verdict, f"[{TRUE}]", {"consensus": True}),
    (Verdict, f"{{}}{TRUE}", {"consensus": True}),
    (Verdict, f"{{}}\n\n{TRUE}", {"consensus": True}),
    (Verdict, f"{TRUE}\n{TRUE}", {"consensus": True}),
    (Verdict, f"{{{TRUE}}}", {"consensus": True}),
    (Verdict, f"{TRUE}}}}}", {"consensus": True}),
    (Verdict, f"The set {{1, 2}} aside: {TRUE}", {"consensus": True}),
    # Slightly malformed JSON.
    (Verdict, "{'consensus': True}", {"consensus": True}),
    (Verdict, '{"consensus": true,}', {"consensus": True}),
    (Verdict, '{"consensus": true, "direction": "a\\_b"}', {"consensus": True}),
    # Other types that mean the same.
    (Verdict, '{"consensus": "true"}', {"consensus": True}),
    (Verdict, '{"consensus": "True", "direction": "false"}', {"consensus": True, "direction": "false"}),
    (Verdict, '{"consensus": "yes"}', {"consensus": True}),
    (Verdict, '{"consensus": "No."}', {"consensus": False}),
    (
        Verdict,
        '{"consensus": false, "direction": ["what", "when"]}',
        {"consensus": False, "direction": "what; when"},
    ),
    (Verdict, '{"consensus": false, "direction": 2}', {"consensus": False, "direction": "2"}),
    # Missing, null, extra and differently written keys.
    (Verdict, '{"consensus": true, "direction": null}', {"consensus": True, "direction": ""}),
    (Verdict, '{"consensus": true, "direction": {"a": 1}}', {"consensus": True, "direction": ""}),
    (Verdict, '{"consensus": true, "certainty": 1.5, "reasons": ["a", {"b": 2}]}', {"consensus": True}),
    (
        Verdict,
        '{"Direction": "when", "CONSENSUS": false}',
        {"consensus": False, "direction": "when"},
    ),
    (Verdict, '{" Final Consensus ": true}', {"consensus": True}),
    # No decision: unclear, of another type, cut off, or contradicting.
    (Verdict, "", None),
    (Verdict, "We do not agree.", None),
    (Verdict, "true", None),
    (Verdict, "{}", None),
    (Verdict, "[true]", None),
    (Verdict, "[{}, {}]", None),
    (Verdict, '{"consensus": null}', None),
    (Verdict, '{"consensus": 1}', None),
    (Verdict, '{"consensus": "not true"}', None),
    (Verdict, '{"consensus": "true, but"}', None),
    (Verdict, '{"consensus": "true or false"}', None),
    (Verdict, '{"consensus": [true]}', None),
    (Verdict, '{"direction": "all agree"}', None),
    (Verdict, '{"consensus_reached": true}', None),
    (Verdict, '{"consensus": tr', None),
    (Verdict, f"{TRUE}\n{FALSE}", None),
    (Verdict, f"{FALSE} or perhaps {TRUE}", None),
    (Verdict, '{"consensus": true, "Consensus": false}', None),
    (Verdict, '{"properties": {"consensus": {"type": "boolean"}}, "required": ["consensus"]}', None),
    (Verdict, "{" * 5000, None),
    (Verdict, '{"a":' * 5000, None),
    # No decision: a placeholder copied from a prompt or a schema.
    (Verdict, '{"consensus": true, "direction": "..."}', None),
    (Verdict, '{"consensus": true, "direction": "…"}', None),
    (Verdict, '{"consensus": true, "direction": ["..."]}', None),
    (Verdict, '{"consensus": true, "direction": "<reason>"}', None),
    (Verdict, '{"consensus": true, "direction": "[the disputed points]"}', None),
    (Verdict, '{"consensus": false, "direction": "string"}', None),
    (Reasoned, '{"reason": "What decides it.", "choice": 1}', None),
    (Reasoned, '{"reason": "<what decides it>", "choice": 1}', None),
    (Verdict, '{"consensus": false, "direction": "x < 3 or x > 5?"}', {"consensus": False}),
    # A choice.
    (Reasoned, '{"reason": "It is right.", "choice": 2}', {"reason": "It is right.", "choice": 2}),
    (Reasoned, '{"choice": "2"}', {"choice": 2}),
    (Reasoned, '{"choice": 2.0, "reason": null}', {"choice": 2, "reason": ""}),
    (Reasoned, '{"Choice": "Answer 2"}', {"choice": 2}),
    (Reasoned, '{"choice": "#3."}', {"choice": 3}),
    (Reasoned, '{"choice": true}', None),
    (Reasoned, '{"choice": 0}', None),
    (Reasoned, '{"choice": "-1"}', None),
    (Reasoned, '{"choice": 4}', None),
    (Reasoned, '{"choice": 1.5}', None),
    (Reasoned, '{"choice": "two"}', None),
    (Reasoned, '{"choice": "1 or 2"}', None),
    (Reasoned, "Of the 3, take 2.", None),
    # Numbers of groups.
    (Groups, '{"claims": "two", "groups": [1, 2, 1]}', {"groups": [1, 2, 1]}),
    (Groups, '{"groups": ["1", "2", "1"], "claims": null}', {"groups": [1, 2, 1]}),
    (Groups, '{"groups": "1, 2, 1"}', {"groups": [1, 2, 1]}),
    (Groups, '{"groups": [1, 2]}', None),
    (Groups, '{"groups": [true, 2, 1]}', None),
    # Rankings in JSON.
    (Three, '{"reasons": "B is right.", "ranking": "B > A > C"}', {"ranking": BAC}),
    (Three, '{"Ranking": ["B", "A", "C"], "reasons": null}', {"ranking": BAC}),
    (Three, '{"ranking": ["Answer B", "answer a.", "**C**"]}', {"ranking": BAC}),
    (Three, '{"ranking": ["B: right", "A - nearly", "C (wrong)"]}', {"ranking": BAC}),
    (Three, '{"ranking": "B, A, C"}', {"ranking": BAC}),
    (Three, '{"ranking": ["B > A > C"]}', {"ranking": BAC}),
    (Three, '{"ranking": "1. Answer B\\n2. Answer A\\n3. Answer C"}', {"ranking": BAC}),
    (Three, '{"ranking": {"1": "B", "2": "A", "3": "C"}}', {"ranking": BAC}),
    (Three, '{"ranking": {"A": 2, "B": 1, "C": 3}}', {"ranking": BAC}),
    (
        Three,
        '{"ranking": [{"rank": 2, "answer": "A"}, {"rank": 1, "answer": "B"}, {"rank": 3, "answer": "C"}]}',
        {"ranking": BAC},
    ),
    (Five, '{"ranking": ["B", "A", "C", "E", "D"]}', {"ranking": [*BAC, "E", "D"]}),
    # Rankings in prose.
    (Three, "B > A > C", {"ranking": BAC}),
    (Three, "B is right, A nearly.\n\n**B > A > C**", {"ranking": BAC}),
    (Three, "By length it is A > B > C.\n\nFINAL RANKING: B > A > C", {"ranking": BAC}),
    (Three, "FINAL RANKING: 1. Answer B 2. Answer A 3. Answer C", {"ranking": BAC}),
    (
        Three,
        "Answer A is fine.\n\nFINAL RANKING:\n1. Response B\n2. Response A - nearly\n3. Response C",
        {"ranking": BAC},
    ),
    (Three, "### Final Ranking\n\n1. **Answer B**: right\n2. **Answer A**\n3. **C**", {"ranking": BAC}),
    (Three, "My ranking is:\n- B\n- A\n- C", {"ranking": BAC}),
    (Three, "1. B\n2. A\n3. C", {"ranking": BAC}),
    (Three, "B, A and C", {"ranking": BAC}),
    (Three, '["B", "A", "C"]', {"ranking": BAC}),
    # No ranking: a letter missing, repeated, unknown; two rankings; remarks in the order of the answers.
    (Three, '{"ranking": ["A", "A", "B"]}', None),
    (Three, '{"ranking": ["A", "B"]}', None),
    (Three, '{"ranking": "A > A > B"}', None),
    (Three, '{"ranking": ["A", "B", "C", "D"]}', None),
    (Three, '{"ranking": ["A", "B", "X"]}', None),
    (Three, '{"ranking": [1, 2, 3]}', None),
    (Three, '{"ranking": []}', None),
    (Three, '{"ranking": "<ranking>"}', None),
    (Three, '{"reasons": "...", "ranking": "A > B > C"}', None),
    (Three, '{"ranking": "A > B > C, or B > A > C"}', None),
    (Three, '{"ranking": {"A": 1, "B": 1, "C": 2}}', None),
    (Three, "FINAL RANKING: 1. Answer A", None),
    (Three, "FINAL RANKING: 1. Answer A 2. Answer A 3. Answer B", None),
    (Three, "1. Answer A is right.\n2. Answer B is nearly so.\n3. Answer C is wrong.", None),
    (Three, "A > B > C would be wrong; B comes first.\nSo I cannot rank them.", None),
    (Three, "They are all fine.", None),
]  # fmt: skip


@pytest.mark.parametrize(("form", "text", "read"), FORMS)
def test_parse_decision_of_every_form(form: type[BaseModel], text: str, read: dict[str, Any] | None) -> None:
    found = parse_decision(turn(text), form)
    assert (found is None) is (read is None)
    if found and read:
        values = found.model_dump()
        assert {name: values[name] for name in read} == read
        assert type(values[min(read)]) is type(read[min(read)])
    if text.startswith("{"):
        assert parse_decision(turn("", tool_arguments=text), form) == found
    assert parse_decision(turn(text, finish_reason="length"), form) is None


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


@given(
    st.recursive(
        st.none() | st.integers(-1, 4) | st.sampled_from(["A", "b.", "Answer C", "A > B > C", "1. A", ""]),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ABC12"), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_read_ranking_of_any_value_has_every_letter_once(value: Any) -> None:
    found = read_ranking(value, ["A", "B", "C"])
    assert found is None or sorted(found) == ["A", "B", "C"]


@pytest.mark.parametrize("noise", ["A > ", "1. A ", "answer : # ", "ranking:\n", "(", " ", "A, "])
def test_parse_decision_of_looping_ranking_is_none(noise: str) -> None:
    assert parse_decision(turn(noise * (400_000 // len(noise))), Three) is None


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


def test_described_form_names_each_key_and_is_no_decision() -> None:
    described = describe_form(Verdict)
    assert described == "- consensus: true or false; do they agree?\n- direction: text"
    assert parse_decision(turn(described), Verdict) is None
