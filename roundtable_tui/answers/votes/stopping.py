"""When several answers are enough: rules that end a vote early, from the sizes of its groups alone.

Sources: "lead by m" is the sequential probability ratio test for a known accuracy (Wald 1945); the Beta rule
is Adaptive-Consistency (Aggarwal et al. 2023, arXiv:2305.11860), in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Literal

StoppingRule = Literal["lead", "overtaken", "beta"]


def leader_probability(leader: int, runner_up: int) -> float:
    """Return the probability that the leader would stay ahead of the runner-up, from a uniform prior.

    It is P(p > 1/2) for p ~ Beta(leader + 1, runner_up + 1): the answers are taken as independent, so that
    an error that models share is not seen.

    Args:
        leader: votes of the leading answer.
        runner_up: votes of the next answer.

    Returns:
        0 to 1; 0.5 for a tie.
    """
    total = leader + runner_up + 1
    return sum(comb(total, k) for k in range(leader + 1)) / (1 << total)


def is_vote_settled(
    rule: StoppingRule, sizes: Sequence[int], remaining: int, *, lead: int = 2, confidence: float = 0.95
) -> bool:
    """Return True if no further answer is needed.

    Args:
        rule: `lead`: the leader is `lead` votes ahead; `overtaken`: the remaining answers cannot change the
            leader; `beta`: `leader_probability` is at least `confidence`.
        sizes: sizes of the groups of equal answers, largest first.
        remaining: the number of answers that may still come.
        lead: for `lead`.
        confidence: for `beta`, 0 to 1.
    """
    if not sizes:
        return False
    leader, runner_up = sizes[0], sizes[1] if len(sizes) > 1 else 0
    if rule == "lead":
        return leader - runner_up >= lead
    if rule == "overtaken":
        return leader - runner_up > remaining
    return leader_probability(leader, runner_up) >= confidence
