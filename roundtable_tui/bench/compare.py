"""From results to a table: accuracy and cost of each arm, and its comparison at equal tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from roundtable_tui.bench.arms import Arm
from roundtable_tui.bench.pool import PooledVote, draw, equal_token_vote, vote
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.bench.results import ResultRow
from roundtable_tui.bench.statistics.paired import (
    holm,
    mcnemar,
    paired_bootstrap,
    paired_difference,
)
from roundtable_tui.bench.statistics.rates import pass_all_k, pass_at_k, wilson_interval

MAX_ERROR_SHARE = 0.05
"""An arm with more failed runs is not compared: its result says more about the server than about the mode."""
Place = tuple[str, int]
"""The id of a question, and the repeat."""


@dataclass(frozen=True, slots=True)
class BenchResults:
    """All rows of a bench by what they belong to."""

    questions: tuple[BenchQuestion, ...]
    arms: tuple[Arm, ...]
    repeats: int
    pool: Mapping[str, Sequence[ResultRow]]
    """Question id -> answers of the pool, in the order of the draws."""
    runs: Mapping[str, Mapping[Place, ResultRow]]
    """Name of an arm with runs of its own -> its rows."""


@dataclass(frozen=True, slots=True)
class ArmOutcome:
    """One result of an arm for a question: a run, or a vote of the pool."""

    score: float
    tokens: int
    calls: int
    seconds: float
    cost: float | None
    is_error: bool
    answer: str = ""
    """What was compared with the known answer."""
    text: str = ""
    """The whole answer of the mode; "" for a vote of the pool."""
    completion_tokens: int = 0
    cached_tokens: int = 0
    is_estimated: bool = False
    reason: str = ""
    """Why it is wrong, or the error of a failed run."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An arm against a baseline, question by question."""

    baseline: str
    difference: float
    low: float
    high: float
    fixed: int
    """Questions that the arm has right and the baseline wrong."""
    broke: int
    p: float
    standard_error: float = 0.0
    """Of the difference, clustered."""
    p_adjusted: float = 1.0
    """After Holm, for the number of comparisons in the table."""
    mean_votes: float = 1.0
    exhausted: int = 0
    """Questions whose pool had too few answers for the arm's tokens."""
    refused: str = ""
    """Why there is no comparison."""


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """One row of the table."""

    name: str
    questions: int
    """Questions with at least one result."""
    right: float
    """Right answers, a mean over repeats per question."""
    accuracy: float
    low: float
    high: float
    tokens: float
    """Per question, as are calls, seconds and cost."""
    calls: float
    seconds: float
    cost: float | None
    completion_tokens: float = 0.0
    """Part of `tokens`; the rest are those of prompts."""
    cached_tokens: float = 0.0
    """Part of the prompt tokens that the server had cached, where it reports this."""
    is_estimated: bool = False
    """True if tokens were estimated because the server did not report them."""
    errors: int = 0
    missing: int = 0
    """Results that are not there: a budget or an interruption ended the bench before them."""
    comparison: Comparison | None = None
    is_dominated: bool = False
    """True if another arm is at least as accurate for fewer tokens."""
    topics: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    """Topic -> (accuracy, questions)."""
    pass_at: float | None = None
    """The chance that one of all repeats is right; None without repeats."""
    pass_all: float | None = None
    """The chance that all repeats are right; None without repeats."""


def summarize(results: BenchResults, *, seed: int = 0, is_compared: bool = True) -> list[ArmSummary]:
    """Return the rows of the table, in the order of the arms; the comparisons take longest."""
    outcomes = {arm.name: collect_outcomes(results, arm) for arm in results.arms}
    rows = [_summarize_arm(results, arm, outcomes[arm.name]) for arm in results.arms]
    if is_compared:
        comparisons = [_compare(results, arm, outcomes[arm.name], seed) for arm in results.arms]
        rows = [replace(row, comparison=one) for row, one in zip(rows, comparisons, strict=True)]
    compared = [row for row in rows if row.comparison and not row.comparison.refused]
    adjusted = dict(
        zip(
            (row.name for row in compared),
            holm([row.comparison.p for row in compared if row.comparison]),
            strict=True,
        )
    )
    out = []
    for row in rows:
        if row.comparison and row.name in adjusted:
            row = replace(row, comparison=replace(row.comparison, p_adjusted=adjusted[row.name]))
        out.append(replace(row, is_dominated=_is_dominated(row, rows)))
    return out


def collect_outcomes(results: BenchResults, arm: Arm) -> dict[Place, ArmOutcome]:
    """Return the results of an arm; those of the pool are votes of its draws."""
    out: dict[Place, ArmOutcome] = {}
    for question in results.questions:
        for repeat in range(results.repeats):
            place = (question.id, repeat)
            if arm.pooled_votes:
                drawn = draw(results.pool.get(question.id, ()), arm.pooled_votes, repeat)
                if len(drawn) == arm.pooled_votes:
                    out[place] = _from_vote(vote(drawn, question.prompt))
            elif row := results.runs.get(arm.name, {}).get(place):
                out[place] = _from_row(row)
    return out


def collect_equal_tokens(
    results: BenchResults, outcomes: Mapping[Place, ArmOutcome]
) -> dict[Place, PooledVote]:
    """Return, for each result of an arm, the vote that the same tokens buy on the same question."""
    texts = {question.id: question.prompt for question in results.questions}
    found = {
        (ident, repeat): equal_token_vote(results.pool.get(ident, ()), one.tokens, texts[ident], repeat)
        for (ident, repeat), one in outcomes.items()
    }
    return {place: one for place, one in found.items() if one is not None}


def _summarize_arm(results: BenchResults, arm: Arm, outcomes: Mapping[Place, ArmOutcome]) -> ArmSummary:
    by_question = _group(outcomes)
    weights = {one.id: one.weight for one in results.questions}
    scores = {ident: fmean(one.score for one in found) for ident, found in by_question.items()}
    total = sum(weights[ident] for ident in scores)
    accuracy = sum(score * weights[ident] for ident, score in scores.items()) / total if total else 0.0
    count = len(scores)
    low, high = wilson_interval(accuracy * count, count)
    costs = [one.cost for one in outcomes.values() if one.cost is not None]

    def mean_of(read: Callable[[ArmOutcome], float]) -> float:
        return fmean(map(read, outcomes.values())) if outcomes else 0.0

    repeated = [found for found in by_question.values() if len(found) == results.repeats > 1]
    counts = [(sum(one.score > 0.5 for one in found), len(found)) for found in repeated]
    return ArmSummary(
        name=arm.name,
        questions=count,
        right=accuracy * count,
        accuracy=accuracy,
        low=low,
        high=high,
        tokens=mean_of(lambda one: one.tokens),
        calls=mean_of(lambda one: one.calls),
        seconds=mean_of(lambda one: one.seconds),
        cost=fmean(costs) if costs else None,
        completion_tokens=mean_of(lambda one: one.completion_tokens),
        cached_tokens=mean_of(lambda one: one.cached_tokens),
        is_estimated=any(one.is_estimated for one in outcomes.values()),
        errors=sum(one.is_error for one in outcomes.values()),
        missing=len(results.questions) * results.repeats - len(outcomes),
        topics=_by_topic(results.questions, scores),
        pass_at=fmean(pass_at_k(right, n, n) for right, n in counts) if counts else None,
        pass_all=fmean(pass_all_k(right, n, n) for right, n in counts) if counts else None,
    )


def _compare(
    results: BenchResults, arm: Arm, outcomes: Mapping[Place, ArmOutcome], seed: int
) -> Comparison | None:
    """Compare a mode with the vote of the same tokens, and a vote of the pool with one answer."""
    if arm.pooled_votes == 1 or not outcomes:
        return None
    exhausted, votes = 0, float(arm.pooled_votes)
    if arm.pooled_votes:
        name = "single"
        baseline = {
            place: _from_vote(vote(draw(results.pool.get(place[0], ()), arm.pooled_votes, place[1])[:1]))
            for place in outcomes
        }
    else:
        bought = collect_equal_tokens(results, outcomes)
        if not bought:
            return None
        baseline = {place: _from_vote(one) for place, one in bought.items()}
        votes = fmean(one.answers for one in bought.values())
        exhausted = sum(one.is_exhausted for one in bought.values())
        name = f"vote of {votes:.1f}"
    found = compare_outcomes(results.questions, outcomes, baseline, name, seed)
    return replace(found, mean_votes=votes, exhausted=exhausted)


def compare_outcomes(
    asked: Sequence[BenchQuestion],
    outcomes: Mapping[Place, ArmOutcome],
    baseline: Mapping[Place, ArmOutcome],
    name: str,
    seed: int = 0,
) -> Comparison:
    """Compare results with those of a baseline called `name`, question by question; repeats are averaged."""
    mine, other = _group(outcomes), _group(baseline)
    questions = [one for one in asked if one.id in mine and one.id in other]
    differences = [
        fmean(one.score for one in mine[question.id]) - fmean(one.score for one in other[question.id])
        for question in questions
    ]
    fixed, broke = sum(value > 0 for value in differences), sum(value < 0 for value in differences)
    clusters = [one.cluster or one.id for one in questions]
    low, high = paired_bootstrap(
        differences, strata=[one.topic for one in questions], clusters=clusters, seed=seed
    )
    return Comparison(
        baseline=name,
        difference=fmean(differences) if differences else 0.0,
        low=low,
        high=high,
        fixed=fixed,
        broke=broke,
        p=mcnemar(fixed, broke),
        standard_error=paired_difference(differences, clusters).standard_error,
        refused=_find_refusal(outcomes) or _find_refusal(baseline),
    )


def _find_refusal(outcomes: Mapping[Place, ArmOutcome]) -> str:
    errors = sum(one.is_error for one in outcomes.values())
    if errors <= MAX_ERROR_SHARE * len(outcomes):
        return ""
    return f"{errors} of {len(outcomes)} runs failed"


def _group(outcomes: Mapping[Place, ArmOutcome]) -> dict[str, list[ArmOutcome]]:
    out: dict[str, list[ArmOutcome]] = {}
    for (ident, _), one in outcomes.items():
        out.setdefault(ident, []).append(one)
    return out


def _by_topic(
    questions: Sequence[BenchQuestion], scores: Mapping[str, float]
) -> dict[str, tuple[float, int]]:
    topics: dict[str, list[float]] = {}
    for question in questions:
        if question.topic and question.id in scores:
            topics.setdefault(question.topic, []).append(scores[question.id])
    return {topic: (fmean(found), len(found)) for topic, found in topics.items()}


def _is_dominated(row: ArmSummary, rows: Sequence[ArmSummary]) -> bool:
    return row.questions > 0 and any(
        other.questions > 0
        and other.accuracy >= row.accuracy
        and (other.tokens < row.tokens or (other.tokens == row.tokens and other.accuracy > row.accuracy))
        for other in rows
        if other is not row
    )


def _from_row(row: ResultRow) -> ArmOutcome:
    return ArmOutcome(
        row.score, row.tokens, row.calls, row.seconds, row.cost, bool(row.error), row.extracted, row.answer,
        row.completion_tokens, row.cached_tokens, row.estimated, row.error or row.reason,
    )  # fmt: skip


def _from_vote(one: PooledVote) -> ArmOutcome:
    return ArmOutcome(
        float(one.correct), one.tokens, one.calls, one.seconds, one.cost, one.is_failed, one.extracted, "",
        one.completion_tokens, one.cached_tokens, one.is_estimated,
    )  # fmt: skip
