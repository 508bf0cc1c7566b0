"""Run a bench: all arms on all questions, the pool as far as they need it. A later start continues it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zlib import crc32

from roundtable_tui.batch.failures import FailureGuard
from roundtable_tui.batch.job_queue import run_jobs
from roundtable_tui.batch.results_file import ResultsFile, read_rows
from roundtable_tui.batch.run_once import describe_request, run_once
from roundtable_tui.bench.arms import POOL_ARM, Arm
from roundtable_tui.bench.compare import BenchResults
from roundtable_tui.bench.graders.judge import JudgeModel
from roundtable_tui.bench.pool import POOL_SIZE, needs_more
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.bench.results import RESULTS_FILE, ResultRow, grade_run, make_key, parse_rows
from roundtable_tui.bench.saved import SavedBench, save_bench
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool

RUNS_FOLDER = "runs"
Progress = Callable[[ResultRow], None]


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """How a bench is run."""

    repeats: int = 1
    concurrency: int = 8
    pool_size: int = POOL_SIZE
    """Answers of the pool per question at most, for the comparison at equal tokens."""
    seed: int = 0
    budget: int | None = None
    """Tokens of the whole bench; None for no limit. Active runs end, so that it is passed by a little."""
    max_cost: float | None = None
    """USD of the whole bench; None for no limit."""
    retry_errors: bool = False
    """Run failed runs again."""
    keep_records: bool = True


@dataclass(frozen=True, slots=True)
class BenchJob:
    """One run."""

    question: BenchQuestion
    arm: Arm
    repeat: int
    key: str


@dataclass(slots=True)
class Spent:
    """What the bench has cost so far, with earlier starts."""

    tokens: int = 0
    cost: float = 0.0
    runs: int = 0


@dataclass(frozen=True, slots=True)
class PlannedRuns:
    """The runs of one arm, or of the pool, and how many of them are already there."""

    arm: str
    runs: int
    done: int


@dataclass(slots=True)
class Bench:
    """A bench in a folder. `prepare` it, look at `plan`, then `run` it."""

    questions: Sequence[BenchQuestion]
    arms: Sequence[Arm]
    request: RunRequest
    """The request of every run, without its question."""
    servers: ServerPool
    folder: Path
    options: BenchOptions = field(default_factory=BenchOptions)
    on_row: Progress = lambda row: None
    judge: JudgeModel | None = None
    """The model of the graders `judge` and `rubric`."""
    rows: dict[str, ResultRow] = field(default_factory=dict)
    fingerprints: dict[str, dict[str, Any]] = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)
    _guard: FailureGuard = field(default_factory=FailureGuard)
    _file: ResultsFile | None = None

    @property
    def own_arms(self) -> list[Arm]:
        """The arms with runs of their own; the others are votes of the pool."""
        return [arm for arm in self.arms if not arm.pooled_votes]

    @property
    def needed_draws(self) -> int:
        """The answers of the pool per question that the arms need in any case."""
        return max((arm.pooled_votes for arm in self.arms), default=0) * self.options.repeats

    async def prepare(self) -> None:
        """Look up every arm and read the rows that are there. Raises RoundtableError."""
        for arm in (POOL_ARM, *self.own_arms):
            request = replace(arm.apply(self.request), question="?", record=False, folder=None)
            self.fingerprints[arm.name] = await describe_request(request, self.servers)
        self.rows = parse_rows(read_rows(self.folder / RESULTS_FILE))
        if self.options.retry_errors:
            self.rows = {key: row for key, row in self.rows.items() if not row.error}
        for job in self._list_jobs(self.options.pool_size):
            if row := self.rows.get(job.key):
                self._count(row)

    def plan(self) -> list[PlannedRuns]:
        """Return the runs that are needed in any case, the pool's first."""
        out = []
        for arm in (POOL_ARM, *self.own_arms):
            draws = self.needed_draws if arm is POOL_ARM else self.options.repeats
            keys = [self.key_of(arm, question, n) for question in self.questions for n in range(draws)]
            out.append(PlannedRuns(arm.name, len(keys), sum(key in self.rows for key in keys)))
        return out

    async def run(self) -> BenchResults:
        """Do all runs that are not there yet, and return the results; also those of a stopped bench.

        Raises:
            NoAnswerError: the first runs all failed in the same way.
            UsageError, FileError: a request or a file is wrong.
        """
        save_bench(self.folder, self._describe())
        with ResultsFile(self.folder / RESULTS_FILE) as self._file:
            jobs = (job for job in self.list_needed_jobs() if job.key not in self.rows)
            await self._work(jobs, self._run_job)
            if self.own_arms:
                await self._work(self.questions, self._fill_pool)
        return self.collect()

    def collect(self, rows: Mapping[str, ResultRow] | None = None) -> BenchResults:
        """Return the results that are there, or those of other rows, such as rows graded again."""
        return self._describe().collect(self.rows if rows is None else rows)

    def _describe(self) -> SavedBench:
        return SavedBench(
            tuple(self.questions), tuple(self.arms), self.options.repeats, self._max_draws, self.fingerprints
        )

    @property
    def is_over_budget(self) -> bool:
        """True if the tokens or the cost of the whole bench are used up."""
        options = self.options
        over_tokens = options.budget is not None and self.spent.tokens >= options.budget
        return over_tokens or (options.max_cost is not None and self.spent.cost >= options.max_cost)

    @property
    def _max_draws(self) -> int:
        return max(self.options.pool_size, self.needed_draws)

    async def _work(self, jobs: Any, work: Any) -> None:
        await run_jobs(
            jobs, work, concurrency=self.options.concurrency, should_stop=lambda: self.is_over_budget
        )

    def list_needed_jobs(self) -> Iterator[BenchJob]:
        """Yield the runs that are needed in any case, those included that are there."""
        return self._list_jobs(self.needed_draws)

    def _list_jobs(self, draws: int) -> Iterator[BenchJob]:
        """Yield all jobs question by question, so that all arms grow together."""
        for question in self.questions:
            for draw in range(draws):
                yield BenchJob(question, POOL_ARM, draw, self.key_of(POOL_ARM, question, draw))
            for arm in self.own_arms:
                for repeat in range(self.options.repeats):
                    yield BenchJob(question, arm, repeat, self.key_of(arm, question, repeat))

    def key_of(self, arm: Arm, question: BenchQuestion, repeat: int) -> str:
        """Return the key of a run of an arm, see `results.make_key`."""
        return make_key(question, self.fingerprints[arm.name], repeat)

    async def _fill_pool(self, question: BenchQuestion) -> None:
        """Buy answers until the tokens of the most expensive arm on this question are reached."""
        found = [
            self.rows.get(self.key_of(arm, question, repeat))
            for arm in self.own_arms
            for repeat in range(self.options.repeats)
        ]
        most = max((row.tokens for row in found if row), default=0)
        pool: list[ResultRow] = []
        for draw in range(self.options.pool_size):
            key = self.key_of(POOL_ARM, question, draw)
            if key not in self.rows:
                if self.is_over_budget or not needs_more(pool, most, self.options.pool_size):
                    return
                await self._run_job(BenchJob(question, POOL_ARM, draw, key))
            pool.append(self.rows[key])

    async def _run_job(self, job: BenchJob) -> None:
        question, options = job.question, self.options
        folder = self.folder / RUNS_FOLDER / job.key if options.keep_records else None
        request = replace(
            job.arm.apply(self.request),
            question=question.prompt,
            task=question.task,
            # Each run has a seed of its own: the draws of the pool have to differ.
            seed=crc32(f"{options.seed}/{question.id}/{job.arm.name}/{job.repeat}".encode()) >> 1,
            record=options.keep_records,
            folder=folder,
        )
        summary = await run_once(request, self.servers)
        shown = f"{RUNS_FOLDER}/{job.key}" if folder else ""
        row = await grade_run(job.key, question, job.arm.name, job.repeat, summary, shown, self.judge)
        assert self._file is not None
        self._file.append(row.to_dict())
        self.rows[job.key] = row
        self._count(row)
        self._guard.count(row.error, group=row.arm)
        self.on_row(row)

    def _count(self, row: ResultRow) -> None:
        self.spent.tokens += row.tokens
        self.spent.cost += row.cost or 0.0
        self.spent.runs += 1
