"""The Python API: run any mode, read its events while they happen, get the result."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from roundtable_tui import config
from roundtable_tui.engine import events
from roundtable_tui.engine.controls import Controls
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import NoAnswerError, UsageError
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.report import Report, make_report
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool

REQUEST_FIELDS = frozenset(
    {
        "task",
        "question_number",
        "team",
        "personas",
        "captain",
        "agents",
        "models",
        "seed",
        "max_tokens",
        "answer_tokens",
        "params",
        "stream",
        "budget",
        "max_cost",
        "baseline",
        "limits",
        "personas_dir",
    }
)
_FORMER_FIELDS = {"nth": "question_number"}


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a run. `status` is complete, partial (some calls failed), failed or cancelled."""

    answer: str
    status: str
    how: str
    """One line about how the answer was reached."""
    error: str
    agreement: float | None
    """Share of seats that agree, 0 to 1; None if the mode does not measure it."""
    candidates: tuple[str, ...]
    events: tuple[events.Event, ...] = field(repr=False)
    """All events except the deltas of streamed text."""
    folder: Path | None
    """Folder of the record, None if there is none."""

    def report(self) -> Report:
        """Return the account of the run: outcome, rounds, changes, usage, baseline and more."""
        return make_report(self.events)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object that `roundtable ask --json` prints; its key `report` is the report."""
        return build_report(self.events, self.folder)


class RunHandle:
    """A run: iterate over its events, or await its result. It starts when it is first iterated or awaited."""

    def __init__(self, client: Roundtable, request: RunRequest) -> None:
        self._client = client
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
        """Wait for the end of the run and return its result. Raises RoundtableError if it cannot start."""
        self._start()
        await self._wait_finished()
        run = self._run
        if run is None or run.result is None:
            return Result("", "cancelled", "", "stopped before it began", None, (), (), None)
        outcome, answer = run.result, run.result.answer
        return Result(
            answer=answer.text,
            status=outcome.status,
            how=answer.how,
            error=outcome.error,
            agreement=answer.agreement,
            candidates=answer.candidates,
            events=tuple(run.events),
            folder=run.folder,
        )

    @property
    def run(self) -> Run | None:
        """The run of the engine; None until it is prepared, before its first event."""
        return self._run

    @property
    def controls(self) -> Controls:
        """Pause, message, stop, retry, mute and change seats while the run is active.

        Raises UsageError before the first event, while the run is still being prepared.
        """
        if self._run is None:
            raise UsageError("the run has not started", hint="Use its controls from its first event on.")
        return self._run.table.controls

    async def cancel(self) -> None:
        """End the run cleanly, with its record; a run that has not started will not start."""
        if self._task is None:
            self._queue.put_nowait(None)
            self._task = asyncio.create_task(asyncio.sleep(0))
        self._task.cancel()
        await asyncio.wait({self._task})

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._execute())
            self._client.register(self)

    async def _wait_finished(self) -> None:
        assert self._task is not None
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()

    async def _execute(self) -> None:
        try:
            from roundtable_tui.setup.open_run import open_run

            async with open_run(self._request, pool=self._client.pool) as run:
                self._run = run
                run.add_listener(self._queue.put_nowait)
                await run.execute()
        finally:
            self._queue.put_nowait(None)


class Roundtable:
    """A client: an async context manager that owns the connections of its runs.

    Servers, models and options that are not given come from the settings and the environment, as on the
    command line. Runs are not recorded unless `folder` is given.
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
        """Create a client.

        Args:
            base_url: base URL of a server.
            server: name of a server of the settings.
            model: the model of all seats.
            demo: use the built-in demo: generated text, no model.
            local: use the built-in model.
        """
        self._request = RunRequest(base_url=base_url, server=server, model=model, demo=demo, local=local)
        self._handles: list[RunHandle] = []
        self._pool: ServerPool | None = None

    @property
    def pool(self) -> ServerPool:
        """The servers, created at first use."""
        if self._pool is None:
            self._pool = ServerPool(config.load(), config.FlagEnvironment(os.environ, self._request.base_url))
        return self._pool

    def run(
        self, question: str = "", *, mode: str = "", folder: str | Path | None = None, **how: Any
    ) -> RunHandle:
        """Return the handle of a run; iterating over it starts the run and yields its events.

        Args:
            question: the question; may be empty with a `task`.
            mode: name of the mode; "" for the task's or the settings'.
            folder: where to keep the record; None for no record.
            how: any of task, question_number, team, personas, captain, agents, models ({persona: model}),
                seed, max_tokens, answer_tokens, params ({"top_k": 20}: generation parameters), stream (False
                asks for whole replies), budget (tokens), max_cost (USD), baseline (True: also take a plain
                vote with as many tokens), limits ({first_token, idle, turn: seconds}) and
                personas_dir. Everything else is an option of the mode, such as `max_rounds=2`.
        """
        how = {_FORMER_FIELDS.get(name, name): value for name, value in how.items()}
        known = {
            name: _convert_argument(name, value) for name, value in how.items() if name in REQUEST_FIELDS
        }
        request = replace(
            self._request,
            question=question,
            mode=mode,
            options={name: value for name, value in how.items() if name not in REQUEST_FIELDS},
            record=False,
            folder=Path(folder) if folder is not None else None,
            **known,
        )
        return RunHandle(self, request)

    async def ask(self, question: str = "", *, mode: str = "", **how: Any) -> Result:
        """Run `question` to its end and return the result; arguments as for `run`.

        Raises:
            NoAnswerError: the run ended without an answer.
            RoundtableError: the run cannot start.
        """
        result = await self.run(question, mode=mode, **how).result()
        if not result.answer:
            raise NoAnswerError(result.error or "the run ended without an answer")
        return result

    def register(self, handle: RunHandle) -> None:
        """Add a run that has started, so that `aclose` ends it."""
        self._handles.append(handle)

    async def aclose(self) -> None:
        """End active runs and close all connections."""
        for handle in self._handles:
            await handle.cancel()
        self._handles.clear()
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

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
