"""Take one request to the end of its run, and return what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from roundtable_tui.engine.events import Event, RunFinished, RunResumed, TurnFailed, TurnFinished
from roundtable_tui.engine.plan import Plan
from roundtable_tui.engine.record.recorder import EVENTS_FILE, is_locked_by_writer
from roundtable_tui.engine.run import Run
from roundtable_tui.engine.turn import INTERRUPTED
from roundtable_tui.errors import FileError, RoundtableError, UsageError
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.stats import compute_stats
from roundtable_tui.setup.open_run import open_run
from roundtable_tui.setup.request import ResumeRequest, RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.files import path_exists
from roundtable_tui.utils.text import single_line


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A finished run in a few figures."""

    status: str
    """complete, partial or failed."""
    answer: str
    error: str = ""
    how: str = ""
    agreement: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0
    seconds: float = 0.0
    cost: float | None = None
    """USD; None if no price is known."""
    estimated: bool = False
    """True if tokens were estimated because the server did not report them."""
    cut: bool = False
    """True if a token limit ended the answer."""
    incomplete: bool = False
    """True if `answer` is the longest of texts whose connection broke: not an answer."""

    @property
    def has_answer(self) -> bool:
        """True if the run has an answer, perhaps one that a token limit ended."""
        return bool(self.answer) and not self.incomplete

    @property
    def problem(self) -> str:
        """Why there is no answer, "" if there is one."""
        return "" if self.has_answer else self.error or (self.incomplete and self.how) or "no answer"

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens."""
        return self.prompt_tokens + self.completion_tokens


async def run_once(request: RunRequest, pool: ServerPool) -> FinishedRun:
    """Run a request to its end, unless its folder has a run with an answer; an interrupted one is continued.

    Args:
        request: the request; its `folder` is where the record is kept.
        pool: the servers.

    Returns:
        The summary. A run that cannot start because of its server is a failed one.

    Raises:
        UsageError, FileError: the request or a file is wrong: other runs would fail in the same way.
    """
    try:
        if request.folder is not None and _has_record(request.folder):
            try:
                if (finished := _read_finished(request.folder)) is not None:
                    return finished
                return await _execute(ResumeRequest(request.folder), pool)
            except (UsageError, FileError):  # The record is damaged from its first line on.
                set_record_aside(request.folder)
        return await _execute(request, pool)
    except (UsageError, FileError):
        raise
    except RoundtableError as error:
        return FinishedRun("failed", "", single_line(str(error), 300))


async def describe_request(request: RunRequest, pool: ServerPool) -> dict[str, Any]:
    """Return what identifies the runs of a request but for its question: mode, options, seats, models.

    Raises RoundtableError if the request cannot be run.
    """
    async with open_run(request, pool=pool) as run:
        return describe_plan(run.plan)


def describe_plan(plan: Plan) -> dict[str, Any]:
    """Return what identifies a run but for its question and task, see `describe_request`."""
    seats = [*plan.assignments, *([plan.captain] if plan.captain else [])]
    return {
        "mode": plan.mode.name,
        "options": plan.options.model_dump(mode="json"),
        "seats": [[seat.persona.model_dump(mode="json"), seat.model, seat.server.base_url] for seat in seats],
        "captain": plan.captain is not None,
        "max_tokens": plan.max_tokens,
    }


async def _execute(request: RunRequest | ResumeRequest, pool: ServerPool) -> FinishedRun:
    async with open_run(request, pool=pool) as run:
        await run.execute()
        return summarize_run(run)


def summarize_run(run: Run) -> FinishedRun:
    """Return the summary of a run that has ended."""
    assert run.result is not None
    return _summarize(run.events)


def _read_finished(folder: Path) -> FinishedRun | None:
    """Return the summary of a recorded run that has an answer; None for others. Raises FileError."""
    record = read_run(folder)
    if record.run_finished is None or is_locked_by_writer(folder):
        return None
    found = _summarize(record.events)
    return found if found.has_answer else None


def _summarize(recorded: Sequence[Event]) -> FinishedRun:
    # What a question takes is measured, without calls that were interrupted and made again.
    measured = [_keep_whole_calls(event) for event in recorded if not _is_interrupted(event)]
    seats = list(compute_stats(measured).seats.values())
    costs = [seat.cost for seat in seats if seat.cost is not None]
    end = next(event for event in reversed(recorded) if isinstance(event, RunFinished))
    of_author = (e for e in reversed(recorded) if isinstance(e, TurnFinished) and e.seat == end.by)
    last = next(of_author, None)
    is_cut = last is not None and last.is_truncated
    return FinishedRun(
        status=end.status,
        answer=end.answer,
        error=single_line(end.error, 300),
        how=end.how,
        agreement=end.agreement,
        prompt_tokens=sum(seat.prompt_tokens for seat in seats),
        completion_tokens=sum(seat.completion_tokens for seat in seats),
        cached_tokens=sum(seat.cached_tokens for seat in seats),
        calls=sum(seat.calls for seat in seats),
        seconds=end.elapsed_s,
        cost=sum(costs) if costs else None,
        estimated=any(seat.estimated for seat in seats),
        cut=is_cut,
        incomplete=end.incomplete and not is_cut,
    )


def _is_interrupted(event: Event) -> bool:
    return isinstance(event, TurnFailed) and event.kind == INTERRUPTED


def _keep_whole_calls(event: Event) -> Event:
    """Return the event; that of a resumed run without the interrupted calls it lists."""
    if not isinstance(event, RunResumed):
        return event
    return replace(event, wasted=tuple(row for row in event.wasted if row.get("kind") != INTERRUPTED))


def _has_record(folder: Path) -> bool:
    return path_exists(folder / EVENTS_FILE)


def set_record_aside(folder: Path, why: str = "damaged") -> None:
    """Rename a record that cannot be continued, so that the run can start again in its folder."""
    if _has_record(folder):
        (folder / EVENTS_FILE).replace(folder / f"{EVENTS_FILE}.{why}")
