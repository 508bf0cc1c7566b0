"""How far a bench is: questions done, accuracy so far per arm, tokens, cost, time left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roundtable_tui.bench.arms import POOL_ARM
from roundtable_tui.bench.pool import estimate_pool, vote
from roundtable_tui.bench.results import ResultRow
from roundtable_tui.utils.format import count_of, format_duration
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.bench.runner import Bench

_MAX_NAME_CHARS = 24


@dataclass(slots=True)
class ArmProgress:
    """The results of an arm so far."""

    right: int = 0
    results: int = 0

    @property
    def accuracy(self) -> float:
        """The share of right results, 0 to 1."""
        return self.right / self.results if self.results else 0.0


class BenchProgress:
    """Counts the rows of a bench as they come. Make it after `Bench.prepare`; rows that are there count."""

    def __init__(self, bench: Bench, clock: Callable[[], float] = time.monotonic) -> None:
        self._bench, self._clock = bench, clock
        self._questions = {question.id: question for question in bench.questions}
        self._arms = {arm.name: ArmProgress() for arm in bench.arms}
        self._missing: Counter[str] = Counter()
        self._tokens: dict[str, list[int]] = {}
        """Arm -> [runs, tokens], for the runs that the comparison will need."""
        self._voted: set[tuple[str, str, int]] = set()
        self._runs_left = 0
        for job in bench.list_needed_jobs():
            if job.key not in bench.rows:
                self._missing[job.question.id] += 1
                self._runs_left += 1
        for row in bench.rows.values():
            if row.id in self._questions:
                self._count(row)
        self._began, self._new_runs = clock(), 0

    @property
    def arms(self) -> Mapping[str, ArmProgress]:
        """Name of an arm -> its results so far."""
        return self._arms

    @property
    def questions_done(self) -> int:
        """The questions on which all runs are done that are needed in any case."""
        return len(self._questions) - len(self._missing)

    @property
    def questions(self) -> int:
        """The number of questions."""
        return len(self._questions)

    def add(self, row: ResultRow) -> None:
        """Count a finished run."""
        self._new_runs += 1
        is_needed = row.arm != POOL_ARM.name or row.repeat < self._bench.needed_draws
        if is_needed and self._missing[row.id] > 0:
            self._runs_left -= 1
            self._missing[row.id] -= 1
        if not self._missing[row.id]:
            del self._missing[row.id]
        self._count(row)

    @property
    def runs_left(self) -> int:
        """The runs that are still needed, with an estimate of those for the comparison at equal tokens."""
        return self._runs_left + self._estimate_comparison()

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the pace of this start; None before the first run."""
        if not self._new_runs:
            return None
        return (self._clock() - self._began) / self._new_runs * self.runs_left

    def describe(self) -> str:
        """Return all of it in one line."""
        shares = [
            f"{single_line(name, _MAX_NAME_CHARS)} {one.accuracy:.0%}"
            for name, one in self._arms.items()
            if one.results
        ]
        spent = self._bench.spent
        cost = f", ${spent.cost:.2f}" if spent.cost else ""
        parts = [f"{self.questions_done:,} of {self.questions:,} questions", ", ".join(shares)]
        parts.append(f"{count_of(spent.runs, 'run')}, {spent.tokens:,} tokens{cost}{self._describe_time()}")
        return "; ".join(filter(None, parts))

    def _describe_time(self) -> str:
        seconds = self.seconds_left
        return f", {format_duration(seconds)} left" if seconds and self.runs_left else ""

    def _count(self, row: ResultRow) -> None:
        totals = self._tokens.setdefault(row.arm, [0, 0])
        totals[0] += 1
        totals[1] += row.tokens
        if row.arm == POOL_ARM.name:
            self._count_votes(row)
        elif own := self._arms.get(row.arm):
            own.results += 1
            own.right += row.correct

    def _count_votes(self, row: ResultRow) -> None:
        """Count the votes of the pool that this answer completes."""
        question = self._questions[row.id]
        bench = self._bench
        for arm in bench.arms:
            if not (size := arm.pooled_votes) or (repeat := row.repeat // size) >= bench.options.repeats:
                continue
            draws = range(repeat * size, (repeat + 1) * size)
            keys = [bench.key_of(POOL_ARM, question, draw) for draw in draws]
            rows = [bench.rows[key] for key in keys if key in bench.rows]
            place = (arm.name, question.id, repeat)
            if len(rows) == size and place not in self._voted:
                self._voted.add(place)
                self._arms[arm.name].results += 1
                self._arms[arm.name].right += vote(rows, question.prompt).correct

    def _estimate_comparison(self) -> int:
        """Estimate the answers that are still bought for the comparison at equal tokens."""
        bench = self._bench
        single = self._tokens.get(POOL_ARM.name)
        own = [self._tokens[arm.name] for arm in bench.own_arms if arm.name in self._tokens]
        if not own or not single:
            return 0
        most = max(tokens / runs for runs, tokens in own)
        draws = estimate_pool(most, single[1] / single[0], bench.options.pool_size)
        done = max(single[0], bench.needed_draws * len(self._questions))
        return max(0, draws * len(self._questions) - done)
