"""Decisions as Markdown: what was decided, with the reasons that were given."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.tui.widgets.run.decision_text import format_decision


@pytest.mark.parametrize(
    ("label", "decision", "text"),
    [
        (
            "pick",
            {"reason": "It is right.", "choice": 2},
            "**Picked:** answer 2. It is right.",
        ),
        ("pick", {"reason": "", "choice": 2}, "**Picked:** answer 2."),
        ("tie", {"choice": 1}, "**Picked:** answer 1."),
        ("ranking", {"reasons": "", "ranking": ["B", "A"]}, "ranking: B, A"),
        ("ranking", {"reasons": "B is right", "ranking": ["B", "A"]}, "reasons: B is right; ranking: B, A"),
        (
            "verdict",
            {"direction": "All hold 42.", "consensus": True},
            "**Consensus.** The answers agree in substance.",
        ),
        ("verdict", {"direction": "42 or 41?", "consensus": False}, "**No consensus yet.** 42 or 41?"),
    ],
)
def test_format_decision_has_verdict_and_reason(label: str, decision: dict[str, Any], text: str) -> None:
    assert format_decision(label, decision) == text


def test_format_decision_names_whose_answer_was_picked() -> None:
    decision = {"reason": "It is right.", "choice": 2}
    assert (
        format_decision("pick", decision, choice="Ann's answer") == "**Picked:** Ann's answer. It is right."
    )
