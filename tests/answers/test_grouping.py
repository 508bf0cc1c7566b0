"""Groups of answers."""

from __future__ import annotations

from itertools import combinations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui import answers_agree
from roundtable_tui.answers.grouping import answer_key, group_answers, is_comparable, word_overlap
from tests.answers.cases import load_cases

ANSWERS = sorted({pair[side] for pair in load_cases("pairs.jsonl") for side in "ab"})
MARKUP = ["{}", "**{}**", "__{}__", " {}\n", "## {}", "{}."]
PLAIN = [
    "5",
    "5 km",
    "B",
    "Paris",
    "yes",
    "12 %",
    "x + 1",
    "1 + x",
    "red and blue",
    "blue, red",
    "3:30 pm",
    "15:30",
]
MIXED = [
    "5", "5 km", "5000 m", "5 miles", "5 kg", "$5", "€5", "x = 5", "y = 5", "5.0", "B", "B) Paris", 
    "B) 5", "Paris",
    "C", "yes", "Yes, but no", "no", "12 %", "0.12", "12", "about 5", "[0,1)", "x < 5", "at least 5", "< 5",
    "0 ≤ x < 1", "0 ≤ y < 1", "red, green", "green and red", "E. coli", "E", "the answer depends " * 20,
]  # fmt: skip


def groups_of(answers: list[str]) -> set[frozenset[str]]:
    """Return the groups of answers, each answer by its text."""
    found = group_answers([(answer, answer) for answer in answers])
    return {frozenset(group.seats) for group in found.groups}


@given(st.lists(st.sampled_from(MIXED), unique=True, max_size=12))
def test_group_answers_members_agree_pairwise(answers: list[str]) -> None:
    for group in groups_of(answers):
        assert all(answers_agree(a, b) for a, b in combinations(sorted(group), 2))


@settings(deadline=None)
@given(st.lists(st.sampled_from(ANSWERS), unique=True, min_size=2, max_size=10), st.randoms())
def test_group_answers_of_any_cases_are_cliques_in_any_order(answers: list[str], random: Random) -> None:
    groups = groups_of(answers)
    for group in groups:
        assert all(answers_agree(a, b) for a, b in combinations(sorted(group), 2))
    random.shuffle(answers)
    assert groups_of(answers) == groups


@given(st.lists(st.sampled_from(PLAIN), unique=True, min_size=2, max_size=6), st.data())
def test_group_answers_with_harmless_markdown_are_the_same(answers: list[str], data: st.DataObject) -> None:
    marked = [(one, data.draw(st.sampled_from(MARKUP)).format(one)) for one in answers]
    found = {frozenset(group.seats) for group in group_answers(marked).groups}
    assert found == groups_of(answers)


@settings(deadline=None)
@given(st.permutations(MIXED), st.integers(2, len(MIXED)))
def test_group_answers_does_not_depend_on_the_order_of_arrival(answers: list[str], count: int) -> None:
    assert groups_of(answers[:count]) == groups_of(sorted(answers[:count]))


def test_group_answers_bare_number_joins_the_only_unit() -> None:
    assert groups_of(["5 km", "5", "5.0 km"]) == {frozenset({"5 km", "5", "5.0 km"})}
    assert len(groups_of(["5 km", "5", "5 miles"])) == 3
    assert groups_of(["5 km", "5000 m", "5 miles"]) == {frozenset({"5 km", "5000 m"}), frozenset({"5 miles"})}
    assert len(groups_of(["B. Paris", "B"])) == 1


def test_group_answers_orders_by_size_then_arrival() -> None:
    found = group_answers([("ada", "41"), ("bob", "42"), ("eve", "42.0"), ("dan", "40")])
    assert [(group.answer, group.seats) for group in found.groups] == [
        ("42", ("bob", "eve")),
        ("41", ("ada",)),
        ("40", ("dan",)),
    ]
    assert (found.agreement, found.basis, found.is_tie) == (0.5, "exact", False)
    assert group_answers([("ada", "1"), ("bob", "2")]).is_tie


def test_group_answers_with_question_joins_a_letter_and_its_option() -> None:
    question = "Which is the capital? A) Lyon B) Paris C) Nice"
    assert len(group_answers([("ada", "B"), ("bob", "Paris")], question).groups) == 1
    assert len(group_answers([("ada", "B"), ("bob", "Lyon")], question).groups) == 2


def test_group_answers_leaves_out_empty_answers() -> None:
    assert group_answers([("ada", " "), ("bob", "")]).groups == ()
    assert group_answers([]).agreement is None
    one = group_answers([("ada", "42"), ("bob", "")])
    assert (one.groups[0].seats, one.agreement) == (("ada",), None)


def test_group_answers_of_open_texts_measures_no_agreement() -> None:
    a = "Build the bridge of steel, because it carries more and lasts longer than any of those we looked at."
    b = "Steel carries more and lasts longer than those we looked at, so build the bridge of that, and soon."
    found = group_answers([("ada", a), ("bob", b), ("eve", a)])
    assert (found.basis, found.agreement) == ("open", None)
    assert [group.seats for group in found.groups] == [("ada", "eve"), ("bob",)]
    same = group_answers([("ada", a), ("bob", a)])
    assert (same.basis, same.agreement) == ("exact", 1.0)
    assert group_answers([("ada", a)]).basis == "open"
    assert answer_key(a) is None
    assert word_overlap([a, b]) > 0.7 > 0.2 > word_overlap([a, "Never cross ice in winter."])


def test_word_overlap_splits_chinese_characters() -> None:
    assert word_overlap(["钢桥更坚固，也更耐用", "钢桥更耐用，也更坚固"]) > 0.9
    assert word_overlap(["钢桥更坚固", "冬天过河很危险"]) < 0.2


def test_is_comparable_of_a_name_is_false() -> None:
    assert all(map(is_comparable, ("42", "B", "yes", "5 km", "2x + 1")))
    assert not is_comparable("Paris")
