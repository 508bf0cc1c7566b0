"""How a final answer stands to the answers of the seats: its share of them, and texts about it."""

from __future__ import annotations

from dataclasses import replace

from roundtable_tui.answers.majority import Support
from roundtable_tui.engine import Answer
from roundtable_tui.reports.wording import describe_method
from roundtable_tui.utils.text import single_line

_MAX_ANSWER_CHARS = 60


def add_agreement(answer: Answer, support: Support | None) -> Answer:
    """Return the answer with the share of the answers that say the same; None if that cannot be compared."""
    if support is None or support.total < 2:
        return answer
    return replace(answer, agreement=support.share)


def describe_opposition(support: Support | None) -> str:
    """Return `against the majority (4 of 5 said 180)`; "" unless most answers say something else."""
    if support is None or not support.is_against_majority:
        return ""
    votes = len(support.majority_seats)
    most = "majority" if 2 * votes > support.total else "most frequent answer"
    return f"against the {most} ({votes} of {support.total} said {shorten_answer(support.majority)})"


def describe_pick(method: str, support: Support | None) -> str:
    """Return how an answer was picked; see `describe_method` for the methods."""
    if opposition := describe_opposition(support):
        return f"picked {opposition}"
    if method == "clusters" and (support is None or not support.is_majority):
        return "no choice by the captain, so the first of the most frequent answers"
    return describe_method(method)


def shorten_answer(answer: str) -> str:
    """Return an answer in one line for a sentence about it."""
    return single_line(answer, _MAX_ANSWER_CHARS)
