"""The CPU time of some work as a multiple of that of a fixed piece of work, measured right after it.

A busy machine makes both slower, so a bound on the ratio holds where a bound in seconds would not.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_TEXT = json.dumps([{f"a{n}": [n, f"x{n}"]} for n in range(20_000)])
_CHEAP_S = 0.2
"""Work that takes less is far from any bound: it is not compared."""
_TRIES = 3


def measure_cost(work: Callable[[], T]) -> tuple[T, float]:
    """Do the work; return its result and its cost.

    One unit is what it takes to parse and to write 20,000 small JSON objects: about 0.04 s on a machine of
    2024. The cost of cheap work is 0.
    """
    began = time.process_time()
    result = work()
    used = time.process_time() - began
    return result, used / statistics.median(map(_measure_unit, range(_TRIES))) if used > _CHEAP_S else 0.0


def _measure_unit(_: int) -> float:
    began = time.process_time()
    sum(len(str(one)) for one in json.loads(_TEXT))
    return max(time.process_time() - began, 0.001)
