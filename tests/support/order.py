"""The order of tests for parallel workers: long tests begin first, beside tests that need the processor.

Workers get equal, contiguous parts of the list of tests, and an idle one takes tests from the end of the
longest remaining part. A long test near the end would keep one worker busy while the others have ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

LONG = ("tests/e2e/", "tests/stress/")
"""Folders of tests that start programs and wait for them, in this order."""


def sort_for_workers(items: Sequence[Any], workers: int) -> list[Any]:
    """Return the tests so that half of the workers begin with the long ones.

    Args:
        items: Tests, in the order of collection; each has a `nodeid`.
        workers: The number of workers that they are divided among.
    """
    long = [item for folder in LONG for item in items if item.nodeid.startswith(folder)]
    rest = iter([item for item in items if not item.nodeid.startswith(LONG)])
    modules = [list(tests) for _, tests in groupby(long, key=lambda item: item.nodeid.partition("::")[0])]
    first = (workers + 1) // 2
    order: list[Any] = []
    for worker in range(workers):
        begin = [item for module in modules[worker::first] for item in module] if worker < first else []
        size = (len(items) - len(order)) // (workers - worker)
        order += begin
        order += [item for _, item in zip(range(size - len(begin)), rest, strict=False)]
    return [*order, *rest]
