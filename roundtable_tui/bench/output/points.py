"""Accuracy against tokens: the points of the arms and the curve of votes, with their places in a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from roundtable_tui.bench.compare import ArmSummary, BenchResults
from roundtable_tui.bench.pool import accuracy_curve

MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
_MAX_TICKS = 6
"""Between these are the lines of the accuracy axis."""
_MARGIN = 0.08


@dataclass(frozen=True, slots=True)
class PlotPoint:
    """One arm."""

    mark: str
    """Its letter in the plot."""
    name: str
    tokens: float
    accuracy: float
    low: float
    high: float
    is_dominated: bool


@dataclass(frozen=True, slots=True)
class ParetoPlot:
    """Accuracy against tokens per question; the axis of tokens is logarithmic."""

    points: tuple[PlotPoint, ...]
    curve: tuple[tuple[int, float, float], ...]
    """(answers, accuracy, tokens) of votes of the pool, for all sizes that every question has."""
    tokens: tuple[float, float]
    """The range of the axis."""
    accuracy: tuple[float, float]

    def x_of(self, tokens: float) -> float:
        """Return the place on the axis of tokens, 0 to 1."""
        low, high = map(log10, self.tokens)
        return (log10(max(tokens, 1.0)) - low) / (high - low)

    def y_of(self, accuracy: float) -> float:
        """Return the place on the axis of accuracy, 0 (bottom) to 1."""
        low, high = self.accuracy
        return min(1.0, max(0.0, (accuracy - low) / (high - low)))

    @property
    def accuracy_ticks(self) -> list[float]:
        """The values at the axis of accuracy."""
        low, high = self.accuracy
        step = next((one for one in _STEPS if (high - low) / one <= _MAX_TICKS), _STEPS[-1])
        return [n * step for n in range(round(1 / step) + 1) if low - 1e-9 <= n * step <= high + 1e-9]

    @property
    def token_ticks(self) -> list[int]:
        """The values at the axis of tokens: 1, 2 and 5 times the powers of ten."""
        low, high = self.tokens
        found = [part * 10**power for power in range(9) for part in (1, 2, 5)]
        return [one for one in found if low <= one <= high]


def make_plot(results: BenchResults, rows: Sequence[ArmSummary]) -> ParetoPlot | None:
    """Return the plot of a bench; None without a point that has tokens."""
    shown = [row for row in rows if row.questions and row.tokens > 0][: len(MARKS)]
    if not shown:
        return None
    points = tuple(
        PlotPoint(mark, row.name, row.tokens, row.accuracy, row.low, row.high, row.is_dominated)
        for mark, row in zip(MARKS, shown, strict=False)
    )
    pools = [results.pool.get(question.id, ()) for question in results.questions]
    smallest = min(map(len, pools), default=0)
    curve = tuple(accuracy_curve(pools, range(1, smallest + 1))) if smallest > 1 else ()
    tokens = [one.tokens for one in points] + [spent for _, _, spent in curve]
    shares = [value for one in points for value in (one.low, one.high)] + [right for _, right, _ in curve]
    return ParetoPlot(
        points, curve, (max(1.0, min(tokens) / 1.3), max(tokens) * 1.3 + 1),
        (max(0.0, min(shares) - _MARGIN / 2), min(1.0, max(shares) + _MARGIN / 2)),
    )  # fmt: skip
