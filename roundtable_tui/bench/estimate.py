"""What a bench would take: calls, tokens and dollars of each arm, and how far the pool is needed.

Runs that are there are the measure. Where there are none, each arm is played on the demo, in this process
and without a server; its answers are short, and prices are those of the models that would be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from roundtable_tui.batch.run_once import FinishedRun, run_once
from roundtable_tui.bench.arms import POOL_ARM, Arm
from roundtable_tui.bench.demo_models import DEFAULT_DEMO_MODEL, BenchServerPool
from roundtable_tui.bench.pool import estimate_pool
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.bench.results import ResultRow
from roundtable_tui.bench.runner import Bench
from roundtable_tui.config import Settings
from roundtable_tui.engine.calls.pricing import cost_of, load_prices
from roundtable_tui.setup.open_run import open_run
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line

PLAYED_QUESTIONS = 3
_MIN_ROWS = 3
"""The smallest number of runs whose means are used."""


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """The means of one run of an arm."""

    arm: str
    calls: float
    tokens: float
    cost: float | None
    """USD; None if no price is known."""
    is_measured: bool
    """True for means of runs that are there, False for those on the demo."""


@dataclass(frozen=True, slots=True)
class BenchEstimate:
    """What is still to be run."""

    runs: tuple[tuple[RunEstimate, int], ...]
    """For the pool and each arm with runs of its own: its estimate, and the number of runs to come."""
    draws: int
    """Answers of the pool per question, with those for the comparison at equal tokens."""

    @property
    def tokens(self) -> float:
        """The tokens of all runs to come."""
        return sum(one.tokens * count for one, count in self.runs)

    @property
    def calls(self) -> float:
        """The calls of all runs to come."""
        return sum(one.calls * count for one, count in self.runs)

    @property
    def cost(self) -> float | None:
        """Their cost in USD; None if no price is known."""
        known = [one.cost * count for one, count in self.runs if one.cost is not None]
        return sum(known) if known else None


async def estimate_bench(bench: Bench) -> BenchEstimate:
    """Estimate a bench that is prepared; no server is asked. Raises RoundtableError."""
    arms = [POOL_ARM, *bench.own_arms]
    estimates = {arm.name: await _estimate_arm(bench, arm) for arm in arms}
    single = estimates[POOL_ARM.name]
    draws = bench.needed_draws
    if bench.own_arms:
        most = max(estimates[arm.name].tokens for arm in bench.own_arms)
        draws = max(draws, estimate_pool(most, single.tokens, bench.options.pool_size))
    counts = []
    for arm in arms:
        repeats = draws if arm is POOL_ARM else bench.options.repeats
        keys = [bench.key_of(arm, question, n) for question in bench.questions for n in range(repeats)]
        counts.append((estimates[arm.name], sum(key not in bench.rows for key in keys)))
    return BenchEstimate(tuple(counts), draws)


def describe_estimate(estimate: BenchEstimate, questions: int, has_comparison: bool) -> list[str]:
    """Return the estimate as lines.

    Args:
        estimate: the estimate.
        questions: the number of questions.
        has_comparison: there are arms that are compared at equal tokens.
    """
    lines = []
    for one, count in estimate.runs:
        if not count:
            continue
        name = "single answers (the pool)" if one.arm == POOL_ARM.name else single_line(one.arm, 60)
        source = "" if one.is_measured else ", played on the demo"
        lines.append(
            f"{name}: {count_of(count, 'run')} of about {one.calls:.1f} calls and {one.tokens:,.0f} tokens"
            f"{_format_cost(one.cost, count)}{source}"
        )
    if has_comparison:
        lines.append(
            f"For the comparison at equal tokens the pool is needed up to about {estimate.draws} answers per"
            f" question, {estimate.draws * questions:,} in all."
        )
    total = f"In all about {estimate.calls:,.0f} calls and {estimate.tokens:,.0f} tokens"
    cost = estimate.cost
    priced = f", ${cost:,.2f}." if cost is not None else "; no price is known for these models."
    lines.append(total + priced)
    if not all(one.is_measured for one, count in estimate.runs if count):
        lines.append("The demo's answers are short: models that reason need many times the tokens.")
    return lines


def _format_cost(cost: float | None, count: int) -> str:
    return f", ${cost * count:,.2f}" if cost is not None else ""


async def _estimate_arm(bench: Bench, arm: Arm) -> RunEstimate:
    rows = [row for row in bench.rows.values() if row.arm == arm.name and not row.error]
    if len(rows) >= _MIN_ROWS:
        return _from_rows(arm, rows)
    played = await _play(bench, arm, bench.questions[:PLAYED_QUESTIONS])
    prompt = round(fmean(one.prompt_tokens for one in played))
    completion = round(fmean(one.completion_tokens for one in played))
    cost = await _find_cost(bench, arm, prompt, completion)
    return RunEstimate(arm.name, fmean(one.calls for one in played), prompt + completion, cost, False)


def _from_rows(arm: Arm, rows: Sequence[ResultRow]) -> RunEstimate:
    costs = [row.cost for row in rows if row.cost is not None]
    calls, tokens = fmean(row.calls for row in rows), fmean(row.tokens for row in rows)
    return RunEstimate(arm.name, calls, tokens, fmean(costs) if costs else None, True)


async def _play(bench: Bench, arm: Arm, questions: Sequence[BenchQuestion]) -> list[FinishedRun]:
    """Run an arm on the demo, whatever server and models it names."""
    out = []
    async with BenchServerPool(Settings(), {}, questions, bench.options.seed) as demo:
        for question in questions:
            request = replace(
                arm.apply(bench.request), question=question.prompt, task=question.task, demo=True,
                local=False, server="", base_url="", servers={}, models={}, seat_models=(), record=False,
                model=bench.request.model if bench.request.demo else DEFAULT_DEMO_MODEL, seed=0,
                folder=None,
            )  # fmt: skip
            out.append(await run_once(request, demo))
    return out


async def _find_cost(bench: Bench, arm: Arm, prompt: int, completion: int) -> float | None:
    """Return the cost of tokens that the seats of an arm use in equal parts; None if no price is known."""
    request = replace(arm.apply(bench.request), question="?", record=False, folder=None)
    async with open_run(request, pool=bench.servers) as run:
        seats = [*run.plan.assignments, *([run.plan.captain] if run.plan.captain else [])]
    await load_prices(seat.server for seat in seats)
    costs = [cost_of(seat.server, seat.model, prompt, completion) for seat in seats]
    known = [cost for cost in costs if cost is not None]
    return fmean(known) if known else None
