"""Refusals are told from answers."""

from __future__ import annotations

import pytest

from roundtable_tui.answers.votes.refusals import is_refusal


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I can’t assist with this request.",
        "Sorry, I cannot answer that question.",
        "Unfortunately, I am unable to provide this.",
        "As an AI language model, I cannot discuss this.",
        "I must decline to answer.",
        "I won't help with that.",
    ],
)
def test_is_refusal_of_usual_wordings(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "42",
        "",
        "No.",
        "The town cannot afford it.",
        "I can help with that: 42.",
        "I cannot see a bridge in the picture, so the answer is 0.",
        "I'm sorry to say that the answer is 42.",
        "I can't help with the first part, " + "but here is the second one in full. " * 30,
    ],
)
def test_is_refusal_not_of_answers(text: str) -> None:
    assert not is_refusal(text)
