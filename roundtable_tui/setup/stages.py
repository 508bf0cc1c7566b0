"""Who sits where for which mode: for a whole run, or for each stage of a task's pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config import Settings
from roundtable_tui.config.toml_edit import find_key_line
from roundtable_tui.engine import Mode, Options
from roundtable_tui.engine.events import RunStarted
from roundtable_tui.errors import FileError, RoundtableError, UsageError
from roundtable_tui.resources import PersonaLibrary, Task, TaskSettings
from roundtable_tui.resources.reading import read_text
from roundtable_tui.resources.task import SETTINGS_FILE, StageSettings
from roundtable_tui.setup.options import resolve_mode_options, validate_options
from roundtable_tui.setup.own_paths import of_flags, of_task
from roundtable_tui.setup.participants import Participants, select_participants
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A mode with its options and its people; `stage` is its number in a pipeline, 0 for a whole run."""

    mode: Mode
    options: Options
    participants: Participants
    stage: int = 0


def plan_stages(
    mode: Mode,
    request: RunRequest,
    task: Task | None,
    settings: Settings,
    library: PersonaLibrary,
    environ: Mapping[str, str],
) -> list[StagePlan]:
    """Return the one part of a run of `mode`, or those of the task's stages. Raises RoundtableError: for a
    stage with the line of `task.toml`. What the person says goes for every stage that it fits.
    """
    if mode.seats != "stages":
        return [_plan_stage(mode, request, task, settings, library, environ)]
    if task is None or not task.settings.stages:
        hint = "Name one with --task; its task.toml has a part [[stages]] for each."
        raise UsageError("a pipeline is made of the stages of a task", hint=hint)
    for keys, error in check_stages(task.settings, library, task.path):
        where = files.format_location(
            task.path / SETTINGS_FILE, find_key_line(read_text(task.path / SETTINGS_FILE), keys)
        )
        raise FileError(error.what, where=where, hint=error.hint)
    of_stages = [modes.get_mode(stage.mode) for stage in task.settings.stages]
    for name in request.options:
        if not any(name in one.options.model_fields for one in of_stages):
            raise UsageError(
                f"no stage of {single_line(task.name, 40)} has an option {single_line(name, 60)}"
            )
    found = []
    for number, (stage, one) in enumerate(zip(task.settings.stages, of_stages, strict=True), 1):
        own = {name: value for name, value in request.options.items() if name in one.options.model_fields}
        agents = None if one.seats == "one" else request.agents
        its_wish = replace(request, mode=stage.mode, options=own, agents=agents)
        # A remembered team was chosen for a mode as it stands alone.
        plain = replace(settings, team="")
        try:
            part = _plan_stage(one, its_wish, _task_for_stage(task, stage), plain, library, environ)
        except UsageError as error:
            raise UsageError(f"stage {number} ({stage.mode}): {error.what}", hint=error.hint) from None
        found.append(replace(part, stage=number))
    return found


def merge_options(stages: Sequence[StagePlan], task: Task | None) -> Options:
    """Return the options of the run: those of its one mode, or the stages as the record has them."""
    if not stages[0].stage or task is None:
        return stages[0].options
    rows = [
        {"mode": at.mode, "on": at.on, "ask": at.ask, "options": part.options.model_dump(mode="json")}
        for part, at in zip(stages, task.settings.stages, strict=True)
    ]
    return modes.get_mode(modes.PIPELINE).options.model_validate({"stages": rows})


def team_label(stages: Sequence[StagePlan]) -> str:
    """Return the name of the team to show: where stages have several, each once."""
    return ", ".join(dict.fromkeys(part.participants.team for part in stages if part.participants.team))


def check_stages(
    settings: TaskSettings, library: PersonaLibrary | None, folder: Path | None = None
) -> Iterator[tuple[tuple[str, ...], RoundtableError]]:
    """Yield what is wrong with modes, options and teams of stages, and where in the file: its keys.

    `folder` is the task's, None where it is not kept yet.
    """
    for number, stage in enumerate(settings.stages):
        for key, error in _check_stage(stage, library, folder):
            what = f"stage {number + 1} ({stage.mode}): {error.what}"
            yield ("stages", str(number), *key), UsageError(what, hint=error.hint)


def _check_stage(
    stage: StageSettings, library: PersonaLibrary | None, folder: Path | None
) -> Iterator[tuple[tuple[str, ...], RoundtableError]]:
    try:
        mode = modes.get_mode(stage.mode)
        if mode.seats == "stages":
            raise UsageError("a pipeline is no stage of another")
    except RoundtableError as error:
        yield ("mode",), error
        return
    if together := _options_error(mode, stage.options, folder):
        each = [(name, _options_error(mode, {name: value}, folder)) for name, value in stage.options.items()]
        yield from ((("options", name), why) for name, why in each if why)
        if not any(why for _, why in each):
            yield ("options",), together
    if stage.team and library is not None:
        try:
            library.get_team(stage.team)
        except RoundtableError as error:
            yield ("team",), error


def apply_stage_options(options: Mapping[str, Any], changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a pipeline's options, as a record has them, with what is `given` in every stage that has it.

    Raises UsageError.
    """
    rows = [
        dict(row)
        for row in validate_options(modes.get_mode(modes.PIPELINE), dict(options)).model_dump()["stages"]
    ]
    of_stages = [modes.get_mode(row["mode"]) for row in rows]
    for name in changes:
        if not any(name in mode.options.model_fields for mode in of_stages):
            raise UsageError(f"no stage has an option {single_line(name, 60)}")
    for row, mode in zip(rows, of_stages, strict=True):
        own = of_flags(
            mode, {name: value for name, value in changes.items() if name in mode.options.model_fields}
        )
        row["options"] = validate_options(mode, {**row["options"], **own}).model_dump(mode="json")
    return {"stages": rows}


def mode_of_record(header: RunStarted) -> str:
    """Return the mode for a question of the kind of a run: of a pipeline, that of its last stage."""
    rows = header.options.get("stages") if header.mode == modes.PIPELINE else None
    last = rows[-1] if isinstance(rows, list | tuple) and rows else None
    return str(last.get("mode", "")) if isinstance(last, Mapping) else header.mode


def _options_error(mode: Mode, options: Mapping[str, Any], folder: Path | None) -> RoundtableError | None:
    try:
        validate_options(mode, of_task(mode, options, folder))
    except RoundtableError as error:
        return error
    return None


def _task_for_stage(task: Task, stage: StageSettings) -> Task:
    """Return the task as a stage sees it."""
    team = stage.team or task.settings.team
    own = {"mode": stage.mode, "team": team, "options": stage.options, "stages": ()}
    return replace(task, settings=task.settings.model_copy(update=own))


def _plan_stage(
    mode: Mode,
    request: RunRequest,
    task: Task | None,
    settings: Settings,
    library: PersonaLibrary,
    environ: Mapping[str, str],
) -> StagePlan:
    options = resolve_mode_options(mode, request, task, settings, environ)
    if mode.needs_text and not getattr(options, "file", None) and not (task and task.context):
        raise UsageError("there is no text to read", hint="Give --file PATH, or pipe it in.")
    seating = select_participants(mode, request, task, settings, library, options)
    if mode.seats == "copies" and "agents" in mode.options.model_fields:
        options = options.model_copy(update={"agents": len(seating.members)})
    return StagePlan(mode, options, seating)
