"""The answer at the end of a reply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui import answers_agree, final_answer
from roundtable_tui.answers.reading import extract_final_answer, read_answer
from tests.answers.cases import load_cases

REASONING = """There are two ways to count, and both need care.
One may think that the answer is 13, which counts the first row twice.
Answer: 14 would be right for the upper half alone.

With all rows in, the sum is larger than either.
The rows do not overlap, so nothing is counted twice.
The last row is checked by hand.

"""
ENDINGS = load_cases("endings.jsonl")


def is_read(case: dict[str, Any]) -> bool:
    """Return whether the answer that is read of an ending is the one that it has."""
    found = final_answer(REASONING + case["ending"])
    if found is None or case["answer"] is None:
        return found is case["answer"]
    return answers_agree(found, case["answer"])


def test_final_answer_reads_every_ending() -> None:
    assert len(ENDINGS) > 500
    assert [case for case in ENDINGS if not is_read(case)] == []


def test_final_answer_reads_whole_replies() -> None:
    wrong = []
    for case in load_cases("replies.jsonl"):
        found, wanted = final_answer(case["text"]), case["answer"]
        is_right = found is None if wanted is None else found is not None and answers_agree(found, wanted)
        wrong += [] if is_right else [(case["text"][-80:], found, wanted)]
    assert wrong == []


def test_final_answer_reads_statements_in_any_wording() -> None:
    cases = load_cases("statements.jsonl")
    unread, wrong = [], []
    for case in cases:
        found, wanted = final_answer(case["text"]), case["answer"]
        if found is None and wanted is not None:
            unread.append(case["text"])
        elif found is not None and (wanted is None or not answers_agree(found, wanted)):
            wrong.append((case["text"], found))
    assert len(cases) > 950
    assert len(unread) <= len(cases) // 50, unread
    assert len(wrong) <= len(cases) // 100, wrong


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("The capital of France is Paris. This is the answer you asked for.", "Paris"),
        ("A and C fail.\n\nThe answer is B, not A.", "B"),
        ("It all fits.\n\n**Author:** Jane Austen\n\nConfidence: 90 %", "Jane Austen"),
        ("**Answer: 72**\n\nThe train needs two hours and a half for the whole way to the sea.", "72"),
        ("**Answer: 70**\n\nWait, that is wrong: the train needs two hours and a half for the way.", None),
        ("We looked at figures.\n\nSo the outlook was better in 2024.", None),
        ("Both draws count.\nSome people forget this and write 4/25.\n\nDo you want more?", None),
        ("I'm not sure.", None),
        ("I'm not sure, but the answer is 5.", "5"),
        ("Leider kann ich dabei nicht helfen.", None),
    ],
)
def test_final_answer_of_a_reply_is_what_it_states(reply: str, answer: str | None) -> None:
    assert final_answer(reply) == answer


def test_answers_with_a_closing_sentence_agree_with_those_without() -> None:
    assert answers_agree("The capital of France is Paris. This is the answer you asked for.", "Paris")
    assert answers_agree("It is Paris. Hope this helps!", "Paris")
    assert not answers_agree("Yes. If you have a licence.", "Yes")
    assert not answers_agree("It is Paris. Or Lyon.", "Paris")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("The three winners in the north of the region are Ann, Bob and Cy.", "winners"),
        ("The winner of the second round of this very long contest is **Bob**, as the votes show.", "winner"),
        ("It holds **5 litres** when it is full, and that is all it holds in the whole winter.", "holds"),
    ],
)
def test_sentences_with_one_answer_about_two_things_differ(text: str, other: str) -> None:
    assert final_answer(f"We count them.\n\n{text}") is not None
    assert not answers_agree(text, text.replace(other, "loses", 1))


def test_final_answer_of_a_text_without_statement_is_none() -> None:
    assert final_answer(REASONING) is None
    assert final_answer("") is None
    assert extract_final_answer(" My answers vary, as do the ways to them, and no one is best of all.\n") == (
        "My answers vary, as do the ways to them, and no one is best of all."
    )


def test_final_answer_of_a_short_reply_is_the_reply() -> None:
    assert final_answer("Paris") == "Paris"
    assert final_answer("Oak lasts longest outdoors.") == "Oak lasts longest outdoors."


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Because of that.\nAnswer: 42", "42"),
        ("Answer: 41\nNo.\nThe correct answer is 42", "42"),
        ("So \\boxed{41}, no, \\boxed{\\frac{1}{\\sqrt{2}}}.", "\\frac{1}{\\sqrt{2}}"),
        ("**Answer:**\n\nBuild it of oak.\n\nIt lasts longest.", "Build it of oak.\nIt lasts longest."),
        ("[[ANSWER-ab]]\n41\n\n[[ANSWER-ab]]\n42", "42"),
    ],
)
def test_final_answer_of_several_statements_is_the_last(reply: str, answer: str) -> None:
    assert final_answer(reply) == answer


def test_read_answer_of_a_long_reply_reads_its_end() -> None:
    assert read_answer(REASONING * 2 + "The answer is 42.") == read_answer("42")


@given(st.text("Answer: is the 42\n*#.{}\\boxed[]<>=", max_size=200))
def test_final_answer_of_any_text_is_none_or_not_empty(text: str) -> None:
    found = final_answer(text)
    assert found is None or found.strip()
