"""From what a person asks for to a run that is ready to start."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config import Settings
from roundtable_tui.engine import Mode, Options
from roundtable_tui.engine.citations import PassageFinder
from roundtable_tui.engine.record.recorder import EVENTS_FILE
from roundtable_tui.engine.run import Plan, Run, SeatAssignment, make_run_id
from roundtable_tui.errors import UsageError
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.reports.transcript import write_transcript
from roundtable_tui.resources import Persona, PersonaLibrary, Task, TaskLibrary
from roundtable_tui.setup.budget import budget_limits
from roundtable_tui.setup.participants import assign_model
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import RetryLimitedClient, ServerPool
from roundtable_tui.setup.shadowing import of_this_folder, seats_of_this_folder
from roundtable_tui.setup.stages import StagePlan, merge_options, plan_stages, team_label
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line

DEFAULT_LOCAL_MAX_TOKENS = 320
"""The embedded model rambles; its answers are kept short unless the person says otherwise."""


async def build_run(request: RunRequest, backends: ServerPool, task: Task | None = None) -> Run:
    """Look up everything `wish` names and return the run; `task` stands in for the one it names.

    Raises RoundtableError with one line.
    """
    settings = backends.settings
    notes = of_this_folder(TaskLibrary.load(), request.task) if request.task and task is None else ()
    task = task or find_task(request.task)
    mode = find_mode(request, task, settings)
    library = PersonaLibrary.load(request.personas_dir, task.participants if task else None)
    parts = plan_stages(mode, request, task, settings, library, backends.environ)
    options = merge_options(parts, task)
    question = _select_question(request, task, str(getattr(options, mode.wiring.question, "")))
    folder = _check_run_dir(request)
    notes += seats_of_this_folder(library, parts)
    server = await backends.get_server(
        name=request.server,
        base_url=request.base_url,
        demo=request.demo,
        local=request.local,
        seed=request.seed or 0,
    )
    bound: list[SeatAssignment] = []
    for part in parts:
        bound += await _assign_seats(part, len(bound), request, server, backends)
    captain = bound.pop() if bound[-1].captain and not bound[-1].stage else None
    knowledge, find = await _plan_documents(request, task, server, backends)
    run_id = make_run_id(mode.name)
    budget, max_cost = budget_limits(request, settings)
    plan = Plan(
        mode=mode,
        question=question,
        options=options,
        assignments=tuple(bound),
        captain=captain,
        task=task,
        team=team_label(parts),
        seed=secrets.randbelow(2**31) if request.seed is None else request.seed,
        send_seed=request.seed is not None,
        limits=resolve_limits(request.limits, settings, mode, backends.environ),
        max_tokens=request.max_tokens or (DEFAULT_LOCAL_MAX_TOKENS if server.name == "local" else None),
        run_id=run_id,
        knowledge=knowledge,
        passage_finder=find,
        budget=budget,
        max_cost=max_cost,
        notes=notes,
    )
    if folder is None and request.record:
        folder = paths.runs_dir() / run_id
    return Run(plan, RetryLimitedClient(backends), run_dir=folder, write_files=write_transcript)


async def _assign_seats(
    part: StagePlan, first_number: int, request: RunRequest, server: Server, backends: ServerPool
) -> list[SeatAssignment]:
    """Return who speaks for the seats of a part, the captain last; `before` them are so many."""
    people = [sitter.persona for sitter in part.participants.members]
    request = replace(request, models=models_by_role(part.mode, part.options, people) | dict(request.models))
    sitters = [(sitter, False) for sitter in part.participants.members]
    sitters += [(part.participants.captain, True)] if part.participants.captain else []
    return [
        replace(await assign_model(sitter, n, request, server, backends), stage=part.stage, captain=leads)
        for n, (sitter, leads) in enumerate(sitters, first_number)
    ]


async def _plan_documents(
    request: RunRequest, task: Task | None, server: Server, backends: ServerPool
) -> tuple[tuple[str, ...], PassageFinder | None]:
    if not (request.knowledge or (task and task.documents)):
        return (), None
    from roundtable_tui.setup.documents import plan_documents

    return await plan_documents(request, task, server, backends)


def find_task(name: str) -> Task | None:
    """Return the task of this name or folder, None for no name. Raises RoundtableError."""
    return TaskLibrary.load().get(name).task if name else None


def find_mode(request: RunRequest, task: Task | None, settings: Settings) -> Mode:
    """Return the mode of the person, the task (`pipeline`, if it has stages) or the settings.

    Raises UsageError with the nearest name.
    """
    of_task = ""
    if task:
        of_task = modes.PIPELINE if task.settings.stages else task.settings.mode
    return modes.get_mode(request.mode or of_task or settings.mode)


def models_by_role(mode: Mode, options: Options, members: Sequence[Persona]) -> dict[str, str]:
    """Return persona -> model where an option of the mode names the model of its role."""
    named = {role: str(getattr(options, option)) for option, role in mode.wiring.models.items()}
    return {one.name: model for one in members if (model := named.get(one.role.casefold(), ""))}


def resolve_limits(
    given: Mapping[str, float], settings: Settings, mode: Mode, environ: Mapping[str, str]
) -> Limits:
    """Return the clocks of every call, in seconds: the person's before the environment's, the settings'."""
    found = Limits(**{f"{name}_s": value for name, value in asdict(settings.limits).items()})
    for variable, names in mode.wiring.limits.items():
        if value := environ.get(variable, "").strip():
            found = replace(found, **dict.fromkeys(names, _parse_limit(variable, value, names)))
    seconds: dict[str, Any] = {f"{name}_s": value for name, value in given.items()}
    return replace(found, **seconds)


def _parse_limit(variable: str, value: str, names: Sequence[str]) -> Any:
    """Return a limit of the environment: whole for a count, seconds otherwise. Raises UsageError."""
    count = "retries" in names
    try:
        number = int(value) if count else float(value)
    except ValueError:
        number = -1
    if not (0 if count else 0.001) <= number < 1_000_000:
        raise UsageError(
            f"{variable} should be {'a count' if count else 'seconds'}, not {single_line(value, 40)}"
        )
    return number


def _select_question(request: RunRequest, task: Task | None, default: str) -> str:
    if question := request.question.strip() or default.strip():
        return question
    if task is None or not task.questions:
        raise UsageError("there is no question", hint="Give one, or a task that has one.")
    if not 1 <= request.question_number <= len(task.questions):
        raise UsageError(
            f"task {task.name} has {len(task.questions)} questions, and no number {request.question_number}"
        )
    return task.questions[request.question_number - 1]


def _check_run_dir(request: RunRequest) -> Path | None:
    if request.folder is not None and files.path_exists(request.folder / EVENTS_FILE):
        hint = "Name an empty folder, or one that is not there yet."
        raise UsageError(
            "it holds the record of another run", where=files.display_path(request.folder), hint=hint
        )
    return request.folder
