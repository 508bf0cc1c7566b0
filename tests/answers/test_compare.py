"""Whether two answers say the same."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui import answers_agree
from roundtable_tui.answers.reading import _read_short_answer, read_answer
from roundtable_tui.answers.values import Text
from tests.answers.cases import load_cases
from tests.support.torture import examples

PAIRS = load_cases("pairs.jsonl")
ANSWERS = sorted({pair[side] for pair in PAIRS for side in "ab"})
MARKUP = ["**{}**", "*{}*", "`{}`", " {} ", "\n{}\n", "## {}", "- {}", '"{}"']
CHARACTERS = "0123456789abcxyzABC +-*/^=<>≤.,:;!'\"()[]{}$%€°√π½²\\ \n不是"


def verdicts(pair: dict[str, Any]) -> tuple[bool, bool]:
    """Return what is found of a pair in both orders."""
    question = pair.get("question")
    return answers_agree(pair["a"], pair["b"], question), answers_agree(pair["b"], pair["a"], question)


def test_answers_agree_on_pairs_of_every_kind() -> None:
    pairs = load_cases("more_pairs.jsonl")
    assert [pair for pair in pairs if verdicts(pair) != (pair["same"], pair["same"])] == []


def test_answers_agree_on_every_pair_gives_its_verdict() -> None:
    assert len(PAIRS) > 1400
    assert [pair for pair in PAIRS if verdicts(pair) != (pair["same"], pair["same"])] == []


def test_answers_agree_of_an_answer_with_itself_is_true() -> None:
    assert [answer for answer in ANSWERS if not answers_agree(answer, answer)] == []


@given(st.sampled_from(ANSWERS), st.sampled_from(MARKUP))
def test_answers_agree_ignores_harmless_markdown(answer: str, markup: str) -> None:
    if any(char in answer for char in "`*_\"'#$\\") or answer[0] in "->":
        return  # Inside such marks, these characters may be markup themselves.
    if "\n" in answer:
        return  # Marks around several lines belong to none of them.
    if markup == "- {}" and not answer[0].isalpha():
        return  # A minus.
    assert answers_agree(answer, markup.format(answer))


@settings(deadline=None)
@given(st.text(CHARACTERS, max_size=40), st.text(CHARACTERS, max_size=40))
def test_answers_agree_on_any_texts_is_symmetric_and_reflexive(a: str, b: str) -> None:
    assert answers_agree(a, b) == answers_agree(b, a)
    assert answers_agree(a, a)


@given(st.text(max_size=300))
def test_read_answer_of_any_text_gives_the_same_value_twice(text: str) -> None:
    _read_short_answer.cache_clear()
    first = read_answer(text)
    _read_short_answer.cache_clear()
    assert first == read_answer(text)
    assert hash(first.key) == hash(read_answer(text).key)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_answers_agree_on_integers_is_equality(a: int, b: int) -> None:
    assert answers_agree(str(a), f"{b:,}") == (a == b)


@settings(
    deadline=None, max_examples=examples(20)
)  # Where the extra `maths` is installed, it is asked, which is slow.
@given(st.sampled_from("+-*/^"), st.integers(2, 99), st.integers(2, 99))
def test_answers_agree_keeps_operators(operator: str, a: int, b: int) -> None:
    for other in "+-*/^":
        if other != operator:
            assert not answers_agree(f"x {operator} {a}", f"x {other} {a}")
    assert answers_agree(f"x {operator} {a}", f"x{operator}{b}") == (a == b)


@pytest.mark.parametrize(
    "noise",
    ["\n", " ", "answer ", "\\boxed{", "{", "1e", "1,", "9", "**", "- ", "=", "(", "the ", "1e9999999 ", "'",
     "!", "^9", "√", "the answer is ", "<answer>", "a,", "\\frac{", "yes, "],
)  # fmt: skip
@pytest.mark.parametrize("length", [50, 230, 400, 400_000])
def test_answers_agree_on_hostile_text_ends(noise: str, length: int) -> None:
    text = noise * (length // len(noise))
    assert answers_agree(text, text)
    answers_agree(text, "1e999999999")


def test_power_tower_is_compared_as_text() -> None:
    assert answers_agree("9^9^9^9", "9^9^9^9")
    assert not answers_agree("9^9^9^9", "9^9^9")


def test_answers_agree_of_any_digit_character_does_not_fail() -> None:
    digits = [chr(code) for code in range(0x80, 0x1F700) if unicodedata.numeric(chr(code), None) is not None]
    for digit in digits:
        assert answers_agree(digit, digit) and answers_agree(f"2{digit}", f"2{digit}")
    assert answers_agree("④", "4") and not answers_agree("④", "③") and not answers_agree("2④", "24")


def test_read_answer_of_long_texts_compares_all_of_them_without_holding_them() -> None:
    long = "Wood is warm, and steel is strong. " * 5000
    value = read_answer(long)
    assert isinstance(value, Text) and value.is_open and len(value.form) < 5000
    assert answers_agree(long, f"\n{long.upper()}\n")
    assert not answers_agree(long, f"{long} But stone lasts.")
    assert not answers_agree(long, long.replace("warm", "cold", 1))
