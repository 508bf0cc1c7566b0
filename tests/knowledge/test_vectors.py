"""Vectors without a library, and two rankings made one."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.knowledge import vectors
from roundtable_tui.knowledge.rank_fusion import MAX_RANK, RRF_K, fuse_rankings

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


def random_vectors(count: int, size: int) -> list[list[float]]:
    """Return vectors in clusters, as embeddings are."""
    random = Random(1)
    centres = [[random.gauss(0, 1) for _ in range(size)] for _ in range(20)]
    return [[x + random.gauss(0, 0.5) for x in random.choice(centres)] for _ in range(count)]


@given(NUMBERS)
def test_normalize_gives_length_one_or_none(numbers: list[float]) -> None:
    row = vectors.normalize(numbers)
    if row is not None:
        assert sum(x * x for x in row) == pytest.approx(1.0)
        assert len(vectors.pack_vector(row)) == 2 * len(row)
        assert len(vectors.sign_bits(row)) == (len(row) + 7) // 8


def test_normalize_zero_vector_is_none() -> None:
    assert vectors.normalize([0.0, 0.0]) is None
    assert vectors.normalize([float("nan"), 1.0]) is None
    assert vectors.normalize([float("inf"), 1.0]) is None


def test_rerank_orders_by_cosine() -> None:
    rows = [
        (n, vectors.pack_vector(vectors.normalize(row) or []))
        for n, row in enumerate([[1, 0], [1, 1], [0, 1], [-1, 0]])
    ]
    assert vectors.rerank([1.0, 0.0], rows, 3) == [0, 1, 2]


def test_nearest_keeps_almost_all_true_neighbours() -> None:
    rows = [vectors.normalize(row) or [] for row in random_vectors(3010, 128)]
    queries = [rows.pop() for _ in range(10)]
    packed = {n: vectors.pack_vector(row) for n, row in enumerate(rows)}
    signs = [(n, vectors.sign_bits(row)) for n, row in enumerate(rows)]
    kept = 0
    for own in queries:
        exact = vectors.rerank(own, packed.items(), 10)
        near = vectors.nearest(own, signs, 300)
        assert len(near) == 300
        sifted = vectors.rerank(own, ((n, packed[n]) for n in near), 10)
        kept += len(set(exact) & set(sifted))
    assert kept >= 95


def test_fuse_rankings_prefers_items_in_both() -> None:
    assert [item for item, _ in fuse_rankings([1, 2, 3], [3, 4])] == [3, 1, 2, 4]
    assert fuse_rankings([7], [7]) == [(7, pytest.approx(2 / (RRF_K + 1)))]
    assert fuse_rankings([], []) == []
    assert [item for item, _ in fuse_rankings([5], [2])] == [2, 5]
    assert len(fuse_rankings(list(range(200)))) == MAX_RANK
