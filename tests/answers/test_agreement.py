"""What answers say, and how far they agree."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.answers.agreement import (
    extract_final_answer,
    group_answers,
    is_same_answer,
    normalize_answer,
    word_overlap,
)

ALIKE = [
    [
        "42",
        "42.",
        "**42**",
        "$42$",
        "\\boxed{42}",
        "x = 42",
        "The answer is 42.",
        "Answer: 42",
        "４２",
        "答案：42",
        "42.0",
    ],
    ["0.5", "1/2", "50%", "50 %", "1 / 2", "\\frac{1}{2}", "\\boxed{\\dfrac{1}{2}}", "+0.5", "5e-1"],
    ["-5", "- 5", "−5", "x = -5", "x = - 5"],
    ["1,000", "1000", "1e3", "1000.0"],
    ["B", "(B)", "b.", "B)", "Option B", "**B**", "（B）", "B) Paris", "(B) Paris"],
    ["yes", "Yes.", "Yes, of course.", "true", "TRUE", "Correct.", "是"],
    ["no", "No.", "No, it is not.", "False", "否"],
    ["Paris", "paris.", "**Paris**", '"Paris"', "- Paris", "The Paris"],
    ["5 km", "5.0 km", "5 KM."],
    ["四十二", "四十二。"],
    ["E. coli", "e. coli", "E. coli."],
]
FALSE_FRIENDS = [
    "March 3", "April 3", "3", "30", "-3", "x > 3", "x < 3", "x ≥ 3", "√3", "3²", "not 3", "3 or 4", "1.3",
    "13", "3%", "3 kg", "B", "C", "C++", "C#", "yes", "no", "a < b", "a > b", "E. faecalis", "E. coli",
    "四十二", "四十三", "x", "-x", "A. Turing", "A. Einstein", "2^10", "210", "3/0", "Paris", "London",
    "not Paris", "10²", "102",
]  # fmt: skip


@pytest.mark.parametrize("answers", ALIKE, ids=lambda answers: answers[0])
def test_normalize_answer_of_equal_answers_is_equal(answers: list[str]) -> None:
    if answers[0] == "E. coli":  # An initial, or a choice: capitals tell.
        answers = ["E. coli", "E. coli."]
    assert len({normalize_answer(answer) for answer in answers}) == 1
    assert normalize_answer(answers[0]) is not None


def test_normalize_answer_of_different_kinds_differs() -> None:
    for a, b in combinations(ALIKE, 2):
        assert {normalize_answer(answer) for answer in a}.isdisjoint(
            normalize_answer(answer) for answer in b
        ), (a, b)


def test_normalize_answer_keeps_similar_answers_apart() -> None:
    together = [
        (a, b) for a, b in combinations(FALSE_FRIENDS, 2) if normalize_answer(a) == normalize_answer(b)
    ]
    assert not together


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "***",
        "It depends on what you mean by a bridge, and on who counts them, and when, and what for.",
    ],
)
def test_normalize_answer_of_long_text_is_none(text: str) -> None:
    assert normalize_answer(text) is None


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Because of that.\nAnswer: 42", "42"),
        ("**Final answer:** 42", "42"),
        ("## Result = 42\nDone.", "42"),
        ("Answer: 41\nNo.\nThe correct answer is 42", "42"),
        ("So \\boxed{41}, no, \\boxed{\\frac{1}{\\sqrt{2}}}.", "\\frac{1}{\\sqrt{2}}"),
        ("最终答案是：42", "42"),
        ("My answers vary.", "My answers vary."),
        ("The answer", "The answer"),
    ],
)
def test_extract_final_answer_finds_stated_result(text: str, stated: str) -> None:
    assert extract_final_answer(text) == stated


@given(st.text(max_size=300))
def test_normalize_answer_of_any_text_does_not_raise(text: str) -> None:
    form = normalize_answer(text)
    assert form is None or form == normalize_answer(text)
    assert is_same_answer(text, text) or not text.strip()


@pytest.mark.parametrize(
    "noise",
    ["\n", " ", "answer ", "\\boxed{", "{", "1e", "1,", "9", "**", "- ", "=", "(", "the ", "1e9999999 ", "'"],
)
def test_normalize_answer_of_hostile_text_is_fast(noise: str) -> None:
    text = noise * (400_000 // len(noise))
    group_answers([("ada", text), ("bob", text + "x"), ("eve", "1e999999999")])


def test_groups_are_ordered_by_size_then_arrival() -> None:
    found = group_answers([("ada", "41"), ("bob", "42"), ("eve", "42.0"), ("dan", "40")])
    assert [(g.answer, g.seats) for g in found.groups] == [
        ("42", ("bob", "eve")),
        ("41", ("ada",)),
        ("40", ("dan",)),
    ]
    assert (found.agreement, found.basis, found.is_tie) == (0.5, "exact", False)
    assert group_answers([("ada", "1"), ("bob", "2")]).is_tie


def test_bare_number_joins_the_only_form_with_unit() -> None:
    assert len(group_answers([("ada", "5 km"), ("bob", "5"), ("eve", "5 km.")]).groups) == 1
    assert len(group_answers([("ada", "5 km"), ("bob", "5"), ("eve", "5 miles")]).groups) == 3
    assert len(group_answers([("ada", "B. Paris"), ("bob", "B")]).groups) == 1


def test_empty_answers_are_left_out() -> None:
    assert group_answers([("ada", " "), ("bob", "")]).groups == ()
    assert group_answers([]).agreement is None
    one = group_answers([("ada", "42"), ("bob", "")])
    assert (one.groups[0].seats, one.agreement) == (("ada",), None)


def test_agreement_of_long_texts_is_word_overlap() -> None:
    a = "Build the bridge of steel, because it carries more and lasts longer than any of those we looked at."
    b = "Steel carries more and lasts longer than those we looked at, so build the bridge of that, and soon."
    c = "Nobody should cross a river in winter without knowing where the ice is thin and who can help."
    found = group_answers([("ada", a), ("bob", b), ("eve", c)])
    assert found.basis == "wording" and len(found.groups) == 3
    assert found.agreement is not None and 0 < found.agreement < 0.6
    assert word_overlap([a, b]) > 0.7 > 0.2 > word_overlap([a, c])
    assert group_answers([("ada", a), ("bob", a)]).agreement == pytest.approx(1.0)


def test_word_overlap_splits_chinese_characters() -> None:
    assert word_overlap(["钢桥更坚固，也更耐用", "钢桥更耐用，也更坚固"]) > 0.9
    assert word_overlap(["钢桥更坚固", "冬天过河很危险"]) < 0.2


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["1", "2", "B", "x y", "long " * 30, ""])))
)
def test_every_answer_is_in_exactly_one_group(said: list[tuple[str, str]]) -> None:
    found = group_answers(said)
    assert sorted(seat for g in found.groups for seat in g.seats) == sorted(
        seat for seat, text in said if text.strip()
    )
    assert found.agreement is None or 0 <= found.agreement <= 1
