"""Neutral names: each reader's own, kept for the run."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.engine.anonymize import AnonymousLabels, letter_label, strip_signature

SEATS = ["ada", "bob", "eve", "dan", "cap"]


@given(st.integers(0, 1000), st.permutations(SEATS))
def test_labels_are_a_readers_own_and_do_not_depend_on_who_asks_first(seed: int, asking: list[str]) -> None:
    masks, again = AnonymousLabels(SEATS, seed), AnonymousLabels(SEATS, seed)
    labels = {reader: [masks.label(reader, seat) for seat in SEATS] for reader in asking}
    assert labels == {reader: [again.label(reader, seat) for seat in SEATS] for reader in SEATS}
    for reader in SEATS:
        others = [seat for seat in SEATS if seat != reader]
        assert sorted(masks.order(reader)) == sorted(others)
        assert sorted(masks.label(reader, seat) for seat in others) == [
            "Agent A",
            "Agent B",
            "Agent C",
            "Agent D",
        ]
        assert [masks.label(reader, seat) for seat in masks.order(reader)] == sorted(
            masks.label(reader, seat) for seat in others
        )


def test_every_order_comes_up() -> None:
    orders = {tuple(AnonymousLabels(["ada", "bob", "eve", "cap"], seed).order("cap")) for seed in range(200)}
    assert orders == set(permutations(["ada", "bob", "eve"]))


def test_readers_do_not_share_an_order() -> None:
    masks = AnonymousLabels([f"s{n}" for n in range(20)], 3)
    assert masks.label("s0", "s5") != masks.label("s1", "s5") or masks.label("s0", "s6") != masks.label(
        "s1", "s6"
    )


def test_names_that_are_no_seats_stay() -> None:
    assert AnonymousLabels(SEATS, 1).label("ada", "moderator") == "moderator"


@pytest.mark.parametrize(
    ("number", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")]
)
def test_letters_go_on_after_z(number: int, letters: str) -> None:
    assert letter_label(number) == letters


def test_what_one_wrote_of_others_is_retold_in_the_readers_labels() -> None:
    masks = AnonymousLabels(SEATS, 4)
    said = (
        " and ".join(masks.label("ada", seat) for seat in ("bob", "eve", "dan")) + ", not Agent Z or Agents"
    )
    heard = masks.relabel(said, "ada", "bob")
    assert (
        heard == f"you and {masks.label('bob', 'eve')} and {masks.label('bob', 'dan')}, not Agent Z or Agents"
    )
    assert masks.relabel("Agent Aldous knows.", "ada", "bob") == "Agent Aldous knows."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ada: Yes.", "Yes."),
        ("**Ada:** Yes.", "Yes."),
        ("**Ada**: Yes.", "Yes."),
        ("ada lovelace (evidence): Yes.", "Yes."),
        ("[Ada]: Yes.", "Yes."),
        ("### Ada:\nYes.", "Yes."),
        ("Yes.\n\n— Ada", "Yes."),
        ("Yes.\n-- *Ada Lovelace*.", "Yes."),
        ("Ada 2: Yes.\n-- Ada 2", "Yes."),
        ("Adam: Yes.", "Adam: Yes."),
        ("Ada says: Yes.", "Ada says: Yes."),
        ("Yes.\nAda: no.", "Yes.\nAda: no."),
        ("Yes.\n- Ada Byron", "Yes.\n- Ada Byron"),
    ],
)
def test_a_seats_own_name_is_taken_off(text: str, left: str) -> None:
    assert strip_signature(text, ("Ada", "Ada Lovelace")) == left


def test_a_numbered_seat_may_sign_without_its_number() -> None:
    assert strip_signature("Ada: Yes.\n— Ada", ("Ada 2", "")) == "Yes."


def test_no_name_takes_nothing_off() -> None:
    assert strip_signature(": Yes.", ("", "")) == ": Yes."


def test_names_with_signs_in_them_are_names() -> None:
    assert strip_signature("C++ (x): Yes.", ("C++",)) == "Yes."


def test_long_blanks_cost_no_time() -> None:
    for noise in ("\n", " ", "*", "—", "#"):
        for name in ("", "Ada", "— Ada"):
            strip_signature(name + noise * 400_000 + "x", ("Ada", ""))
