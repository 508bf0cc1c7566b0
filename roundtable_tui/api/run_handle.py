"""A run of the Python API: iterate over its events, or wait for its result."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, cast

from roundtable_tui.answers.grouping import AnswerGroup
from roundtable_tui.engine import events
from roundtable_tui.engine.any_event import AnyEvent
from roundtable_tui.engine.calls.budget import UsageTotals
from roundtable_tui.engine.controls import Controls
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import UsageError
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.report import Report, make_report
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.interface import use_interface
from roundtable_tui.utils.texts import text_input


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a run. `status` is complete, partial (some calls failed), failed or cancelled."""

    answer: str
    status: str
    how: str
    """One line about how the answer was reached."""
    error: str
    agreement: float | None
    """The share of the answers that say what `answer` says, 0 to 1; None if that cannot be compared."""
    candidates: tuple[str, ...]
    events: tuple[AnyEvent, ...] = field(repr=False)
    """All events except the deltas of streamed text."""
    folder: Path | None
    """Folder of the record, None if there is none."""
    by: str = ""
    """The seat that wrote the answer, "" if no single one did."""
    usage: UsageTotals = field(default_factory=UsageTotals)
    """Calls, tokens and cost of the whole run."""
    groups: tuple[AnswerGroup, ...] = ()
    """Final answers that agree and the seats that gave them, largest group first; () if not compared."""

    def report(self) -> Report:
        """Return the account of the run: outcome, rounds, changes, usage, baseline and more."""
        return make_report(self.events)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object that `roundtable ask --json` prints; its key `report` is the report."""
        return build_report(self.events, self.folder)


class RunOwner(Protocol):
    """What a run needs of the client: its servers, and a place in its list of runs."""

    @property
    def pool(self) -> ServerPool:
        """The servers."""
        ...

    def register(self, handle: RunHandle) -> None:
        """Add a run that has started."""
        ...


class RunHandle:
    """A run: iterate over its events, or await its result. It starts when it is first iterated or awaited."""

    def __init__(self, client: RunOwner, request: RunRequest, text: str | Path | None = None) -> None:
        """Prepare a run; nothing is looked up yet.

        Args:
            client: the client that owns the connections.
            request: the request of the run.
            text: the text that the mode reads, or its file.
        """
        self._client = client
        self._request = request
        self._text = text
        self._queue: asyncio.Queue[AnyEvent | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._run: Run | None = None

    def __aiter__(self) -> AsyncIterator[AnyEvent]:
        self._start()
        return self

    async def __anext__(self) -> AnyEvent:
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
            events=tuple(map(_to_any_event, run.events)),
            folder=run.folder,
            by=answer.by,
            usage=replace(run.table.budget.totals),
            groups=_final_groups(run.events),
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
        use_interface("python")  # In the task of this run only.
        try:
            from roundtable_tui.setup.open_run import open_run

            async with AsyncExitStack() as stack:
                request = self._request if self._text is None else self._add_text(self._text, stack)
                run = await stack.enter_async_context(open_run(request, pool=self._client.pool))
                self._run = run
                run.add_listener(lambda event: self._queue.put_nowait(_to_any_event(event)))
                await run.execute()
        finally:
            self._queue.put_nowait(None)

    def _add_text(self, text: str | Path, stack: AsyncExitStack) -> RunRequest:
        """Return the request with the text as the option `file` of its mode.

        A text without a file is stored beside those from standard input if the run is recorded, so that it
        can be resumed; otherwise in a temporary folder until the run ends.
        """
        from roundtable_tui.setup.plan import find_mode, find_task

        mode = find_mode(self._request, find_task(self._request.task), self._client.pool.settings)
        if mode.seats != "stages" and "file" not in mode.options.model_fields:
            raise UsageError(f"text: mode {mode.name} reads no text", hint="Give it as context=.")
        if "file" in self._request.options:
            raise UsageError("text and the option file are both given", hint="Give one of them.")
        if isinstance(text, str):
            if not text.strip():
                raise UsageError("text is empty")
            folder = None
            if self._request.folder is None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="roundtable-")))
            text = text_input.store_text(text, folder)
        return replace(self._request, options={**self._request.options, "file": str(text)})


def _to_any_event(event: events.Event) -> AnyEvent:
    """Return the event with its type: every event of a run is one of the union."""
    return cast(AnyEvent, event)


def _final_groups(recorded: list[events.Event]) -> tuple[AnswerGroup, ...]:
    """Return the last groups of answers that were made."""
    for event in reversed(recorded):
        if isinstance(event, events.AnswersGrouped):
            return tuple(AnswerGroup(str(one["answer"]), tuple(one["seats"])) for one in event.groups)
    return ()
