"""How the work of a function grows with the size of its input."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

FACTOR = 4


def growth(work: Callable[[int], object], size: int, tries: int = 5) -> float:
    """Return how many times the CPU time of `work(4 * size)` is that of `work(size)`.

    Linear work gives about 4, quadratic work 16. The smallest ratio of a few tries counts: what else runs on
    the machine can only make one of them larger or smaller, not all of them.
    """
    ratios = []
    gc.disable()
    try:
        for _ in range(tries):
            many, few = _cpu_s(work, FACTOR * size), _cpu_s(work, size)
            if many >= 2 * FACTOR * few:  # The small one may have been measured too short.
                few = max(few, _cpu_s(work, size))
            ratios.append(many / few)
            if ratios[-1] < 2 * FACTOR:
                break
    finally:
        gc.enable()
    return min(ratios)


def _cpu_s(work: Callable[[int], object], size: int) -> float:
    began = time.process_time_ns()
    work(size)
    return max(1, time.process_time_ns() - began) / 1e9
