"""How much of the long tests is run: a share under `make test`, all under `make torture`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

FULL = os.environ.get("ROUNDTABLE_TORTURE") == "full"
"""True under `make torture`: every case there is. Else a share of them, spread evenly."""

T = TypeVar("T")
ONE_IN = 4
MIN_EXAMPLES = 20


def share(cases: Sequence[T], one_in: int, begin: int = 0) -> list[T]:
    """Return every case under `make torture`, else one in so many, from the `begin`-th on, but at least one.

    Tests of many modes use a different `begin` for each, so that together they cover every case.
    """
    return list(cases) if FULL else list(cases)[begin % min(one_in, len(cases)) :: one_in]


def examples(full: int) -> int:
    """Return how many random examples a property is tested with: `full` of them under `make torture`.

    Those of `make test` are the same each time, those of `make torture` are new ones.
    """
    return full if FULL else min(full, max(MIN_EXAMPLES, full // ONE_IN))
