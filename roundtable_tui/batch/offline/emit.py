"""Write the first calls of runs as lines of the OpenAI Batch format."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from roundtable_tui.batch.offline.requests import CallNames, prepare_offline
from roundtable_tui.batch.runner import Batch
from roundtable_tui.batch.tasks.openai_batch import CHAT_URL
from roundtable_tui.engine.events import Event, PhaseStarted
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.llm.request.build import build_body
from roundtable_tui.llm.types import ChatRequest, Failed, Finished, Limits, Server, StreamEvent
from roundtable_tui.setup.open_run import open_run
from roundtable_tui.setup.plan import find_mode, find_task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line, to_safe_json

_STAND_IN = "x"
"""The answer of every call while requests are captured."""


@dataclass(slots=True)
class EmittedRequests:
    """What was written."""

    runs: int = 0
    calls: int = 0
    problems: list[str] = field(default_factory=list)
    """One line for each task that has rounds."""


class CapturingClient:
    """A model client that keeps requests and answers each with a stand-in, until it is stopped."""

    def __init__(self, pool: ServerPool) -> None:
        self._pool = pool
        self.calls: list[tuple[Server, ChatRequest]] = []
        self.stopped = asyncio.Event()

    async def stream(
        self, server: Server, request: ChatRequest, limits: Limits
    ) -> AsyncGenerator[StreamEvent, None]:
        """Keep the request and yield the stand-in."""
        if self.stopped.is_set():
            yield Failed("request", "not asked")
            return
        self.calls.append((server, request))
        yield Finished(_STAND_IN, finish_reason="stop")

    def context_window(self, server: Server, model: str) -> int | None:
        """Return the tokens that a model can hold; None if unknown."""
        return self._pool.client.context_window(server, model)

    def listen(self, event: Event) -> None:
        """Stop at the second phase: its calls depend on the answers of the first."""
        if isinstance(event, PhaseStarted) and self.calls:
            self.stopped.set()


async def emit_requests(batch: Batch, path: Path) -> EmittedRequests:
    """Write the first calls of all tasks that are not done to a file.

    Args:
        batch: a prepared batch.
        path: the file, which is replaced.

    Raises FileError if it cannot be written.
    """
    written = EmittedRequests()
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            async for task, key in batch.iter_todo():
                request = batch.build_request(task, key, batch.balancer.shares[0])
                try:
                    lines = [line async for line in iter_request_lines(request, key, batch.pool)]
                except UsageError as error:
                    written.problems.append(f"task {single_line(task.id, 60)}: {error}")
                    continue
                written.runs += 1
                written.calls += len(lines)
                file.writelines(f"{to_safe_json(line)}\n" for line in lines)
        temporary.replace(path)
    except OSError as error:
        where = files.format_location(path)
        raise FileError(f"cannot be written: {error.strerror}", where=where) from error
    return written


async def iter_request_lines(
    request: RunRequest, key: str, pool: ServerPool
) -> AsyncIterator[dict[str, Any]]:
    """Yield a line of the OpenAI Batch format for each first call of a run. Raises UsageError."""
    mode = find_mode(request, find_task(request.task), pool.settings).name
    names = CallNames()
    for server, call in await _capture(prepare_offline(request, mode), pool):
        capabilities, _ = pool.client.get_model_profile(server, call.model)
        body = build_body(replace(call, stream=False), capabilities)
        del body["stream"]
        name = f"{key}-{names.make_name(call)}"
        yield {"custom_id": name, "method": "POST", "url": CHAT_URL, "body": body}


async def _capture(request: RunRequest, pool: ServerPool) -> list[tuple[Server, ChatRequest]]:
    """Return the calls of the first phase of a run, in order; none is sent."""
    client = CapturingClient(pool)
    with TemporaryDirectory(prefix="roundtable-") as folder:  # For modes that write files.
        request = replace(request, record=False, folder=None)
        async with open_run(request, pool=pool) as prepared:
            run = Run(prepared.plan, client, run_dir=Path(folder))
            run.add_listener(client.listen)
            running = asyncio.ensure_future(run.execute())
            stopping = asyncio.ensure_future(client.stopped.wait())
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (running, stopping):
                task.cancel()
            await asyncio.gather(running, stopping, return_exceptions=True)
    return client.calls
