"""Neutral names: each reader's own, kept for the run."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.engine.anonymize import AnonymousLabels, letter_label, strip_signature

SEATS = ["ada", "bob", "eve", "dan", "cap"]


@given(st.integers(0, 1000), st.permutations(SEATS))
def test_labels_of_a_reader_do_not_depend_on_order_of_first_use(seed: int, asking: list[str]) -> None:
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


def test_label_orders_over_many_seeds_include_every_order() -> None:
    orders = {tuple(AnonymousLabels(["ada", "bob", "eve", "cap"], seed).order("cap")) for seed in range(200)}
    assert orders == set(permutations(["ada", "bob", "eve"]))


def test_label_orders_of_two_readers_differ() -> None:
    masks = AnonymousLabels([f"s{n}" for n in range(20)], 3)
    assert masks.label("s0", "s5") != masks.label("s1", "s5") or masks.label("s0", "s6") != masks.label(
        "s1", "s6"
    )


def test_label_of_unknown_seat_is_its_id() -> None:
    assert AnonymousLabels(SEATS, 1).label("ada", "moderator") == "moderator"


@pytest.mark.parametrize(
    ("number", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")]
)
def test_letter_label_after_z_is_aa(number: int, letters: str) -> None:
    assert letter_label(number) == letters


def test_relabel_replaces_labels_of_author_by_those_of_reader() -> None:
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
        ("As Ada, I say yes.", "I say yes."),
        ("**As Ada Lovelace**, I say yes.", "**I say yes."),
        ("As Ada (the engineer), my answer is yes.", "my answer is yes."),
        ("As Ada, the evidence specialist, I'd say yes.", "I'd say yes."),
        ("Yes. As Ada I hold to it.\nAs Ada, I am sure.", "Yes. I hold to it.\nI am sure."),
        ("Speaking as Ada, I say yes.", "I say yes."),
        ("As Ada put it, yes.", "As Ada put it, yes."),
        ("As Adam, I say yes.", "As Adam, I say yes."),
        ("I trust her as Ada, I do.", "I trust her as Ada, I do."),
        ("Ada, the engineer: Yes.", "Yes."),
        ("Ada here. Yes.", "Yes."),
        ("I am Ada, the engineer, and yes.", "yes."),
        ("I'm Ada. Yes.", "Yes."),
        ("This is Ada: Yes.", "Yes."),
        ("I am Adamant. Yes.", "I am Adamant. Yes."),
        ("Yes.\n\nAda:", "Yes."),
        ("Yes.\n\n**Ada (evidence):**", "Yes."),
        ("Yes.\n— Ada, the engineer", "Yes."),
        ("Yes.\nSigned, Ada", "Yes."),
        ("Yes.\n\nBest regards,\nAda", "Yes."),
        ("Who was first? It was\nAda", "Who was first? It was\nAda"),
        ("Ada: So:\n[[ANSWER-x]]\nAda: 42\n-- Ada", "So:\n[[ANSWER-x]]\n42"),
        ("So says\n— Ada\n[[ANSWER-x]]\nAda", "So says\n[[ANSWER-x]]\nAda"),
    ],
)
def test_strip_signature_removes_name_of_author(text: str, left: str) -> None:
    assert strip_signature(text, ("Ada", "Ada Lovelace")) == left


def test_strip_signature_of_numbered_seat_removes_unnumbered_name() -> None:
    assert strip_signature("Ada: Yes.\n— Ada", ("Ada 2", "")) == "Yes."


def test_strip_signature_without_names_changes_nothing() -> None:
    assert strip_signature(": Yes.", ("", "")) == ": Yes."


def test_strip_signature_with_special_characters_matches_them_literally() -> None:
    assert strip_signature("C++ (x): Yes.", ("C++",)) == "Yes."


def test_strip_signature_of_long_blank_text_is_fast() -> None:
    for noise in ("\n", " ", "*", "—", "#"):
        for name in ("", "Ada", "— Ada"):
            strip_signature(name + noise * 100_000 + "x", ("Ada", ""))
