"""Pairs of answers in the many forms of years, versions, changes, angles, ranges and ratios."""

from __future__ import annotations

from roundtable_tui import answers_agree
from roundtable_tui.answers.reading import extract_final_answer
from tests.answers.cases import load_cases

PAIRS = load_cases("form_pairs.jsonl")


def test_answers_agree_on_pairs_of_many_forms_gives_their_verdict() -> None:
    wrong = []
    for pair in PAIRS:
        a, b, question = pair["a"], pair["b"], pair.get("question")
        verdicts = {answers_agree(a, b, question), answers_agree(b, a, question)}
        wrong += [] if verdicts == {pair["same"]} else [pair]
    assert wrong == []


def test_extract_final_answer_keeps_what_makes_two_replies_differ() -> None:
    joined = []
    for pair in PAIRS:
        question = pair.get("question")
        if question is None:
            continue
        a, b = (extract_final_answer(pair[side], question) for side in "ab")
        joined += [(pair, a, b)] if not pair["same"] and answers_agree(a, b, question) else []
    assert joined == []
