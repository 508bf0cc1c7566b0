"""Follow up on a run: ask the next question of its conversation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from roundtable_tui.engine import events
from roundtable_tui.engine.material.attachments import Attachment, attachments_from_rows
from roundtable_tui.engine.material.earlier import EarlierQuestion, earlier_from_rows
from roundtable_tui.engine.material.picture_files import load_pictures
from roundtable_tui.engine.results.known_answer import how_without_known
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.recorded_run import mode_of_record, task_from_record
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.resources import PersonaLibrary, Task
from roundtable_tui.resources.library_cache import load_personas
from roundtable_tui.resources.task import TaskSettings
from roundtable_tui.setup.request import RunRequest


@dataclass(frozen=True, slots=True)
class RunStart:
    """What a run starts from: its request and task, and what it takes over from the run before it, if any."""

    request: RunRequest
    """The request, with mode, team and server of the run before it where it names none."""
    task: Task | None = None
    run_id: str = ""
    """The run that the question follows up on; "" for a new conversation."""
    earlier: tuple[EarlierQuestion, ...] = ()
    """All questions asked before, oldest first; see `limit_earlier`."""
    attachments: tuple[Attachment, ...] = ()
    """What is attached to the conversation, unless the question comes with one of the same name."""
    notes: tuple[str, ...] = ()


def prepare_follow_up(folder: Path, request: RunRequest) -> RunStart:
    """Return what `request` takes over from the run in `folder`. Raises RoundtableError."""
    recording = read_run(folder)
    header, end = recording.header, recording.run_finished
    task = task_from_record(header)
    if task is not None:  # The known answers and the settings are those of other questions.
        task = replace(task, questions=(request.question,), settings=TaskSettings())
    attachments, missing = load_pictures(folder, attachments_from_rows(header.attachments))
    answer, how = (replace_marks(end.answer).strip(), how_without_known(end)) if end else ("", "")
    last = EarlierQuestion(header.run_id, header.question.strip(), answer, how)
    return RunStart(
        request=request_like_run(header, request, load_personas(request.personas_dir)),
        task=task,
        run_id=header.run_id,
        earlier=(*earlier_from_rows(header.earlier), last),
        attachments=tuple(one for one in attachments if one not in missing),
        notes=tuple(f"{one.label} is not beside the record any more: it is not attached" for one in missing),
    )


def request_like_run(header: events.RunStarted, request: RunRequest, library: PersonaLibrary) -> RunRequest:
    """Return `request` with empty mode, team and server filled in from a run."""
    if not request.mode:
        request = replace(request, mode=mode_of_record(header))
    if not (request.team or request.personas) and header.team in {found.team.name for found in library.teams}:
        request = replace(request, team=header.team)
    names = {str(server.get("name")) for server in header.servers}
    if not (request.server or request.base_url or request.demo or request.local) and names <= {"demo"}:
        request = replace(request, demo=True)
    return request
