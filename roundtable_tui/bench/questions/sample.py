"""Take some of the questions: the first ones, or a sample that keeps the shares of the topics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random

from roundtable_tui.bench.questions.model import BenchQuestion

SCHEMES = ("head", "stratified")


def sample_questions(
    questions: Sequence[BenchQuestion], limit: int | None, scheme: str = "head", seed: int = 0
) -> tuple[BenchQuestion, ...]:
    """Return at most `limit` questions in the order of the file.

    Args:
        questions: all questions.
        limit: how many; None for all.
        scheme: "head" for the first ones, "stratified" for a random sample in which each topic has its share
            (largest remainders).
        seed: of the sample.
    """
    if limit is None or limit >= len(questions):
        return tuple(questions)
    if scheme == "head":
        return tuple(questions[:limit])
    topics: dict[str, list[int]] = defaultdict(list)
    for index, question in enumerate(questions):
        topics[question.topic].append(index)
    exact = {topic: limit * len(members) / len(questions) for topic, members in topics.items()}
    taken = {topic: int(share) for topic, share in exact.items()}
    by_remainder = sorted(topics, key=lambda topic: (taken[topic] - exact[topic], topic))
    for topic in by_remainder[: limit - sum(taken.values())]:
        taken[topic] += 1
    random = Random(seed)
    chosen = {index for topic in sorted(topics) for index in random.sample(topics[topic], taken[topic])}
    return tuple(question for index, question in enumerate(questions) if index in chosen)
