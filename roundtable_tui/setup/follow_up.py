"""Follow up on a run: ask the next question of its conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from roundtable_tui import modes
from roundtable_tui.engine import events
from roundtable_tui.engine.material.attachments import Attachment, attachments_from_rows
from roundtable_tui.engine.material.earlier import EarlierQuestion, earlier_from_rows
from roundtable_tui.engine.material.picture_files import load_pictures
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.engine.results.known_answer import how_without_known
from roundtable_tui.history.reader import read_run
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.resources import PersonaLibrary, Task
from roundtable_tui.resources.library_cache import load_personas
from roundtable_tui.resources.task import TaskSettings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.resume import task_from_record

MAX_EARLIER_TOKENS = 2000
"""Tokens of all earlier questions and answers together."""
_MAX_CONTEXT_SHARE = 0.25
"""Share of the smallest known context of a model that they may fill."""
_MAX_QUESTION_SHARE = 0.25
"""Share of these that a question may take where its answer is too long as well."""
_CUT_MARK = "\n[...]\n"
_BYTES_PER_TOKEN = 4


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
    header = recording.header
    task = task_from_record(header)
    if task is not None:  # The known answers and the settings are those of other questions.
        task = replace(task, questions=(request.question,), settings=TaskSettings())
    attachments, missing = load_pictures(folder, attachments_from_rows(header.attachments))
    notes = [f"{one.label} is not beside the record any more: it is not attached" for one in missing]
    library = load_personas(request.personas_dir)
    return RunStart(
        request=request_like_run(header, request, library),
        task=task,
        run_id=header.run_id,
        earlier=_collect(recording),
        attachments=tuple(one for one in attachments if one not in missing),
        notes=tuple(notes),
    )


def _collect(recording: RunRecord) -> tuple[EarlierQuestion, ...]:
    header, end = recording.header, recording.run_finished
    answer = replace_marks(end.answer).strip() if end else ""
    how = how_without_known(end) if end else ""
    own = EarlierQuestion(header.run_id, header.question.strip(), answer, how)
    return (*earlier_from_rows(header.earlier), own)


def limit_earlier(
    earlier: Sequence[EarlierQuestion], windows: Iterable[int | None] = ()
) -> tuple[list[EarlierQuestion], int]:
    """Return the newest of the earlier questions, oldest first, and how many are left out.

    Together they have at most `MAX_EARLIER_TOKENS`, and a share of the smallest known context; if the newest
    alone is longer, its middle is cut.

    Args:
        earlier: the questions, oldest first.
        windows: the contexts of the models of the run in tokens, as far as they are known.
    """
    kept: list[EarlierQuestion] = []
    known = [int(window * _MAX_CONTEXT_SHARE) for window in windows if window]
    room = min([MAX_EARLIER_TOKENS, *known])
    for one in reversed(earlier):
        size = estimate_tokens(one.question, one.answer, one.how)
        if size > room and kept:
            break
        one = one if size <= room else _shorten(one, room)
        room -= min(size, room)
        kept.insert(0, one)
    return kept, len(earlier) - len(kept)


def describe_left_out(count: int, kept: int) -> list[str]:
    """Return the notice about earlier questions that are left out, if there are any."""
    if not count:
        return []
    which = "the oldest is" if count == 1 else f"the {count:,} oldest are"
    limit = f"following up takes at most {MAX_EARLIER_TOKENS:,} tokens"
    return [f"of {count + kept:,} earlier questions, {which} left out: {limit}"]


def _shorten(one: EarlierQuestion, max_tokens: int) -> EarlierQuestion:
    room = max_tokens - estimate_tokens(one.how)
    question = _cut(one.question, max(int(room * _MAX_QUESTION_SHARE), room - estimate_tokens(one.answer)))
    return replace(one, question=question, answer=_cut(one.answer, room - estimate_tokens(question) - 1))


def _cut(text: str, max_tokens: int) -> str:
    """Return the beginning and the end of a text: the end often states the answer."""
    data, size = text.encode("utf-8", "replace"), max_tokens * _BYTES_PER_TOKEN - len(_CUT_MARK)
    if len(data) <= max_tokens * _BYTES_PER_TOKEN:
        return text
    tail = size // 3
    head, end = data[: size - tail].decode(errors="ignore"), data[len(data) - tail :].decode(errors="ignore")
    return f"{head.rstrip()}{_CUT_MARK}{end.lstrip()}"


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


def mode_of_record(header: events.RunStarted) -> str:
    """Return the mode of a run; for a pipeline, that of its last stage."""
    rows = header.options.get("stages") if header.mode == modes.PIPELINE else None
    last = rows[-1] if isinstance(rows, list | tuple) and rows else None
    return str(last.get("mode", "")) if isinstance(last, Mapping) else header.mode
