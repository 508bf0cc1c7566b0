"""Follow up on a run: ask a question with an earlier run as its background."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from random import SystemRandom

from roundtable_tui import modes
from roundtable_tui.engine import events
from roundtable_tui.engine.quoting import Quoter, make_boundary_token
from roundtable_tui.engine.results.known_answer import how_without_known
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.resources import PersonaLibrary, Task
from roundtable_tui.resources.task import TaskSettings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.resume import task_from_record
from roundtable_tui.utils.text import truncate

_MAX_QUOTED_CHARS = 6000
"""Characters of background for the last statements of all seats; the answer is quoted in full."""
_MIN_QUOTE_CHARS = 200


def prepare_follow_up(folder: Path, request: RunRequest) -> tuple[RunRequest, Task, str]:
    """Return the request with its defaults from the run in `folder`, the task with that run as background,
    and the id of that run. Raises RoundtableError.
    """
    _, task = follow_up_task(folder, request.question)
    request = request_like_run(folder, request, PersonaLibrary.load(request.personas_dir))
    return request, task, read_run(folder).header.run_id


def follow_up_task(folder: Path, question: str) -> tuple[str, Task]:
    """Return the question and a task whose context describes the run in `folder`.

    Texts of models are quoted as data, between boundaries with a token that they cannot know.
    """
    recording = read_run(folder)
    before, end = task_from_record(recording.header), recording.run_finished
    quoter = Quoter(make_boundary_token(SystemRandom()))
    background = [before.context if before else "", f"Asked before:\n{recording.header.question}"]
    quoted = _final_statements(recording.header, recording.events, quoter, end.answer if end else "")
    if end is not None and end.answer:
        reached = how_without_known(end)
        how = f"How it came about: {reached}" if reached else ""
        quoted = ["The answer then:", quoter.quote("answer", end.answer), how, *quoted]
    background += [quoter.quoting_rule(), *quoted] if quoted else []
    base = before or Task(name="follow-up", path=Path())
    return question, replace(
        base, context="\n\n".join(part for part in background if part), questions=(question,),
        settings=TaskSettings(),  # The known answers are those of other questions.
    )  # fmt: skip


def _final_statements(
    header: events.RunStarted, recorded: Iterable[events.Event], quoter: Quoter, answer: str
) -> list[str]:
    """Return the last statement of each seat, truncated to fit."""
    names = {str(seat["seat"]): str(seat["name"]) for seat in header.seats if not seat.get("captain")}
    said = {
        event.seat: replace_marks(event.text).strip()
        for event in recorded
        if isinstance(event, events.TurnFinished) and event.seat in names
    }
    said = {seat: text for seat, text in said.items() if text and text != answer.strip()}
    max_chars = _MAX_QUOTED_CHARS // max(1, len(said))
    if not said or max_chars < _MIN_QUOTE_CHARS:
        return []
    quotes = (quoter.quote(names[seat], truncate(text, max_chars)) for seat, text in said.items())
    return ["What they said last:", *quotes]


def request_like_run(folder: Path, request: RunRequest, library: PersonaLibrary) -> RunRequest:
    """Return `request` with empty mode, team and server filled in from the run in `folder`."""
    header = read_run(folder).header
    if not request.mode:
        request = replace(request, mode=mode_of_record(header))
    if not (request.team or request.personas) and header.team in {found.team.name for found in library.teams}:
        request = replace(request, team=header.team)
    names = {str(server.get("name")) for server in header.servers}
    if not (request.server or request.base_url or request.demo or request.local) and names <= {"demo"}:
        request = replace(request, demo=True)
    return request


def mode_of_record(header: events.RunStarted) -> str:
    """Return the mode of a run; for a pipeline, that of its last stage."""
    rows = header.options.get("stages") if header.mode == modes.PIPELINE else None
    last = rows[-1] if isinstance(rows, list | tuple) and rows else None
    return str(last.get("mode", "")) if isinstance(last, Mapping) else header.mode
