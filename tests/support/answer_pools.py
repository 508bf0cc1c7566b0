"""Stored answers of models that do not exist: their accuracy, spread and shared errors are known exactly.

`make_pool` draws the answers to many questions from a seeded generator; `take_vote` takes votes from them by
the rules of the modes. So what a rule gains and loses is measured, without any model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import NamedTuple

from roundtable_tui.answers.votes.stopping import StoppingRule, is_vote_settled

_is_settled = cache(is_vote_settled)
"""Of the votes of 20,000 questions most have been seen before."""
RIGHT = 0
"""The right answer to every question; wrong ones count from 1."""


class PooledAnswer(NamedTuple):
    value: int
    tokens: int


Pool = Sequence[Sequence[PooledAnswer]]
"""Answers of each question."""


def make_pool(
    *, accuracy: float, wrong: int, shared: float = 0.0, questions: int = 20_000, size: int = 9, seed: int = 0
) -> Pool:
    """Draw the answers to `questions` questions.

    Args:
        accuracy: the probability that an answer is right.
        wrong: the number of wrong answers, all equally likely.
        shared: the probability that an answer is the common one of its question, right or wrong, in place of
            an own one: the correlation of errors. The accuracy stays the same.
        questions: the number of questions.
        size: answers for each.
        seed: the same pool for the same seed.
    """
    random = Random(seed)

    def draw() -> int:
        return RIGHT if uniform() < accuracy else 1 + below(wrong)

    uniform, below, spread = random.random, random.randrange, random.lognormvariate
    pool = []
    for _ in range(questions):
        common = draw()
        values = [common if uniform() < shared else draw() for _ in range(size)]
        pool.append([PooledAnswer(value, round(spread(6, 0.5))) for value in values])
    return pool


class VoteResult(NamedTuple):
    """The answer of a vote, the answers it took, their tokens, and whether its rule was met."""

    value: int
    asked: int
    tokens: int
    settled: bool


def take_vote(
    answers: Sequence[PooledAnswer], rule: StoppingRule | None, cap: int, **how: float
) -> VoteResult:
    """Vote one by one, from two on, until the rule is met; the earliest of the largest groups wins.

    Args:
        answers: the answers to one question.
        rule: None for a vote that takes all `cap` answers.
        cap: the most answers.
        how: `lead`, `confidence`.
    """
    votes: dict[int, int] = {}
    settled = False
    tokens = asked = 0
    for value, spent in answers[:cap]:
        asked += 1
        tokens += spent
        votes[value] = votes.get(value, 0) + 1
        if rule is None or asked == 1:
            continue
        sizes = tuple(sorted(votes.values(), reverse=True))
        if settled := _is_settled(rule, sizes, cap - asked, **how):  # type: ignore[arg-type]
            break
    return VoteResult(max(votes, key=votes.__getitem__), asked, tokens, settled)


@dataclass(frozen=True)
class RuleResult:
    """What a rule gives over a pool. Shares from 0 to 1; tokens are those of all questions."""

    accuracy: float
    tokens: int
    asked: float
    settled: float
    settled_wrong: float
    """Of the settled ones, those that are wrong."""


def measure(pool: Pool, rule: StoppingRule | None, cap: int, **how: float) -> RuleResult:
    """Take the vote on every question of a pool."""
    found = [take_vote(answers, rule, cap, **how) for answers in pool]
    settled = [one for one in found if one.settled]
    return RuleResult(
        accuracy=sum(one.value == RIGHT for one in found) / len(found),
        tokens=sum(one.tokens for one in found),
        asked=sum(one.asked for one in found) / len(found),
        settled=len(settled) / len(found),
        settled_wrong=sum(one.value != RIGHT for one in settled) / max(1, len(settled)),
    )
