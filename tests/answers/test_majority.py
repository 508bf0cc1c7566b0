"""What a final answer is counted for, and when it is not counted at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.answers.grouping import AnswerGroups, group_answers
from roundtable_tui.answers.majority import (
    Support,
    count_support,
    count_support_of_group,
    count_support_of_seat,
    find_majority,
    have_different_answers,
    is_unanimous,
)

LONG = "It depends on who has to live with it, and for how long, and on what it costs to undo it later."


def grouped(*answers: str) -> AnswerGroups:
    return group_answers([(str(n), answer) for n, answer in enumerate(answers)])


@pytest.mark.parametrize(
    ("answers", "final", "seats"),
    [
        (["180"] * 5, "7", 0),
        (["180"] * 5, "The sum of the angles is 7 degrees.", 0),
        (["180"] * 5, "The angles add up to 180 degrees.", 5),
        (["180"] * 5, "180°", 5),
        (["180", "180", "7"], "7", 1),
        (["41", "42", "42"], "There are 42 bridges.", 2),
        (["5 km", "5 km", "7 km"], "It is 5000 m long.", 2),
        (["Paris"] * 3, "Lyon", 0),
        (["New York"] * 3, "Los Angeles", 0),
        (["Paris"] * 3, "The capital of France is Paris.", 3),
        (["B", "B", "C"], "C", 1),
        (["Yes", "Yes", "No"], "No, it does not.", 1),
        (["1", "2", "3"], "4", 0),
        # Not certain: another kind, a sentence, several numbers.
        (["180"] * 5, "All three angles together make a half turn.", None),
        (["180"] * 5, "An essay with 3 things and 4 others.", None),
        (["180"] * 5, "Straight", None),
        (["Paris"] * 3, "7", None),
        (["I say so."] * 3, "Merged.", None),
        (["red wine"] * 3, "a wine that is red", None),
        (["sin(x)/cos(x)"] * 3, "tan(x)", None),
        (["5 km", "5 miles"], "5", None),
        (["Paris"] * 3, "The town on the Seine", None),
        ([LONG] * 3, "7", None),
        ([], "7", None),
    ],
)
def test_count_support_counts_only_what_is_certain(answers: list[str], final: str, seats: int | None) -> None:
    support = count_support(final, grouped(*answers))
    assert (None if support is None else len(support.seats)) == seats
    if support:
        assert support.total == len(answers) and support.share == len(support.seats) / len(answers)


def test_long_sentence_with_one_number_has_no_support() -> None:
    assert count_support(f"{LONG} {LONG} In the end it is 7 of them.", grouped("180", "180")) is None


def test_support_of_seat_is_that_of_its_group() -> None:
    groups = grouped("42", "41", "42.0")
    assert count_support_of_seat("2", groups) == Support(("0", "2"), 3, "42", ("0", "2"))
    minority = count_support_of_seat("1", groups)
    assert minority == count_support_of_group(groups.groups[1], groups)
    assert minority is not None and minority.is_against_majority and not minority.is_majority
    assert minority.to_dict() == {"seats": ["1"], "of": 3, "majority": "42", "majority_seats": ["0", "2"]}
    assert count_support_of_seat("9", groups) is None
    assert count_support_of_seat("0", grouped(LONG, LONG + " So be it.")) is None


def test_tie_and_single_answers_have_no_majority() -> None:
    assert find_majority(grouped("1", "1", "2", "2")) is None
    assert find_majority(grouped("1", "2")) is None
    assert find_majority(grouped()) is None
    found = find_majority(grouped("1", "2", "2"))
    assert found is not None and found.answer == "2"


@pytest.mark.parametrize(
    ("answers", "unanimous"),
    [(["42", "42.0"], True), (["42"], False), (["42", "41"], False), ([LONG, LONG], False), ([], False)],
)
def test_unanimous_answers_are_closed_and_several(answers: list[str], unanimous: bool) -> None:
    assert is_unanimous(grouped(*answers)) is unanimous


@pytest.mark.parametrize(
    ("answers", "different"),
    [
        (["42", "41"], True),
        (["Paris", "Lyon"], True),
        (["42", "42"], False),
        (["forty or so", "about forty, I think"], False),
        (["42", "forty or so of them"], False),
    ],
)
def test_different_answers_differ_not_only_in_wording(answers: list[str], different: bool) -> None:
    assert have_different_answers(grouped(*answers)) is different


@given(st.lists(st.sampled_from(["180", "7", "Paris", "B", "yes", LONG]), max_size=6), st.text(max_size=40))
def test_support_of_any_answer_is_consistent(answers: list[str], final: str) -> None:
    support = count_support(final, grouped(*answers))
    if support is not None:
        assert 0 <= support.share <= 1
        assert not (support.is_majority and support.is_against_majority)
        assert not (support.is_unanimous and support.is_against_majority)
