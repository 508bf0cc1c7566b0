"""The pool of single answers: votes of every size, and the vote that as many tokens buy. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from roundtable_tui.answers.grouping import group_answers
from roundtable_tui.bench.results import ResultRow

POOL_SIZE = 16
"""Answers per question at most, by default."""


@dataclass(frozen=True, slots=True)
class PooledVote:
    """A vote made of answers of the pool."""

    answers: int
    """How many were drawn."""
    correct: bool
    extracted: str
    tokens: int
    calls: int
    seconds: float
    """The time of the slowest answer: they can be asked at the same time."""
    cost: float | None
    is_failed: bool = False
    """True if no drawn answer is a vote."""
    is_exhausted: bool = False
    """True if the pool had too few answers for the tokens."""
    completion_tokens: int = 0
    """Part of `tokens`."""
    cached_tokens: int = 0
    """Part of the prompt tokens, as the server reported it."""
    is_estimated: bool = False
    """True if tokens of an answer were estimated."""


def vote(drawn: Sequence[ResultRow], question: str = "") -> PooledVote:
    """Return the majority of some answers; of tied ones, the one that came first.

    Failed and empty answers do not vote, but their tokens are counted.

    Args:
        drawn: the answers, in the order of the draws.
        question: the question; its options give letters their meaning.
    """
    voters = [row for row in drawn if row.extracted and not row.error]
    costs = [row.cost for row in drawn if row.cost is not None]
    correct, extracted = False, ""
    if voters:
        groups = group_answers([(str(n), row.extracted) for n, row in enumerate(voters)], question or None)
        most = max(len(group.seats) for group in groups.groups)
        first = min(int(group.seats[0]) for group in groups.groups if len(group.seats) == most)
        correct, extracted = voters[first].correct, voters[first].extracted
    return PooledVote(
        answers=len(drawn),
        correct=correct,
        extracted=extracted,
        tokens=sum(row.tokens for row in drawn),
        calls=sum(row.calls for row in drawn),
        seconds=max((row.seconds for row in drawn), default=0.0),
        cost=sum(costs) if costs else None,
        is_failed=not voters,
        completion_tokens=sum(row.completion_tokens for row in drawn),
        cached_tokens=sum(row.cached_tokens for row in drawn),
        is_estimated=any(row.estimated for row in drawn),
    )


def draw(pool: Sequence[ResultRow], count: int, repeat: int = 0) -> list[ResultRow]:
    """Return the draws of a repetition: each has its own part of the pool.

    Returns fewer than `count` where the pool is too small.
    """
    return list(pool[repeat * count : (repeat + 1) * count])


def count_affordable(pool: Sequence[ResultRow], tokens: int) -> int:
    """Return how many answers of the pool, in order, `tokens` buy; at least one."""
    spent = 0
    for count, row in enumerate(pool):
        spent += row.tokens
        if spent > tokens:
            return max(1, count)
    return len(pool)


def equal_token_vote(
    pool: Sequence[ResultRow], tokens: int, question: str = "", repeat: int = 0
) -> PooledVote | None:
    """Return the vote that as many tokens buy as a mode spent on the same question; None without a pool.

    Args:
        pool: the answers of the pool to this question.
        tokens: the tokens of the mode on this question.
        question: the question, see `vote`.
        repeat: the repetition; the draws start at another place of the pool for each.
    """
    if not pool:
        return None
    start = repeat % len(pool)
    order = [*pool[start:], *pool[:start]]
    count = count_affordable(order, tokens)
    found = vote(order[:count], question)
    is_short = count == len(pool) and found.tokens < tokens - _mean_tokens(pool)
    return replace(found, is_exhausted=is_short)


def needs_more(pool: Sequence[ResultRow], tokens: int, limit: int = POOL_SIZE) -> bool:
    """Return True if another answer should be bought for the comparison with a mode that spent `tokens`."""
    return len(pool) < limit and sum(row.tokens for row in pool) < tokens


def estimate_pool(mode_tokens: float, single_tokens: float, limit: int = POOL_SIZE) -> int:
    """Return how many answers per question the comparison needs, from mean tokens; for `--dry-run`."""
    if single_tokens <= 0:
        return limit
    return max(1, min(limit, -(-int(mode_tokens) // max(1, int(single_tokens)))))


def _mean_tokens(pool: Sequence[ResultRow]) -> float:
    return sum(row.tokens for row in pool) / len(pool)


def accuracy_curve(
    pools: Sequence[Sequence[ResultRow]], sizes: Sequence[int]
) -> list[tuple[int, float, float]]:
    """Return (answers, accuracy, mean tokens) of votes of each size, over questions with enough answers."""
    out = []
    for size in sizes:
        votes = [vote(pool[:size]) for pool in pools if len(pool) >= size]
        if votes:
            right = sum(one.correct for one in votes)
            out.append((size, right / len(votes), sum(one.tokens for one in votes) / len(votes)))
    return out
