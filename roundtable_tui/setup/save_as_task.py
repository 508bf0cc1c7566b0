"""Save a question with its settings as a task: from a run, or from the current choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import tomli_w

from roundtable_tui import modes
from roundtable_tui.config import Settings
from roundtable_tui.engine import Mode, events
from roundtable_tui.engine.material.attachments import Attachment, attachments_from_rows
from roundtable_tui.engine.record.recorded_values import as_table, as_tables
from roundtable_tui.errors import RoundtableError
from roundtable_tui.history.reader import stage_of
from roundtable_tui.history.recorded_run import persona_of_seat
from roundtable_tui.resources import PersonaLibrary, Task, TaskSettings
from roundtable_tui.resources.questions import parse_questions, render_questions
from roundtable_tui.resources.task import (
    CONTEXT_FILE,
    INSTRUCTIONS_FILES,
    QUESTIONS_FILE,
    SETTINGS_FILE,
    SUMMARIZE_FILE,
)
from roundtable_tui.resources.task_personas import SavedSeat, TaskPersonas
from roundtable_tui.resources.task_storage import SCHEMA_LINE, copy_files, new_task
from roundtable_tui.setup.options import resolve_task_paths
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.text import readable_file_name, single_line
from roundtable_tui.utils.texts import text_input

DOCUMENTS_DIR = "documents"


def _find_mode(name: str) -> Mode | None:
    """Return the mode of this name; None for "" and one that is not installed, which a record may name."""
    try:
        return modes.get_mode(name) if name else None
    except RoundtableError:
        return None


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """The content of a task to be saved; empty fields are left out of it."""

    question: str
    mode: str = ""
    team: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    seats: Sequence[SavedSeat] = ()
    """The seats to save with it."""
    stages: Sequence[Mapping[str, Any]] = ()
    """For a pipeline: the `[[stages]]` tables of `task.toml`."""
    base: Task | None = None
    """The task of the run, whose texts are copied."""
    attached: Sequence[Attachment] = ()
    """The texts that came with the question: background of the task, long ones as documents."""


def draft_from_run(
    header: events.RunStarted, base: Task | None, recorded: Iterable[events.Event] = ()
) -> TaskDraft:
    """Return a draft of a task like a run.

    Args:
        header: the header of the run; that of a live run has its personas as they are now.
        base: the task of the run.
        recorded: the events of the record, whose edits of personas are applied.
    """
    edited = {
        event.seat: event.value
        for event in recorded
        if isinstance(event, events.SeatChanged) and event.what == "persona"
    }
    seats = []
    for seat in header.seats:
        value = edited.get(str(seat.get("seat"))) or seat.get("persona")
        if (persona := persona_of_seat({"persona": value})) is not None:
            # Else a damaged or foreign record; the rest of it can still be saved.
            seats.append((persona, bool(seat.get("captain")), stage_of(seat)))
    attached = [one for one in attachments_from_rows(header.attachments) if not one.is_picture]
    draft = TaskDraft(header.question, seats=tuple(seats), base=base, attached=attached)
    if header.mode == modes.PIPELINE:
        return replace(draft, stages=_stage_tables(as_tables(header.options.get("stages")), base))
    options = _changed_options(header.mode, header.options, recorded=True)
    return replace(draft, mode=header.mode, team=header.team, options=options)


def draft_from_request(
    request: RunRequest, question: str, settings: Settings, base: Task | None
) -> TaskDraft:
    """Return a draft of a task for `question` with the current choices and defaults."""
    of_base = base.settings if base else TaskSettings()
    if of_base.stages and not request.mode:
        stages = [
            {**stage.model_dump(exclude_defaults=True), "options": _of_base(stage.mode, stage.options, base)}
            for stage in of_base.stages
        ]
        return TaskDraft(question, team=request.team or of_base.team, stages=stages, base=base)
    mode = request.mode or of_base.mode or settings.mode
    own = _of_base(mode, of_base.options, base) if of_base.mode in ("", mode) else {}
    options = {**settings.options.get(mode, {}), **own, **request.options}
    team = request.team or of_base.team or (settings.team if settings.mode == mode else "")
    return TaskDraft(question, mode, team, _changed_options(mode, options), base=base)


def make_task(name: str, draft: TaskDraft, personas_dir: Path | None = None) -> Path:
    """Write a draft to the user's tasks.

    The task has all that it reads: personas that the library does not have (or only in `personas_dir`) and
    the files that options name are copied into it.

    Args:
        name: the name of the task.
        draft: its content.
        personas_dir: folder of further personas.

    Returns:
        The folder of the task.

    Raises:
        UsageError: the name is taken.
        FileError: a file cannot be read or written.
    """
    files, base = _task_texts(draft), draft.base
    personas = TaskPersonas(draft.seats, PersonaLibrary.load(personas_dir))
    settings: dict[str, Any] = {"title": single_line(name, 120), "mode": draft.mode}
    settings |= {"team": draft.team, "options": draft.options}
    stages = [dict(stage) for stage in draft.stages]
    for number, table in enumerate([settings, *stages]):
        mode = _find_mode(table.get("mode", ""))
        new_team = f"{name[:30]} {number}" if number else name
        table["team"] = personas.team_for(number, table.get("team", ""), mode.team if mode else "", new_team)
        table["options"] = _with_files(mode, table.get("options") or {}, files, number)
    if base is not None:
        settings["params"] = dict(base.settings.params)
        if any(base.settings.answers):
            answers = dict(zip(base.questions, base.settings.answers, strict=False))
            settings["answers"] = [answers.get(one, "") for one in parse_questions(files[QUESTIONS_FILE])]
    settings["stages"] = [_without_empty(stage) for stage in stages]
    files[SETTINGS_FILE] = SCHEMA_LINE + tomli_w.dumps(_without_empty(settings))
    folder = new_task(name, _without_empty(files) | personas.files)
    if base is not None and base.documents:
        copy_files(base.documents, folder / base.documents.name)
    return folder


def _with_files(
    mode: Mode | None, options: Mapping[str, Any], files: dict[str, str], stage: int
) -> dict[str, Any]:
    """Return options with the input files added to `files` and without output paths.

    Raises FileError if a file cannot be read or has changed since the run.
    """
    kept = dict(options)
    for name, kind in (mode.path_options if mode else {}).items():
        if (value := kept.pop(name, None)) in (None, "") or kind.writes:
            continue
        if kind.inline and isinstance(value, Mapping):
            kept[name] = value
            continue
        described = value if isinstance(value, Mapping) else text_input.fingerprint(Path(str(value)))
        kept[name] = f"{name}-{stage}.txt" if stage else f"{name}.txt"
        files[kept[name]] = text_input.read_verified(described)
    return kept


def _task_texts(draft: TaskDraft) -> dict[str, str]:
    """Return file name -> text; the question comes before the other questions of the task."""
    question, rest = _split_question(draft.question)
    base = draft.base
    questions = [question, *(one for one in (base.questions if base else ()) if one != question)]
    short = [f"{single_line(one.name, 80)}:\n\n{one.text}" for one in draft.attached if not one.in_passages]
    context = "\n\n".join(part for part in (base.context if base else "", *short, rest) if part)
    texts = {QUESTIONS_FILE: render_questions(filter(None, questions)), CONTEXT_FILE: context}
    for number, one in enumerate(draft.attached, 1):
        if one.in_passages:
            texts[f"{DOCUMENTS_DIR}/{number}-{readable_file_name(one.name)}.txt"] = one.text
    if base is not None:
        texts |= {INSTRUCTIONS_FILES[1]: base.instructions, SUMMARIZE_FILE: base.summarize}
    return {name: f"{text}\n" if text else "" for name, text in texts.items()}


def _split_question(question: str) -> tuple[str, str]:
    """Split a question of several lines into the line that asks and its background."""
    lines = question.strip().split("\n")
    asking = [n for n, line in enumerate(lines) if line.rstrip().endswith("?")]
    at = asking[-1] if asking else 0
    return lines[at].strip(), "\n".join([*lines[:at], *lines[at + 1 :]]).strip()


def _changed_options(mode: str, options: Mapping[str, Any], *, recorded: bool = False) -> dict[str, Any]:
    """Return the options that differ from the defaults of the mode.

    Files that a run read are recorded with a checksum: in a record, a path without one is not trusted and
    left out.
    """
    known = _find_mode(mode)
    fields, kinds = (known.options.model_fields, known.path_options) if known else ({}, {})

    def is_kept(name: str, value: Any) -> bool:
        if value is None or (name in fields and value == fields[name].default):
            return False
        if not recorded or name not in kinds:
            return True
        return isinstance(value, Mapping) and (kinds[name].inline or "sha256" in value)

    return {name: value for name, value in options.items() if is_kept(name, value)}


def _of_base(mode: str, options: Mapping[str, Any], base: Task | None) -> dict[str, Any]:
    """Return a task's options with its paths resolved. Raises RoundtableError for one outside its folder."""
    return resolve_task_paths(modes.get_mode(mode), options, base.path) if base and mode else dict(options)


def _without_empty(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value}


def _stage_tables(rows: Iterable[Mapping[str, Any]], base: Task | None) -> Sequence[Mapping[str, Any]]:
    """Return the `[[stages]]` tables of a run; their teams are those of its task."""
    found = []
    for row, of_base in zip(rows, chain(base.settings.stages if base else (), repeat(None)), strict=False):
        mode = str(row.get("mode", ""))
        stage = {
            "mode": mode,
            "on": "" if row.get("on") == "answer" else row.get("on"),
            "ask": row.get("ask"),
            "team": of_base.team if of_base and of_base.mode == mode else "",
            "options": _changed_options(mode, as_table(row.get("options")), recorded=True),
        }
        found.append(_without_empty(stage))
    return [stage for stage in found if "mode" in stage]  # The others are damaged.
