"""Work through many jobs with a fixed number at a time. Jobs are taken as they are needed: memory is flat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

Job = TypeVar("Job")


async def run_jobs(
    jobs: Iterable[Job],
    work: Callable[[Job], Awaitable[None]],
    *,
    concurrency: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Run all jobs and return how many were done.

    Args:
        jobs: the jobs, in order; the next one is taken when a worker is free.
        work: does one job. An exception ends the others and is raised here.
        concurrency: the number of jobs at a time, at least 1.
        should_stop: asked before each job; True lets the active jobs end and takes no more.

    Cancelling the task cancels the active jobs.
    """
    waiting: Iterator[Job] = iter(jobs)
    done = 0

    async def take() -> None:
        nonlocal done
        for job in waiting:
            if should_stop():
                return
            await work(job)
            done += 1

    workers = [asyncio.ensure_future(take()) for _ in range(max(1, concurrency))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return done
