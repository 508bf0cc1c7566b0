"""Run a batch: every task of a file once, on one or several servers. A later start continues it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from roundtable_tui.batch.cluster.saved_run import discard_result
from roundtable_tui.batch.control import clear_stop_request, read_stop_request
from roundtable_tui.batch.failures import FailureGuard
from roundtable_tui.batch.job_queue import run_jobs
from roundtable_tui.batch.keys import RunKeys
from roundtable_tui.batch.progress import BatchCounter, BatchState, save_state
from roundtable_tui.batch.results_file import ResultsFile, read_rows
from roundtable_tui.batch.rows import RESULTS_FILE, BatchRow, build_row, parse_row
from roundtable_tui.batch.run_once import FinishedRun, run_once, set_record_aside
from roundtable_tui.batch.servers import ServerBalancer, ServerShare
from roundtable_tui.batch.tasks.model import BatchTask
from roundtable_tui.batch.tasks.openai_batch import OUTPUT_FILE, write_output
from roundtable_tui.batch.tasks.read import BadRecord, iter_tasks
from roundtable_tui.errors import FileError, NoAnswerError, NoServerError, RoundtableError, UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.batch.cluster.executor import ClusterExecutor

RUNS_FOLDER = "runs"
_MAX_NAMED = 10
"""Wrong records that an error names."""
_YIELD_EVERY = 256
"""Tasks that are looked at before other work of the loop has its turn."""
_SAVE_EVERY_S = 2.0
_WATCH_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is run."""

    concurrency: int | None = None
    """Runs at once; None for as many as the servers take."""
    seed: int = 0
    budget: int | None = None
    """Tokens of the whole batch; None for no limit. Active runs end, so that it is passed by a little."""
    max_cost: float | None = None
    """USD of the whole batch; None for no limit."""
    retry_errors: bool = False
    """Run failed runs again."""
    skip_bad: bool = False
    """Leave out records that are not tasks."""
    keep_records: bool = True


@dataclass(slots=True)
class Batch:
    """A batch in a folder. `prepare` it, then `run` it."""

    source: Path
    balancer: ServerBalancer
    folder: Path
    options: BatchOptions = field(default_factory=BatchOptions)
    on_row: Callable[[BatchRow], None] = lambda row: None
    executor: ClusterExecutor | None = None
    """The cluster that runs are sent to; None for this process."""
    counter: BatchCounter = field(default_factory=BatchCounter)
    problems: list[str] = field(default_factory=list)
    """One line for each of the first records that were left out."""
    adapt_request: Callable[[RunRequest], RunRequest] = lambda request: request
    """Changes the request of each run; it is not part of the key."""
    stop_requested: bool = False
    """Set it to end after the active runs."""
    _done: set[int] = field(default_factory=set)
    _keys: RunKeys | None = None
    _guard: FailureGuard = field(default_factory=FailureGuard)
    _file: ResultsFile | None = None
    _has_batch_lines: bool = False

    @property
    def pool(self) -> ServerPool:
        """The servers."""
        return self.balancer.pool

    @property
    def request(self) -> RunRequest:
        """The request of every run, without its question."""
        return self.balancer.request

    @property
    def is_over_budget(self) -> bool:
        """True if the tokens or the cost of the whole batch are used up."""
        options, counter = self.options, self.counter
        over_tokens = options.budget is not None and counter.tokens >= options.budget
        return over_tokens or (options.max_cost is not None and counter.cost >= options.max_cost)

    @property
    def concurrency(self) -> int:
        """Runs at once, at most."""
        return self.options.concurrency or max(1, self.balancer.max_runs)

    def get_state(self, status: str = "running") -> BatchState:
        """Return the figures of this moment."""
        return self.counter.get_state(self.balancer.describe(on_workers=self.executor is not None), status)

    async def prepare(self) -> None:
        """Read all tasks, check them and find out which are done.

        Raises:
            FileError: the file cannot be read, or records are wrong; names the first of them.
            RoundtableError: no run can be prepared, as without a server.
        """
        self._read_done()
        self.counter.source = str(self.source)
        keys, unknown = RunKeys(self.balancer.first_request, self.pool), set(self._done)
        wrong = 0
        for number, task in enumerate(iter_tasks(self.source), 1):
            if isinstance(task, BatchTask):
                try:
                    key = int(await keys.make_key(task), 16)
                    self.counter.total += 1
                    self._has_batch_lines = self._has_batch_lines or bool(task.batch_model)
                    unknown.discard(key)
                    continue
                except (NoAnswerError, NoServerError):
                    raise
                except RoundtableError as error:
                    task = BadRecord(f"task {task.id}", single_line(str(error), 200))
            wrong += 1
            if len(self.problems) < _MAX_NAMED:
                self.problems.append(f"{single_line(task.place, 60)}: {task.problem}")
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        if wrong > len(self.problems):
            self.problems.append(f"and {wrong - len(self.problems):,} more")
        where = files.format_location(self.source)
        if wrong and not self.options.skip_bad:
            raise FileError("; ".join(self.problems), where=where, hint="Correct it, or add --skip-bad.")
        if not self.counter.total:
            raise FileError("holds no task", where=where)
        self._count_earlier(unknown)

    async def run(self) -> BatchState:
        """Do all runs that are not there yet, and return the figures; also those of a stopped batch.

        Raises:
            NoAnswerError: the first runs all failed in the same way.
            FileError: the results cannot be written, as on a full disk.
        """
        self._keys = RunKeys(self.balancer.first_request, self.pool)
        status = "failed"
        with ResultsFile(self.folder / RESULTS_FILE) as self._file:
            clear_stop_request(self.folder)
            beside = [
                asyncio.create_task(self._save_regularly()),
                asyncio.create_task(self._watch_stop_request(asyncio.current_task())),
            ]
            try:
                await run_jobs(
                    self._iter_jobs(), self._run_task,
                    concurrency=self.concurrency, should_stop=self._should_stop,
                )  # fmt: skip
                status = "stopped" if self.counter.done < self.counter.total else "finished"
            except asyncio.CancelledError:
                status = "stopped"
                raise
            finally:
                for task in beside:
                    task.cancel()
                clear_stop_request(self.folder)
                state = self.get_state(status)
                self._save(state)
        if self._has_batch_lines:
            write_output(self.folder / OUTPUT_FILE, self.folder / RESULTS_FILE)
        return state

    def _read_done(self) -> None:
        for data in read_rows(self.folder / RESULTS_FILE):
            row = parse_row(data)
            number = _to_number(row.key) if row else None
            if row is None or number is None:
                continue
            # Of rows with the same key the last one counts.
            if row.ok or not self.options.retry_errors:
                self._done.add(number)
            else:
                self._done.discard(number)

    def _count_earlier(self, unknown: set[int]) -> None:
        """Count the rows of earlier starts, but not those of tasks that are no longer in the file."""
        counted: set[int] = set()
        failed: dict[int, BatchRow] = {}  # Only failed runs have a second row, from a retry.
        for data in read_rows(self.folder / RESULTS_FILE):
            row = parse_row(data)
            number = _to_number(row.key) if row else None
            if row is None or number is None or number not in self._done or number in unknown:
                continue
            if (earlier := failed.pop(number, None)) is not None:
                self.counter.uncount(earlier)
            elif number in counted:
                continue
            self.counter.count_earlier(row)
            counted.add(number)
            if not row.ok:
                failed[number] = row

    def _iter_jobs(self) -> Iterator[BatchTask]:
        return (task for task in iter_tasks(self.source) if isinstance(task, BatchTask))

    def _should_stop(self) -> bool:
        return self.stop_requested or self.is_over_budget

    async def _run_task(self, task: BatchTask) -> None:
        assert self._keys is not None and self._file is not None
        try:
            key = await self._keys.make_key(task)
        except RoundtableError:
            if self.options.skip_bad:
                return
            raise
        number = int(key, 16)
        if number in self._done:
            await asyncio.sleep(0)
            return
        own = str(task.fields.get("server", ""))
        share = await self.balancer.acquire(own)
        if self._should_stop():  # While it waited for a server.
            self.balancer.release(share)
            return
        self.counter.running += 1
        try:
            share, run = await self._ask(task, key, share)
        finally:
            self.counter.running -= 1
            self.balancer.release(share)
        several = len(self.balancer.shares) > 1 or own
        row = build_row(
            key, task.id, task.question, run, server=share.name if several else "",
            folder=_folder_of(key) if self.options.keep_records else "", batch_model=task.batch_model,
        )  # fmt: skip
        self._file.append(row.to_dict())
        if self.executor is not None:
            discard_result(self.folder / _folder_of(key))
        self._done.add(number)
        self.counter.count(row)
        self.on_row(row)
        self._guard.count(row.error, server=share.name)

    async def _ask(self, task: BatchTask, key: str, share: ServerShare) -> tuple[ServerShare, FinishedRun]:
        """Run a task, on another server if its own is out of reach; return the server that it ended on."""
        run = await self._run_on(task, key, share)
        if run.has_answer or not self.balancer.rest_if_out_of_reach(share):
            return share, run
        self.balancer.release(share)
        share = await self.balancer.acquire(avoid=share)
        if self.options.keep_records:
            set_record_aside(self.folder / _folder_of(key), "unreachable")
        return share, await self._run_on(task, key, share)

    def build_request(self, task: BatchTask, key: str, share: ServerShare) -> RunRequest:
        """Return the request of a task's run on a server."""
        request = self.adapt_request(task.apply(share.apply(self.request)))
        if request.seed is None:  # Each run has a seed of its own: equal questions may differ in answers.
            request = replace(request, seed=crc32(f"{self.options.seed}/{key}".encode()) >> 1)
        records = self.options.keep_records
        return replace(request, record=records, folder=self.folder / _folder_of(key) if records else None)

    async def iter_todo(self) -> AsyncIterator[tuple[BatchTask, str]]:
        """Yield the tasks that are not done, with their keys."""
        keys = RunKeys(self.balancer.first_request, self.pool)
        for task in self._iter_jobs():
            try:
                key = await keys.make_key(task)
            except RoundtableError:
                if self.options.skip_bad:
                    continue
                raise
            if int(key, 16) not in self._done:
                yield task, key

    async def _run_on(self, task: BatchTask, key: str, share: ServerShare) -> FinishedRun:
        try:
            request = self.build_request(task, key, share)
            if self.executor is not None:
                request = replace(request, server=share.server.name, demo=False)
                return await self.executor.run(request, (self.folder / _folder_of(key)).absolute())
            return await run_once(request, self.pool)
        except (UsageError, FileError) as error:
            return FinishedRun("failed", "", single_line(str(error), 300))

    async def _save_regularly(self) -> None:
        while True:
            self._save(self.get_state())
            await asyncio.sleep(_SAVE_EVERY_S)

    async def _watch_stop_request(self, running: asyncio.Task[BatchState] | None) -> None:
        """End the batch when another process wishes it."""
        while True:
            await asyncio.sleep(_WATCH_EVERY_S)
            wish = read_stop_request(self.folder)
            self.stop_requested = self.stop_requested or bool(wish)
            if wish == "now" and running is not None:
                running.cancel()
                return

    def _save(self, state: BatchState) -> None:
        try:
            save_state(self.folder, state)
        except FileError:
            return  # It is only shown; a disk that is full stops the batch at its next row.


def _folder_of(key: str) -> str:
    """Return the folder of a run within that of the batch; no folder gets millions of entries."""
    return f"{RUNS_FOLDER}/{key[:2]}/{key}"


def _to_number(key: str) -> int | None:
    try:
        return int(key, 16)
    except ValueError:
        return None
