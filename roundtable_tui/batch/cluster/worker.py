"""What runs in a worker: its servers with its share of their calls, and one run after another.

Only names of servers come from the scheduler; settings and keys are read in the worker.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from roundtable_tui import config
from roundtable_tui.batch.cluster.saved_run import run_and_save
from roundtable_tui.batch.run_once import FinishedRun
from roundtable_tui.batch.servers import BatchServerPool
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.llm.servers.configured import DEFAULT_CONCURRENCY
from roundtable_tui.llm.types import Server
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.text import single_line

DEATH_TIMEOUT_S = 60
"""Seconds after which a worker without a scheduler ends."""


class WorkerServerPool(BatchServerPool):
    """The servers of one worker, with its share of their calls at once."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], shares: Mapping[str, float], workers: int
    ) -> None:
        super().__init__(settings, environ)
        self._shares = shares
        self._workers = workers

    def from_settings(self, found: ServerSettings) -> Server:
        """Return a server with the calls at once of this worker."""
        whole = found.concurrency or DEFAULT_CONCURRENCY
        share = int(self._shares.get(found.name, 0)) or max(1, whole // self._workers)
        return super().from_settings(replace(found, concurrency=share))

    def get_demo(self, seed: int = 0) -> Server:
        """Return the demo with the calls at once of this worker."""
        server = super().get_demo(seed)
        share = int(self._shares.get(server.name, 0)) or max(1, server.concurrency // self._workers)
        key = ("demo", "0")
        if self._servers[key].concurrency != share:
            self._servers[key] = replace(server, concurrency=share)
        return self._servers[key]


_pools: dict[int, WorkerServerPool] = {}
"""The pool of this process; by the id of the worker, as a test may have several in one process."""


async def warm_worker(workers: int, dask_worker: Any) -> str:
    """Import what runs need and make the servers, so that the first run does not wait. Returns the version.

    Args:
        workers: the number of workers.
        dask_worker: the worker, which Dask fills in by this name.
    """
    from importlib.metadata import version

    _get_pool(dask_worker, workers).client  # noqa: B018 (its import is slow)
    return version("roundtable-tui")


async def run_on_worker(request: RunRequest, folder: str, workers: int) -> dict[str, Any]:
    """Run a request in this worker and return its `FinishedRun` as a dictionary.

    Args:
        request: the request, with the name of its server.
        folder: the folder of the run.
        workers: the number of workers, among which servers without a resource are divided.
    """
    from distributed import get_worker

    try:
        run = await run_and_save(request, Path(folder), _get_pool(get_worker(), workers))
    except (UsageError, FileError) as error:
        run = FinishedRun("failed", "", single_line(str(error), 300))
    return asdict(run)


def _get_pool(worker: Any, workers: int) -> WorkerServerPool:
    if id(worker) not in _pools:
        shares = dict(worker.state.total_resources)
        _pools[id(worker)] = WorkerServerPool(config.load(), os.environ, shares, workers)
    return _pools[id(worker)]


async def serve_worker(address: str, name: str, resources: Mapping[str, int], scratch: str) -> None:
    """Be a worker of the scheduler at `address` until it ends; `scratch` is a folder for its files."""
    from distributed import Worker

    threads = max(1, sum(resources.values()))
    worker = Worker(
        address, name=name, nthreads=threads, resources=dict(resources), dashboard=False, memory_limit=0,
        host="127.0.0.1", death_timeout=DEATH_TIMEOUT_S, local_directory=scratch,
    )  # fmt: skip
    async with worker:
        await worker.finished()  # type: ignore[no-untyped-call]


def main() -> None:
    """Run a worker: the arguments are the address, the name, the resources as JSON, and a scratch folder."""
    address, name, resources, scratch = sys.argv[1:5]
    asyncio.run(serve_worker(address, name, json.loads(resources), scratch))
