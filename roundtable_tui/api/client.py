"""Roundtable in a program: run any mode, read its events while they happen, keep the answer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from roundtable_tui import config as settings_file
from roundtable_tui.config import FlagEnvironment
from roundtable_tui.engine import events
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import NoAnswerError
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool

REQUEST_FIELDS = frozenset(
    {
        "task",
        "nth",
        "team",
        "personas",
        "captain",
        "agents",
        "models",
        "seed",
        "max_tokens",
        "budget",
        "max_cost",
        "limits",
        "personas_dir",
    }
)


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended. `status`: complete, partial (somebody failed on the way), failed or cancelled."""

    answer: str
    status: str
    how: str
    """One honest line on how the answer came about."""
    error: str
    agreement: float | None
    """0 to 1, from the answers; None where the mode does not measure it."""
    candidates: tuple[str, ...]
    events: tuple[events.Event, ...] = field(repr=False)
    """All that happened, but for the pieces of text as they came."""
    folder: Path | None
    """Where the record is, if it was kept."""

    def report(self) -> dict[str, Any]:
        """Return the run as `roundtable ask --json` prints it."""
        return build_report(self.events, self.folder)


class RunHandle:
    """A run that goes on: iterate over its events; `await result()` for its end; `cancel()` ends it.

    It starts when it is first iterated or awaited.
    """

    def __init__(self, table: Roundtable, request: RunRequest) -> None:
        self._table = table
        self._request = request
        self._queue: asyncio.Queue[events.Event | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._run: Run | None = None

    def __aiter__(self) -> AsyncIterator[events.Event]:
        self._start()
        return self

    async def __anext__(self) -> events.Event:
        self._start()
        event = await self._queue.get()
        if event is None:
            self._queue.put_nowait(None)
            await self._wait_finished()
            raise StopAsyncIteration
        return event

    async def result(self) -> Result:
        """Wait for the end and return it. Raises RoundtableError where the run cannot start."""
        self._start()
        await self._wait_finished()
        run = self._run
        if run is None or run.result is None:
            return Result("", "cancelled", "", "stopped before it began", None, (), (), None)
        end, answer = run.result, run.result.answer
        told = (answer.how, end.error, answer.agreement, answer.candidates)
        return Result(answer.text, end.status, *told, tuple(run.events), run.folder)

    @property
    def run(self) -> Run | None:
        """The run itself, once it is prepared: its table's controls pause, stop and speak."""
        return self._run

    async def cancel(self) -> None:
        """End the run cleanly, its record too; one that has not started does not start any more."""
        if self._task is None:
            self._queue.put_nowait(None)
            self._task = asyncio.create_task(asyncio.sleep(0))
        self._task.cancel()
        await asyncio.wait({self._task})

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._execute())
            self._table.register(self)

    async def _wait_finished(self) -> None:
        assert self._task is not None
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()

    async def _execute(self) -> None:
        from roundtable_tui.setup.plan import build_run

        try:
            self._run = await build_run(self._request, self._table.backends)
            self._run.add_listener(self._queue.put_nowait)
            await self._run.execute()
        finally:
            self._queue.put_nowait(None)


class Roundtable:
    """A table in a program: an async context manager that owns the connections.

    Where a server, a model or anything else is not given, your settings and the environment say,
    as on the command line. Runs are not recorded unless `folder` says where.
    """

    def __init__(
        self,
        *,
        base_url: str = "",
        server: str = "",
        model: str = "",
        demo: bool = False,
        local: bool = False,
    ) -> None:
        self._request = RunRequest(base_url=base_url, server=server, model=model, demo=demo, local=local)
        self._handles: list[RunHandle] = []
        self._backends: ServerPool | None = None

    @property
    def backends(self) -> ServerPool:
        """The servers; made at first use."""
        if self._backends is None:
            self._backends = ServerPool(
                settings_file.load(), FlagEnvironment(os.environ, self._request.base_url)
            )
        return self._backends

    def run(
        self, question: str = "", *, mode: str = "", folder: str | Path | None = None, **how: Any
    ) -> RunHandle:
        """Return a run of `question`; iterating over it starts it and gives its events.

        `how` is any of task, team, personas, captain, agents, models ({persona: model}), seed,
        max_tokens, limits ({first_token, idle, turn: seconds}), personas_dir, nth; everything else is an
        option of the mode, such as `max_rounds=2`. `folder` keeps the record there.
        """
        known = {
            name: _convert_argument(name, value) for name, value in how.items() if name in REQUEST_FIELDS
        }
        options = {name: value for name, value in how.items() if name not in REQUEST_FIELDS}
        wish = replace(
            self._request, question=question, mode=mode, options=options, record=False,
            folder=Path(folder) if folder is not None else None, **known,
        )  # fmt: skip
        return RunHandle(self, wish)

    async def ask(self, question: str = "", *, mode: str = "", **how: Any) -> Result:
        """Run `question` to its end and return the answer. Raises NoAnswer where there is none."""
        result = await self.run(question, mode=mode, **how).result()
        if not result.answer:
            raise NoAnswerError(result.error or "the run ended without an answer")
        return result

    def register(self, handle: RunHandle) -> None:
        """Note a run that has started, to end it with the table."""
        self._handles.append(handle)

    async def aclose(self) -> None:
        """End what still runs and close all connections."""
        for going in self._handles:
            await going.cancel()
        self._handles.clear()
        if self._backends is not None:
            await self._backends.aclose()
            self._backends = None

    async def __aenter__(self) -> Roundtable:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _convert_argument(name: str, value: Any) -> Any:
    match name:
        case "personas":
            return (value,) if isinstance(value, str) else tuple(value)
        case "personas_dir":
            return Path(value) if value is not None else None
        case "task":
            return str(value)
    return value
