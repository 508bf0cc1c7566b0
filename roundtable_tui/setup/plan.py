"""Plan a run: its task, its mode, and for each stage the options and participants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from roundtable_tui import modes
from roundtable_tui.config import Settings
from roundtable_tui.engine import Mode, Options
from roundtable_tui.engine.events import BudgetChanged
from roundtable_tui.engine.plan import Plan
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import UsageError
from roundtable_tui.reports.transcript import write_transcript
from roundtable_tui.resources import Task, TaskLibrary
from roundtable_tui.resources.task import settings_error
from roundtable_tui.setup.options import resolve_mode_options, split_by_stage
from roundtable_tui.setup.participants import RunSources, StagePlan, plan_seats
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.setup.task_check import check_stages
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line


def find_task(name: str) -> Task | None:
    """Return the task with this name or folder, None for no name. Raises RoundtableError."""
    return TaskLibrary.load().get(name).task if name else None


def find_mode(request: RunRequest, task: Task | None, settings: Settings) -> Mode:
    """Return the mode of the request, else of the task (`pipeline` if it has stages), else of the settings.

    Raises UsageError with the closest name.
    """
    of_task = ""
    if task:
        of_task = modes.PIPELINE if task.settings.stages else task.settings.mode
    return modes.get_mode(request.mode or of_task or settings.mode)


def plan_stages(mode: Mode, sources: RunSources) -> list[StagePlan]:
    """Return the stages of a run of `mode`: one, or for a pipeline those of the task.

    Options of the request apply to every stage that has them.

    Raises:
        RoundtableError: an option, persona or team is wrong; for a stage with the line of `task.toml`.
    """
    if mode.seats != "stages":
        return [_plan_stage(mode, sources)]
    request, task = sources.request, sources.task
    if task is None or not task.settings.stages:
        name_it = by_interface(
            command_line="Name one with --task", python="Name one with task=", app="Choose one with F6"
        )
        hint = f"{name_it}; its task.toml needs a [[stages]] table for each stage."
        raise UsageError("a pipeline is made of the stages of a task", hint=hint)
    for keys, error in check_stages(task.settings, sources.library, task.path):
        raise settings_error(task.path, keys, error)
    stage_modes = [modes.get_mode(stage.mode) for stage in task.settings.stages]
    options = split_by_stage(stage_modes, request.options, f" of {single_line(task.name, 40)}")
    # A remembered team was chosen for a mode on its own, not for a stage.
    settings = replace(sources.settings, team="")
    found = []
    for number, (stage, one, own) in enumerate(
        zip(task.settings.stages, stage_modes, options, strict=True), 1
    ):
        agents = None if one.seats == "one" else request.agents
        own_request = replace(request, mode=stage.mode, options=own, agents=agents)
        its = {"mode": stage.mode, "team": stage.team or task.settings.team, "options": stage.options}
        own_task = replace(task, settings=task.settings.model_copy(update={**its, "stages": ()}))
        try:
            part = _plan_stage(one, replace(sources, request=own_request, task=own_task, settings=settings))
        except UsageError as error:
            raise UsageError(f"stage {number} ({stage.mode}): {error.what}", hint=error.hint) from None
        found.append(replace(part, stage=number))
    return found


def _plan_stage(mode: Mode, sources: RunSources) -> StagePlan:
    request, task = sources.request, sources.task
    options = resolve_mode_options(mode, request, task, sources.settings, sources.environ)
    texts = [one for one in request.attachments if isinstance(one, Path) or not one.is_picture]
    if mode.needs_text and not (getattr(options, "file", None) or (task and task.context) or texts):
        hint = by_interface(
            command_line="Give --attach PATH, or pipe it in.",
            python="Give it with attachments=.",
            app="Type /attach PATH, or choose a task with a text (F6).",
        )
        raise UsageError("there is no text to read", hint=hint)
    return plan_seats(mode, sources, options)


def merge_options(stages: Sequence[StagePlan], task: Task | None) -> Options:
    """Return the options of the run: of its only stage, or of the pipeline as the record stores them."""
    if not stages[0].stage or task is None:
        return stages[0].options
    rows = [
        {"mode": row.mode, "on": row.on, "ask": row.ask, "options": stage.options.model_dump(mode="json")}
        for stage, row in zip(stages, task.settings.stages, strict=True)
    ]
    return modes.get_mode(modes.PIPELINE).options.model_validate({"stages": rows})


def create_run(
    plan: Plan,
    pool: ServerPool,
    run_dir: Path | None = None,
    *,
    resume: RunRecord | None = None,
    new_budget: BudgetChanged | None = None,
    retry_cut: bool = False,
) -> Run:
    """Return a run of `plan` that calls the servers of `pool` and writes a transcript beside its record."""
    return Run(
        plan,
        pool.client.for_run(),
        run_dir=run_dir,
        resume=resume,
        new_budget=new_budget,
        retry_cut=retry_cut,
        write_files=None if pool.has_many_runs else write_transcript,
        waits_for_disk=not pool.has_many_runs,
    )
