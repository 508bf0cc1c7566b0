"""Two arms on the same questions: exact McNemar, clustered standard errors, paired bootstrap, Holm, power."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import comb, exp, isfinite, lgamma, log, sqrt
from random import Random
from statistics import NormalDist

BOOTSTRAP_DRAWS = 4000


def mcnemar(fixed: int, broke: int, *, mid_p: bool = False) -> float:
    """Return the two-sided p of the exact McNemar test.

    Source: McNemar 1947, as a sign test on the questions where the arms differ.

    Args:
        fixed: questions that the arm has right and the baseline wrong.
        broke: questions that the arm has wrong and the baseline right.
        mid_p: count only half of the observed result: less conservative.

    Returns:
        The probability of a split at least as uneven if both arms were equally good; 1 without a difference.
    """
    changed, fewer = fixed + broke, min(fixed, broke)
    if changed == 0:
        return 1.0
    tail = 2 * sum(comb(changed, i) for i in range(fewer + 1))
    if mid_p:
        tail -= comb(changed, fewer)
    return float(min(1.0, tail / 2**changed))


def smallest_significant(alpha: float = 0.05) -> int:
    """Return the fewest changed questions that can be significant: all in one direction."""
    changed = 1
    while mcnemar(changed, 0) > alpha:
        changed += 1
    return changed


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for the number of comparisons (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    out, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        out[index] = highest
    return out


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference per question with its interval."""

    mean: float
    standard_error: float
    low: float
    high: float


def paired_difference(
    differences: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Difference:
    """Return the mean of differences per question, with a clustered standard error and t interval.

    Source: Miller 2024 (arXiv:2411.00640), equation 4, with the factor C / (C - 1) for few clusters.

    Args:
        differences: for each question the arm's score minus the baseline's (means over repeats).
        clusters: for each question what it belongs to, such as a text that several questions are about;
            None for independent questions.
        confidence: the coverage of the interval.

    Returns:
        The difference; its interval is infinite with fewer than two clusters.
    """
    count = len(differences)
    if count == 0:
        return Difference(0.0, float("inf"), float("-inf"), float("inf"))
    mean = sum(differences) / count
    sums: dict[Hashable, float] = defaultdict(float)
    for index, value in enumerate(differences):
        sums[clusters[index] if clusters is not None else index] += value - mean
    groups = len(sums)
    if groups < 2:
        return Difference(mean, float("inf"), float("-inf"), float("inf"))
    error = sqrt(groups / (groups - 1) * sum(value * value for value in sums.values())) / count
    half = t_quantile(0.5 + confidence / 2, groups - 1) * error
    return Difference(mean, error, mean - half, mean + half)


def paired_bootstrap(
    differences: Sequence[float],
    *,
    strata: Sequence[Hashable] | None = None,
    clusters: Sequence[Hashable] | None = None,
    draws: int = BOOTSTRAP_DRAWS,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the percentile interval of the mean difference: clusters are resampled within strata.

    Args:
        differences: for each question a difference, also of scores that are not 0 or 1, or of tokens.
        strata: for each question its stratum, such as a topic; their sizes stay as they are. Strata of one
            cluster are put together.
        clusters: for each question its cluster; drawn as a whole. A cluster is in one stratum.
        draws: the number of resamples.
        confidence: the coverage.
        seed: of the resamples.
    """
    if not differences:
        return float("-inf"), float("inf")
    groups: dict[Hashable, dict[Hashable, list[float]]] = defaultdict(lambda: defaultdict(list))
    for index, value in enumerate(differences):
        stratum = strata[index] if strata is not None else ""
        groups[stratum][clusters[index] if clusters is not None else index].append(value)
    # Only sums and sizes of the clusters matter. A stratum of one cluster would not vary: these are one.
    found = [[(sum(one), len(one)) for one in stratum.values()] for stratum in groups.values()]
    small = [block[0] for block in found if len(block) == 1]
    blocks = [block for block in found if len(block) > 1] + ([small] if small else [])
    random, means = Random(seed), []
    for _ in range(draws):
        total, size = 0.0, 0
        for block in blocks:
            for one, length in random.choices(block, k=len(block)):
                total += one
                size += length
        means.append(total / size)
    means.sort()
    tail = (1 - confidence) / 2
    return means[int(tail * (draws - 1))], means[min(draws - 1, round((1 - tail) * (draws - 1)))]


def questions_needed(difference: float, discordant: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return how many questions show a difference (Connor 1987, for the McNemar test).

    Args:
        difference: the difference of the two accuracies, 0 to 1.
        discordant: the share of questions where exactly one arm is right; at least `difference`.
        power: the chance to find it.
        alpha: the level of the test, two-sided.
    """
    if not 0 < difference <= discordant <= 1:
        raise ValueError(f"difference {difference}, discordant {discordant}")
    z_alpha, z_power = NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)
    spread = sqrt(max(0.0, discordant - difference * difference))
    needed = ((z_alpha * sqrt(discordant) + z_power * spread) / difference) ** 2
    return int(-(-needed // 1))


def detectable_difference(questions: int, discordant: float = 0.2) -> float:
    """Return the smallest difference that `questions` questions show with power 0.8; 1 if none.

    Args:
        questions: the number of questions.
        discordant: the expected share of questions where exactly one arm is right; a difference cannot be
            larger, so it grows where the questions are too few for it.
    """
    for step in range(1, 1001):
        difference = step / 1000
        if questions_needed(difference, max(discordant, difference)) <= questions:
            return difference
    return 1.0


def t_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of Student's t distribution, by bisection; `probability` is at least 0.5."""
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        if t_cdf(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_cdf(value: float, degrees: int) -> float:
    """Return the distribution function of Student's t at a value of at least 0."""
    if not isfinite(value):
        return 1.0
    return 1 - _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + value * value)) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularized incomplete beta function, by Lentz's continued fraction."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    out = d
    for m in range(1, 500):
        for factor in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + factor * d)
            c = 1 + factor / c
            out *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return front * out


def count_changes(arm: Mapping[str, bool], baseline: Mapping[str, bool]) -> tuple[int, int]:
    """Return (fixed, broke) over the questions of both: right only by the arm, only by the baseline."""
    both = arm.keys() & baseline.keys()
    fixed = sum(arm[key] and not baseline[key] for key in both)
    return fixed, sum(baseline[key] and not arm[key] for key in both)
