"""Stopping rules of a vote, against brute force and published figures."""

from __future__ import annotations

from itertools import product

import pytest

from roundtable_tui.answers.votes.stopping import is_vote_settled, leader_probability


def integrate_beta(a: int, b: int, steps: int = 20_000) -> float:
    """Return P(p > 1/2) for p ~ Beta(a + 1, b + 1), by the midpoint rule."""
    density = [((n + 0.5) / steps) ** a * (1 - (n + 0.5) / steps) ** b for n in range(steps)]
    return sum(density[steps // 2 :]) / sum(density)


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2), (5, 5), (9, 3)])
def test_leader_probability_equals_numeric_integration(a: int, b: int) -> None:
    assert leader_probability(a, b) == pytest.approx(integrate_beta(a, b), abs=1e-6)


def test_leader_probability_two_of_two_and_three_of_three() -> None:
    assert leader_probability(2, 0) == 0.875
    assert leader_probability(3, 0) == 0.9375


@pytest.mark.parametrize(
    ("confidence", "smallest"),
    [
        (0.80, [2, 3, 5, 6, 7, 9]),
        (0.90, [3, 5, 6, 8, 9, 11]),
        (0.95, [4, 6, 8, 9, 11, 12]),
        (0.99, [6, 9, 11, 13, 14, 16]),
    ],
)
def test_beta_rule_smallest_lead_is_the_published_one(confidence: float, smallest: list[int]) -> None:
    found = []
    for b in range(6):
        settled = (
            a for a in range(1, 40) if a > b and is_vote_settled("beta", [a, b], 0, confidence=confidence)
        )
        found.append(next(settled))
    assert found == smallest


@pytest.mark.parametrize(
    ("sizes", "lead", "expected"),
    [
        ([], 2, False),
        ([1], 2, False),
        ([2], 2, True),
        ([3, 2], 2, False),
        ([3, 1, 1], 2, True),
        ([3, 1], 3, False),
    ],
)
def test_lead_rule(sizes: list[int], lead: int, expected: bool) -> None:
    assert is_vote_settled("lead", sizes, 0, lead=lead) is expected


def test_overtaken_rule_never_ends_a_vote_that_could_still_change() -> None:
    cap = 5
    for votes in product("abc", repeat=cap):
        full = sorted((votes.count(one) for one in set(votes)), reverse=True)
        for n in range(1, cap + 1):
            counts = {one: votes[:n].count(one) for one in set(votes[:n])}
            sizes = sorted(counts.values(), reverse=True)
            if is_vote_settled("overtaken", sizes, cap - n):
                leader = max(counts, key=lambda one: counts[one])
                assert votes.count(leader) == full[0] and full[1:2] != [full[0]]
