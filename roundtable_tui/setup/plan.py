"""From what a person asks for to a run that is ready to start."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config import Settings
from roundtable_tui.engine import Mode, Options
from roundtable_tui.engine.citations import Find
from roundtable_tui.engine.record.recorder import EVENTS
from roundtable_tui.engine.run import Place, Plan, Run, new_run_id
from roundtable_tui.errors import UsageError
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.reports.transcript import write_files
from roundtable_tui.resources import Persona, PersonaLibrary, Task, TaskLibrary
from roundtable_tui.setup.budget import allowed
from roundtable_tui.setup.participants import place
from roundtable_tui.setup.request import Wish
from roundtable_tui.setup.server_pool import Backends, RunClient
from roundtable_tui.setup.shadowing import of_this_folder, seats_of_this_folder
from roundtable_tui.setup.stages import Part, options_of, parts_of, team_of
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import one_line

LOCAL_MAX_TOKENS = 320
"""The embedded model rambles; its answers are kept short unless the person says otherwise."""


async def prepare(wish: Wish, backends: Backends, task: Task | None = None) -> Run:
    """Look up everything `wish` names and return the run; `task` stands in for the one it names.

    Raises RoundtableError with one line.
    """
    settings = backends.settings
    notes = of_this_folder(TaskLibrary.load(), wish.task) if wish.task and task is None else ()
    task = task or find_task(wish.task)
    mode = find_mode(wish, task, settings)
    library = PersonaLibrary.load(wish.personas_dir, task.participants if task else None)
    parts = parts_of(mode, wish, task, settings, library, backends.environ)
    options = options_of(parts, task)
    question = _question(wish, task, str(getattr(options, mode.wiring.question, "")))
    folder = _folder(wish)
    notes += seats_of_this_folder(library, parts)
    server = await backends.server(
        name=wish.server, base_url=wish.base_url, demo=wish.demo, local=wish.local, seed=wish.seed or 0
    )
    bound: list[Place] = []
    for part in parts:
        bound += await _places(part, len(bound), wish, server, backends)
    captain = bound.pop() if bound[-1].captain and not bound[-1].stage else None
    knowledge, find = await _documents(wish, task, server, backends)
    run_id = new_run_id(mode.name)
    budget, max_cost = allowed(wish, settings)
    plan = Plan(
        mode=mode, question=question, options=options, places=tuple(bound), captain=captain, task=task,
        team=team_of(parts), seed=secrets.randbelow(2**31) if wish.seed is None else wish.seed,
        send_seed=wish.seed is not None, limits=limits(wish.limits, settings, mode, backends.environ),
        max_tokens=wish.max_tokens or (LOCAL_MAX_TOKENS if server.name == "local" else None), run_id=run_id,
        knowledge=knowledge, find=find, budget=budget, max_cost=max_cost, notes=notes,
    )  # fmt: skip
    if folder is None and wish.record:
        folder = paths.runs_dir() / run_id
    return Run(plan, RunClient(backends), folder=folder, write_files=write_files)


async def _places(part: Part, before: int, wish: Wish, server: Server, backends: Backends) -> list[Place]:
    """Return who speaks for the seats of a part, the captain last; `before` them are so many."""
    people = [sitter.persona for sitter in part.seating.members]
    wish = replace(wish, models=of_roles(part.mode, part.options, people) | dict(wish.models))
    sitters = [(sitter, False) for sitter in part.seating.members]
    sitters += [(part.seating.captain, True)] if part.seating.captain else []
    return [
        replace(await place(sitter, n, wish, server, backends), stage=part.stage, captain=leads)
        for n, (sitter, leads) in enumerate(sitters, before)
    ]


async def _documents(
    wish: Wish, task: Task | None, server: Server, backends: Backends
) -> tuple[tuple[str, ...], Find | None]:
    if not (wish.knowledge or (task and task.documents)):
        return (), None
    from roundtable_tui.setup.documents import documents_of

    return await documents_of(wish, task, server, backends)


def find_task(name: str) -> Task | None:
    """Return the task of this name or folder, None for no name. Raises RoundtableError."""
    return TaskLibrary.load().get(name).task if name else None


def find_mode(wish: Wish, task: Task | None, settings: Settings) -> Mode:
    """Return the mode of the person, the task (`pipeline`, if it has stages) or the settings.

    Raises UsageError with the nearest name.
    """
    of_task = ""
    if task:
        of_task = modes.PIPELINE if task.settings.stages else task.settings.mode
    return modes.get(wish.mode or of_task or settings.mode)


def of_roles(mode: Mode, options: Options, members: Sequence[Persona]) -> dict[str, str]:
    """Return persona -> model where an option of the mode names the model of its role."""
    named = {role: str(getattr(options, option)) for option, role in mode.wiring.models.items()}
    return {one.name: model for one in members if (model := named.get(one.role.casefold(), ""))}


def limits(given: Mapping[str, float], settings: Settings, mode: Mode, environ: Mapping[str, str]) -> Limits:
    """Return the clocks of every call, in seconds: the person's before the environment's, the settings'."""
    found = Limits(
        connect_s=settings.limits.connect,
        first_token_s=settings.limits.first_token,
        idle_s=settings.limits.idle,
        turn_s=settings.limits.turn,
    )
    for variable, names in mode.wiring.limits.items():
        if value := environ.get(variable, "").strip():
            found = replace(found, **dict.fromkeys(names, _number(variable, value, names)))
    seconds: dict[str, Any] = {f"{name}_s": value for name, value in given.items()}
    return replace(found, **seconds)


def _number(variable: str, value: str, names: Sequence[str]) -> Any:
    """Return a limit of the environment: whole for a count, seconds otherwise. Raises UsageError."""
    count = "retries" in names
    try:
        number = int(value) if count else float(value)
    except ValueError:
        number = -1
    if not (0 if count else 0.001) <= number < 1_000_000:
        raise UsageError(
            f"{variable} should be {'a count' if count else 'seconds'}, not {one_line(value, 40)}"
        )
    return number


def _question(wish: Wish, task: Task | None, instead: str) -> str:
    if question := wish.question.strip() or instead.strip():
        return question
    if task is None or not task.questions:
        raise UsageError("there is no question", hint="Give one, or a task that has one.")
    if not 1 <= wish.nth <= len(task.questions):
        raise UsageError(f"task {task.name} has {len(task.questions)} questions, and no number {wish.nth}")
    return task.questions[wish.nth - 1]


def _folder(wish: Wish) -> Path | None:
    if wish.folder is not None and files.is_there(wish.folder / EVENTS):
        hint = "Name an empty folder, or one that is not there yet."
        raise UsageError("it holds the record of another run", where=files.show(wish.folder), hint=hint)
    return wish.folder
