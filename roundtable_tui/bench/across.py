"""Two benches on the same questions, for example with two models, compared arm by arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from roundtable_tui.bench.arms import Arm
from roundtable_tui.bench.compare import BenchResults, Comparison, collect_outcomes, compare_outcomes
from roundtable_tui.bench.questions.model import hash_questions
from roundtable_tui.bench.results import ResultRow
from roundtable_tui.bench.statistics.paired import holm
from roundtable_tui.errors import UsageError


@dataclass(frozen=True, slots=True)
class BenchSide:
    """One of the two benches."""

    name: str
    results: BenchResults
    rows: Mapping[str, ResultRow]


@dataclass(frozen=True, slots=True)
class ArmPair:
    """An arm of both benches."""

    arm: str
    accuracies: tuple[float, float]
    comparison: Comparison
    """The second against the first."""


def compare_benches(first: BenchSide, second: BenchSide, seed: int = 0) -> list[ArmPair]:
    """Compare the arms that both benches have; with one arm each, these two.

    Raises:
        UsageError: the questions or the graders differ, or there is no arm to compare.
    """
    sides = (first, second)
    check_comparable(
        [hash_questions(side.results.questions) for side in sides],
        [[row.grader for row in side.rows.values() if row.answer] for side in sides],
        (first.name, second.name),
    )
    pairs = _pair_arms(first.results.arms, second.results.arms)
    if not pairs:
        raise UsageError(f"{first.name} and {second.name} have no arm of the same name")
    out = []
    for one, other in pairs:
        before, after = collect_outcomes(first.results, one), collect_outcomes(second.results, other)
        found = compare_outcomes(first.results.questions, after, before, first.name, seed)
        means = [sum(each.score for each in side.values()) / max(1, len(side)) for side in (before, after)]
        name = one.name if one.name == other.name else f"{one.name}, {other.name}"
        out.append(ArmPair(name, (means[0], means[1]), found))
    compared = [pair for pair in out if not pair.comparison.refused]
    adjusted = iter(holm([pair.comparison.p for pair in compared]))
    return [
        pair if pair.comparison.refused
        else replace(pair, comparison=replace(pair.comparison, p_adjusted=next(adjusted)))
        for pair in out
    ]  # fmt: skip


def _pair_arms(first: Sequence[Arm], second: Sequence[Arm]) -> list[tuple[Arm, Arm]]:
    if len(first) == len(second) == 1:
        return [(first[0], second[0])]
    named = {arm.name: arm for arm in second}
    return [(arm, named[arm.name]) for arm in first if arm.name in named]


def check_comparable(
    hashes: Sequence[str], graders: Sequence[Sequence[str]], names: Sequence[str] = ("one", "the other")
) -> None:
    """Raise UsageError if two results are of different questions or were graded differently."""
    if len(set(hashes)) > 1:
        what = f"{names[0]} and {names[1]} are of different questions"
        raise UsageError(what, hint="Compare runs over the same file, limit and seed.")
    if len({tuple(sorted(set(one))) for one in graders}) > 1:
        raise UsageError(
            f"{names[0]} and {names[1]} have different graders", hint="Grade both in the same way."
        )
