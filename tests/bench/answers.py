"""How many pairs of short answers are compared per second of processor time, at first and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

from roundtable_tui.answers.classify import _classify_short
from roundtable_tui.answers.compare import answers_agree
from roundtable_tui.answers.expressions import normalize_expression
from roundtable_tui.answers.reading import _read_short_answer
from roundtable_tui.answers.units import find_unit

COUNT = 4000
TARGET = 10_000
ROUNDS = 5


def rows() -> list[tuple[object, ...]]:
    """Return the rows of comparisons per second."""
    kinds: dict[str, Callable[[int], tuple[str, str]]] = {
        "numbers": lambda n: (f"{n}", f"**{n}.0**"),
        "units": lambda n: (f"{n} km", f"{n * 1000} m"),
        "choices": lambda n: (f"B) city {n}", "B"),
        "names": lambda n: (f"The city of number{n}", f"the city of Number{n}."),
        "fractions": lambda n: (f"\\frac{{{n}}}{{7}}", str(Fraction(n, 7))),
        "expressions": lambda n: (f"{n}x + 1", f"1 + {n} x"),
        "lists": lambda n: (f"red, green and {n}", f"{n}, red, green"),
    }
    found: list[tuple[object, ...]] = []
    for name, build in kinds.items():
        pairs = [build(n) for n in range(1, COUNT + 1)]
        clear()
        found.append(
            (f"{name}, first time", max(measure(pairs, fresh=True) for _ in range(ROUNDS)), "pairs/s")
        )
    pairs = [build(n) for n in range(40) for build in kinds.values()]
    measure(pairs, fresh=False)
    best = max(measure(pairs, fresh=False) for _ in range(ROUNDS))
    return [*found, ("the same answers again", best, "pairs/s"), ("target", float(TARGET), "pairs/s")]


def clear() -> None:
    """Clear the cache of parsed answers."""
    for cached in (_classify_short, _read_short_answer, normalize_expression, find_unit):
        cached.cache_clear()


def measure(pairs: list[tuple[str, str]], *, fresh: bool) -> float:
    """Return how many pairs are compared per second."""
    if fresh:
        clear()
    start = time.process_time()
    for a, b in pairs:
        answers_agree(a, b)
    return len(pairs) / (time.process_time() - start)
