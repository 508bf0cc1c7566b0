"""Runs the runs of a batch on the workers of a Dask cluster."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from roundtable_tui.batch.cluster.worker import run_on_worker, warm_worker
from roundtable_tui.batch.run_once import FinishedRun
from roundtable_tui.errors import NoAnswerError, UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils import processes
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from distributed import Client

LOCAL = "local"
FILE = "file"
MAX_WORKERS = 256
_CONNECT_S = 60.0
_MAX_DESCRIBED = 16
_MAX_RESTARTS = 20
"""Workers of this machine that are started again after they ended."""


class ClusterExecutor:
    """An async context manager: connects to the workers, or starts them on this machine.

    The calls at once of a server are a resource of the workers, of which each run takes one: a worker that is
    lost takes its part with it, and no lease has to expire.
    """

    def __init__(self, where: str, slots: Mapping[str, int]) -> None:
        """Prepare an executor.

        Args:
            where: `local:4`, `file:PATH` of a scheduler, or the address of a scheduler (`tcp://`, `tls://`).
            slots: name of a server -> calls at once.
        """
        self.where = where
        self.slots = dict(slots)
        self.workers = 0
        self.processes: list[Process] = []
        """The workers of this machine."""
        self._shares: dict[str, Mapping[str, float]] = {}
        """Name of a worker -> its calls at once of each server."""
        self._client: Any = None
        self._stack = AsyncExitStack()
        self._watchers: list[asyncio.Task[None]] = []
        self._restarts = 0
        self._scratch = TemporaryDirectory(prefix="roundtable-", ignore_cleanup_errors=True)

    async def __aenter__(self) -> ClusterExecutor:
        import distributed  # noqa: F401  (it sets the level of its log when it is imported)

        kind, _, rest = self.where.partition(":")
        # Its log is for clusters; what concerns the user is an error or in the progress.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            await self._connect(kind, rest)
            await self._client.run(warm_worker, self.workers)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await self._stack.aclose()
        for process in self.processes:
            if process.returncode is None:
                process.kill()
            await process.wait()
        self._scratch.cleanup()

    async def run(self, request: RunRequest, folder: Path) -> FinishedRun:
        """Run a request on a worker; a worker that is lost hands it to another one."""
        name = request.server or "demo"
        future = self._client.submit(
            run_on_worker, replace(request, demo=False, server=name), str(folder), self.workers,
            key=f"run-{folder.name}", pure=False, retries=2, resources={name: 1},
        )  # fmt: skip
        try:
            result = await future.result()
        except asyncio.CancelledError:
            await future.cancel()
            raise
        except Exception as error:  # Its workers were lost again and again, or it cannot be sent.
            return FinishedRun("failed", "", single_line(f"the worker failed: {error!r}", 300))
        finally:
            future.release()  # A finished run that is held would be run again if its worker is lost.
        return FinishedRun(**result)

    def describe_workers(self) -> list[str]:
        """Return a line with the calls at once of each worker, for the first ones."""
        return [
            f"worker {single_line(str(name), 40)}: "
            + (
                ", ".join(f"{single_line(server, 40)} {share:g}" for server, share in shares.items())
                or "none"
            )
            for name, shares in list(self._shares.items())[:_MAX_DESCRIBED]
        ]

    async def _connect(self, kind: str, rest: str) -> None:
        from distributed import Client

        if kind == LOCAL:
            address = await self._start_local(int(rest))
            self._client = await self._stack.enter_async_context(
                Client(address, asynchronous=True, set_as_default=False)  # type: ignore[no-untyped-call]
            )
        else:
            given: dict[str, Any] = {"scheduler_file": rest} if kind == FILE else {"address": self.where}
            client = Client(  # type: ignore[no-untyped-call]
                **given, asynchronous=True, set_as_default=False, timeout=_CONNECT_S
            )
            try:
                self._client = await self._stack.enter_async_context(client)
            except TypeError as error:  # Dask has no certificate to show.
                hint = "Give Dask its TLS files: DASK_DISTRIBUTED__COMM__TLS__CA_FILE and the client's."
                what = "the scheduler speaks TLS, for which Dask is not configured here"
                await _discard(client)
                raise NoAnswerError(what, where=single_line(self.where, 100), hint=hint) from error
            except (OSError, TimeoutError, ValueError) as error:
                what = f"no Dask scheduler answers: {single_line(str(error), 200)}"
                await _discard(client)
                raise NoAnswerError(what, where=single_line(self.where, 100)) from error
        try:
            await self._client.wait_for_workers(int(rest) if kind == LOCAL else 1, timeout=_CONNECT_S)
        except TimeoutError as error:
            raise NoAnswerError("the cluster has no workers", where=single_line(self.where, 100)) from error
        found = await self._client.scheduler.identity(n_workers=-1)
        self._shares = {one["name"]: one["resources"] for one in found["workers"].values()}
        self.workers = len(self._shares)
        self._check_resources()

    def _check_resources(self) -> None:
        """Raise UsageError if no worker has calls of a server: its runs would wait for ever."""
        for name in self.slots:
            if not any(resources.get(name, 0) >= 1 for resources in self._shares.values()):
                shown = single_line(name, 40)
                what = f"none of {count_of(self.workers, 'worker')} has calls of the server {shown}"
                hint = f'Start workers with: dask worker ADDRESS --resources "{shown}=4".'
                raise UsageError(what, where=single_line(self.where, 100), hint=hint)

    async def _start_local(self, workers: int) -> str:
        """Start a scheduler in this process and workers as processes; return its address."""
        import dask
        from distributed import Scheduler

        with dask.config.set({"distributed.scheduler.http.routes": []}):  # No pages on a port of their own.
            scheduler = await self._stack.enter_async_context(
                Scheduler(host="127.0.0.1", port=0, dashboard=False, dashboard_address="127.0.0.1:0")
            )
        address = str(scheduler.address)
        for number, resources in enumerate(divide_slots(self.slots, workers)):
            await self._start_worker(address, number, resources)
        return address

    async def _start_worker(self, address: str, number: int, resources: Mapping[str, int]) -> None:
        name = f"worker-{number}-{len(self.processes)}"
        command = processes.python_main(
            "roundtable_tui.batch.cluster.worker", address, name, json.dumps(resources), self._scratch.name
        )
        process = await processes.start_async(command, stderr="null")
        self.processes.append(process)

        async def start_again() -> None:
            await process.wait()
            if self._restarts < _MAX_RESTARTS:
                self._restarts += 1
                await self._start_worker(address, number, resources)

        self._watchers.append(asyncio.create_task(start_again()))


def parse_cluster(where: str) -> str:
    """Return a valid place of a cluster. Raises UsageError."""
    kind, _, rest = where.partition(":")
    if kind == LOCAL:
        number = int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 5 else 0
        if not 1 <= number <= MAX_WORKERS:
            raise UsageError(f"--cluster {LOCAL}:N needs a number of workers from 1 to {MAX_WORKERS}")
    elif kind not in ("tcp", "tls", "ws", "wss", FILE) or not rest:
        what = f"--cluster {single_line(where, 60)} is not a cluster"
        hint = "Use local:4, the address of a Dask scheduler (tcp://HOST:8786), or file:SCHEDULER.json."
        raise UsageError(what, hint=hint)
    try:
        import distributed  # noqa: F401
    except ImportError:
        what = "a cluster needs Dask, which is not installed"
        raise UsageError(what, hint="Install it: pip install 'roundtable-tui[cluster]'.") from None
    return where


async def _discard(client: Client) -> None:
    """Close a client that has not connected: otherwise it closes itself after the end of the event loop."""
    with suppress(Exception):
        await client.close(timeout=1)  # type: ignore[no-untyped-call]


def divide_slots(slots: Mapping[str, int], workers: int) -> list[dict[str, int]]:
    """Divide the calls at once of each server among workers; the sum is never more than the limit.

    Args:
        slots: name of a server -> calls at once.
        workers: the number of workers, at least 1.

    Returns:
        For each worker: name -> calls at once; servers of which it has no call are left out.
    """
    out: list[dict[str, int]] = [{} for _ in range(workers)]
    first = 0
    for name, limit in slots.items():
        for number in range(workers):
            share = limit // workers + (number < limit % workers)
            if share:
                # The remainders of different servers go to different workers.
                out[(number + first) % workers][name] = share
        first += limit % workers
    return out
