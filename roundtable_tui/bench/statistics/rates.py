"""One rate: Wilson's interval, repeats (pass@k, pass^k), and closed forms for majority votes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import comb, sqrt
from statistics import NormalDist

DEFAULT_CONFIDENCE = 0.95


def wilson_interval(
    right: float, total: float, confidence: float = DEFAULT_CONFIDENCE
) -> tuple[float, float]:
    """Return Wilson's score interval of a rate, which holds for few questions and for rates near 0 and 1.

    Source: Wilson 1927; "Don't use the CLT in LLM evals with fewer than a few hundred datapoints"
    (arXiv:2503.01747).

    Args:
        right: the number of right answers; a fraction if repeats are averaged per question.
        total: the number of questions.
        confidence: the coverage, 0 to 1.

    Returns:
        The lower and the upper bound, 0 to 1; (0, 1) without a question.
    """
    if total <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    rate, shrink = right / total, 1 + z * z / total
    middle = (rate + z * z / (2 * total)) / shrink
    half = z * sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / shrink
    low = 0.0 if right <= 0 else max(0.0, middle - half)
    high = 1.0 if right >= total else min(1.0, middle + half)
    return low, high


def pass_at_k(right: int, repeats: int, k: int) -> float:
    """Return the chance that at least one of `k` answers is right (pass@k, unbiased).

    Source: Chen et al. 2021 (arXiv:2107.03374), equation 1.

    Args:
        right: the number of right answers among the repeats.
        repeats: the number of answers to the question.
        k: how many of them are drawn, 1 to `repeats`.

    Raises:
        ValueError: the numbers do not fit.
    """
    _check_draw(right, repeats, k)
    return 1 - comb(repeats - right, k) / comb(repeats, k)


def pass_all_k(right: int, repeats: int, k: int) -> float:
    """Return the chance that all of `k` answers are right (pass^k): how consistent an arm is.

    Source: Yao et al. 2024 (arXiv:2406.12045). Arguments and errors as for `pass_at_k`.
    """
    _check_draw(right, repeats, k)
    return comb(right, k) / comb(repeats, k)


def leader_probability(leader: int, runner_up: int) -> float:
    """Return the probability that the leading answer of a vote is the more frequent one.

    The closed form of I(p > 1/2) under Beta(leader + 1, runner_up + 1): adaptive consistency, Aggarwal et
    al. 2023 (arXiv:2305.11860).
    """
    total = leader + runner_up + 1
    return float(sum(comb(total, k) for k in range(leader + 1)) / 2**total)


@cache
def majority_accuracy(accuracy: float, votes: int, wrong_answers: int = 1) -> float:
    """Return the accuracy of the most frequent of `votes` independent answers; ties are shared.

    Args:
        accuracy: the chance that one answer is right, 0 to 1.
        votes: the number of answers.
        wrong_answers: the number of wrong answers, equally likely; 1 for questions with two answers.

    Returns:
        The chance that the vote is right; among `m` tied leaders each wins with chance 1/m.
    """
    wrong = (1 - accuracy) / wrong_answers
    total = 0.0
    for right in range(votes + 1):
        chance_right = comb(votes, right) * accuracy**right
        rest = votes - right
        # The wrong answers' counts, as (left to place, number tied with the right one) -> ways.
        ways: dict[tuple[int, int], int] = {(rest, 0): 1}
        for _ in range(wrong_answers):
            ways = _place_votes(ways, right)
        total += sum(
            chance_right * wrong**rest * count / (tied + 1)
            for (left, tied), count in ways.items()
            if left == 0 and right > 0
        )
    return total


def _place_votes(ways: Mapping[tuple[int, int], int], most: int) -> dict[tuple[int, int], int]:
    """Give one more wrong answer 0 to `most` of the votes left."""
    out: dict[tuple[int, int], int] = {}
    for (left, tied), count in ways.items():
        for taken in range(min(left, most) + 1):
            at = (left - taken, tied + (taken == most))
            out[at] = out.get(at, 0) + count * comb(left, taken)
    return out


def expected_vote(accuracy: float, votes: int, share: float, wrong_answers: int = 1) -> float:
    """Return the accuracy of a vote where on a share of the questions all answers are the same.

    On these questions a vote is worth no more than one answer; on the others errors are independent.
    """
    return share * accuracy + (1 - share) * majority_accuracy(accuracy, votes, wrong_answers)


def effective_votes(votes: int, correlation: float) -> float:
    """Return the number of independent answers that correlated ones are worth (Kish's formula)."""
    return votes / (1 + (votes - 1) * correlation)


def _check_draw(right: int, repeats: int, k: int) -> None:
    if not (0 <= right <= repeats and 1 <= k <= repeats):
        raise ValueError(f"right {right}, repeats {repeats}, k {k}")
