"""Reciprocal rank fusion (Cormack et al. 2009) of two rankings."""

from __future__ import annotations

from collections.abc import Sequence

RRF_K = 60
"""How little the first ranks count for more than the next: the value of the paper."""
MAX_RANK = 50
"""How far down each ranking counts."""


def fuse_rankings(*rankings: Sequence[int]) -> list[tuple[int, float]]:
    """Return (item, score), best first: each ranking gives an item 1 / (K + rank), rank from 1.

    Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009). Equal scores: the lower number first.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking[:MAX_RANK], 1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
