"""Runs that start from a record: go on with one, fork one, or ask a follow-up question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import SystemRandom

from roundtable_tui.engine import events
from roundtable_tui.engine.quoting import Quoter, secret_word
from roundtable_tui.engine.record.recorder import is_going_on
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import UsageError
from roundtable_tui.history.find import find_run
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.answer_marker import without_marks
from roundtable_tui.reports.transcript import write_files
from roundtable_tui.resources import PersonaLibrary, Task
from roundtable_tui.resources.inside import check_own
from roundtable_tui.setup.budget import raised
from roundtable_tui.setup.fork import Changes, fork, up_to
from roundtable_tui.setup.from_record import plan_of, server_of, task_of
from roundtable_tui.setup.plan import prepare
from roundtable_tui.setup.request import Wish
from roundtable_tui.setup.server_pool import Backends, RunClient
from roundtable_tui.setup.stages import mode_like
from roundtable_tui.utils.text import shorten

__all__ = [
    "Changes", "find_run", "follow", "follow_up", "fork", "plan_of", "resume", "server_of", "task_of",
    "up_to", "wish_like",
]  # fmt: skip
_MOST = 6000
"""Characters of background that what the seats said last may take; the answer is always there whole."""
_LEAST = 200


async def resume(
    folder: Path, backends: Backends, *, budget: int | None = None, max_cost: float | None = None
) -> Run:
    """Return the run in `folder`, ready to go on: finished calls are not made again.

    With another `budget` (tokens) or `max_cost` (USD), 0 for no limit, what had no room in the old one is
    asked now, and what came of its lack is made anew. Raises RoundtableError: no record, no such mode any
    more, a server that cannot be reached by name, a link out of the folder.
    """
    check_own(folder)  # It is written to: no link in it may lead elsewhere.
    recording = read_run(folder)
    run_id, end = recording.header.run_id, recording.finished
    if is_going_on(folder):
        raise UsageError(f"run {run_id} goes on right now", hint="It can be gone on with once it has ended.")
    if end is not None and end.status == "complete":
        raise UsageError(f"run {run_id} is complete", hint="Fork it to have it go otherwise.")
    plan = await plan_of(recording, backends)
    more = raised(recording, budget, max_cost)
    return Run(
        plan, RunClient(backends), folder=folder, resume=recording, raised=more, write_files=write_files
    )


async def follow(folder: Path, wish: Wish, backends: Backends) -> Run:
    """Return a run of the question in `wish` that has the run in `folder` for its background, and is asked of
    the same people where `wish` says nothing else. Raises RoundtableError.
    """
    _, task = follow_up(folder, wish.question)
    wish = wish_like(folder, wish, PersonaLibrary.load(wish.personas_dir))
    run = await prepare(wish, backends, task)
    run.plan = replace(run.plan, parent=read_run(folder).header.run_id)
    return run


def follow_up(folder: Path, question: str) -> tuple[str, Task]:
    """Return what a follow-up to a run asks: the new question, with the run as its background.

    What models said stands in it as quoted material, between boundaries with a word that nobody knew.
    """
    recording = read_run(folder)
    before, end = task_of(recording.header), recording.finished
    quoter = Quoter(secret_word(SystemRandom()))
    story = [before.context if before else "", f"Asked before:\n{recording.header.question}"]
    quoted = _last_words(recording.header, recording.events, quoter, end.answer if end else "")
    if end is not None and end.answer:
        how = f"How it came about: {end.how}" if end.how else ""
        quoted = ["The answer then:", quoter.quote("answer", end.answer), how, *quoted]
    story += [quoter.rule(), *quoted] if quoted else []
    base = before or Task(name="follow-up", path=Path())
    return question, replace(base, context="\n\n".join(part for part in story if part), questions=(question,))


def _last_words(
    header: events.RunStarted, recorded: Iterable[events.Event], quoter: Quoter, answer: str
) -> list[str]:
    """Return what each seat said last, cut so that all of it fits."""
    names = {str(seat["seat"]): str(seat["name"]) for seat in header.seats if not seat.get("captain")}
    said = {
        event.seat: without_marks(event.text).strip()
        for event in recorded
        if isinstance(event, events.TurnFinished) and event.seat in names
    }
    said = {seat: text for seat, text in said.items() if text and text != answer.strip()}
    room = _MOST // max(1, len(said))
    if not said or room < _LEAST:
        return []
    quotes = (quoter.quote(names[seat], shorten(text, room)) for seat, text in said.items())
    return ["What they said last:", *quotes]


def wish_like(folder: Path, wish: Wish, library: PersonaLibrary) -> Wish:
    """Return `wish` with what it leaves open as in the run in `folder`: mode, team, and the demo."""
    header = read_run(folder).header
    if not wish.mode:
        wish = replace(wish, mode=mode_like(header))
    if not (wish.team or wish.personas) and header.team in {found.team.name for found in library.teams}:
        wish = replace(wish, team=header.team)
    names = {str(server.get("name")) for server in header.servers}
    if not (wish.server or wish.base_url or wish.demo or wish.local) and names <= {"demo"}:
        wish = replace(wish, demo=True)
    return wish
