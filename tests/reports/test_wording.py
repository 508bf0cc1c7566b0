"""Decisions in words."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.reports.transcript import render_transcript
from roundtable_tui.reports.wording import describe_decision, describe_method, describe_raw_decision


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ({"consensus": True, "direction": ""}, "agreed"),
        ({"consensus": False, "direction": "they differ on cost"}, "not agreed yet: they differ on cost"),
        ({"consensus": "maybe"}, "consensus: maybe"),
        ({"disputed": True, "points": "the date"}, "open disagreements: the date"),
        ({"disputed": False}, "no open disagreements"),
        ({"choice": 2}, "picked answer 2"),
        ({"best_first": [2, 1], "sure": True, "note": None}, "best first: 2, 1; sure: yes"),
        ({"evil\x1b[2J": "x\n\x07y"}, "evil␛[2J: x y"),
    ],
)
def test_describe_decision_returns_sentence(decision: dict[str, Any], words: str) -> None:
    assert describe_decision(decision) == words


@pytest.mark.parametrize("text", ["plain prose", "[1, 2]", '{"cut": ', "{}", "[" * 5000, ""])
def test_describe_raw_decision_other_text_is_unchanged(text: str) -> None:
    assert describe_raw_decision(text) == text


def test_describe_method_returns_text() -> None:
    for rung in ("json_schema", "tool", "prose", "word", "clusters", "unanimous", "only"):
        assert "_" not in describe_method(rung) and describe_method(rung) != rung


def test_render_transcript_decision_has_no_json() -> None:
    turn: Any = {"turn": "c.1", "seat": "c"}
    told = render_transcript(
        [
            events.TurnQueued(**turn, label="verdict", decides=True),
            events.TurnFinished(**turn, text='{"consensus": false, "direction": "look at cost"}'),
        ]
    )
    assert "{" not in told and "Not agreed yet: look at cost" in told
