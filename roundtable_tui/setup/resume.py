"""Runs that start from a record: go on with one, fork one, or ask a follow-up question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import SystemRandom

from roundtable_tui.engine import events
from roundtable_tui.engine.quoting import Quoter, make_boundary_token
from roundtable_tui.engine.record.recorder import is_locked_by_writer
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import UsageError
from roundtable_tui.history.find import find_run
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.reports.transcript import write_transcript
from roundtable_tui.resources import PersonaLibrary, Task
from roundtable_tui.resources.inside import check_own
from roundtable_tui.setup.budget import raised_limits
from roundtable_tui.setup.fork import ForkChanges, events_before, fork
from roundtable_tui.setup.from_record import plan_from_record, server_from_record, task_from_record
from roundtable_tui.setup.plan import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import RetryLimitedClient, ServerPool
from roundtable_tui.setup.stages import mode_of_record
from roundtable_tui.utils.text import truncate

__all__ = [
    "ForkChanges",
    "build_follow_up",
    "events_before",
    "find_run",
    "follow_up_task",
    "fork",
    "plan_from_record",
    "request_like_run",
    "resume",
    "server_from_record",
    "task_from_record",
]  # fmt: skip
_MAX_QUOTED_CHARS = 6000
"""Characters of background that what the seats said last may take; the answer is always there whole."""
_MIN_QUOTE_CHARS = 200


async def resume(
    folder: Path, backends: ServerPool, *, budget: int | None = None, max_cost: float | None = None
) -> Run:
    """Return the run in `folder`, ready to go on: finished calls are not made again.

    With another `budget` (tokens) or `max_cost` (USD), 0 for no limit, what had no room in the old one is
    asked now, and what came of its lack is made anew. Raises RoundtableError: no record, no such mode any
    more, a server that cannot be reached by name, a link out of the folder.
    """
    check_own(folder)  # It is written to: no link in it may lead elsewhere.
    recording = read_run(folder)
    run_id, end = recording.header.run_id, recording.run_finished
    if is_locked_by_writer(folder):
        raise UsageError(f"run {run_id} goes on right now", hint="It can be gone on with once it has ended.")
    if end is not None and end.status == "complete":
        raise UsageError(f"run {run_id} is complete", hint="Fork it to have it go otherwise.")
    plan = await plan_from_record(recording, backends)
    more = raised_limits(recording, budget, max_cost)
    return Run(
        plan,
        RetryLimitedClient(backends),
        run_dir=folder,
        resume=recording,
        new_budget=more,
        write_files=write_transcript,
    )


async def build_follow_up(folder: Path, request: RunRequest, backends: ServerPool) -> Run:
    """Return a run of the question in `wish` that has the run in `folder` for its background, and is asked of
    the same people where `wish` says nothing else. Raises RoundtableError.
    """
    _, task = follow_up_task(folder, request.question)
    request = request_like_run(folder, request, PersonaLibrary.load(request.personas_dir))
    run = await build_run(request, backends, task)
    run.plan = replace(run.plan, parent=read_run(folder).header.run_id)
    return run


def follow_up_task(folder: Path, question: str) -> tuple[str, Task]:
    """Return what a follow-up to a run asks: the new question, with the run as its background.

    What models said stands in it as quoted material, between boundaries with a word that nobody knew.
    """
    recording = read_run(folder)
    before, end = task_from_record(recording.header), recording.run_finished
    quoter = Quoter(make_boundary_token(SystemRandom()))
    story = [before.context if before else "", f"Asked before:\n{recording.header.question}"]
    quoted = _final_statements(recording.header, recording.events, quoter, end.answer if end else "")
    if end is not None and end.answer:
        how = f"How it came about: {end.how}" if end.how else ""
        quoted = ["The answer then:", quoter.quote("answer", end.answer), how, *quoted]
    story += [quoter.quoting_rule(), *quoted] if quoted else []
    base = before or Task(name="follow-up", path=Path())
    return question, replace(base, context="\n\n".join(part for part in story if part), questions=(question,))


def _final_statements(
    header: events.RunStarted, recorded: Iterable[events.Event], quoter: Quoter, answer: str
) -> list[str]:
    """Return what each seat said last, cut so that all of it fits."""
    names = {str(seat["seat"]): str(seat["name"]) for seat in header.seats if not seat.get("captain")}
    said = {
        event.seat: replace_marks(event.text).strip()
        for event in recorded
        if isinstance(event, events.TurnFinished) and event.seat in names
    }
    said = {seat: text for seat, text in said.items() if text and text != answer.strip()}
    room = _MAX_QUOTED_CHARS // max(1, len(said))
    if not said or room < _MIN_QUOTE_CHARS:
        return []
    quotes = (quoter.quote(names[seat], truncate(text, room)) for seat, text in said.items())
    return ["What they said last:", *quotes]


def request_like_run(folder: Path, request: RunRequest, library: PersonaLibrary) -> RunRequest:
    """Return `wish` with what it leaves open as in the run in `folder`: mode, team, and the demo."""
    header = read_run(folder).header
    if not request.mode:
        request = replace(request, mode=mode_of_record(header))
    if not (request.team or request.personas) and header.team in {found.team.name for found in library.teams}:
        request = replace(request, team=header.team)
    names = {str(server.get("name")) for server in header.servers}
    if not (request.server or request.base_url or request.demo or request.local) and names <= {"demo"}:
        request = replace(request, demo=True)
    return request
