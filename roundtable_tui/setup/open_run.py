"""Open a run: turn a request into a run that is ready to execute, and close what it needed afterwards."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from roundtable_tui import config, modes
from roundtable_tui.attachments.read import join_attachments, read_attachments
from roundtable_tui.engine.material.earlier import describe_left_out, limit_earlier
from roundtable_tui.engine.plan import Plan, SeatAssignment, make_run_id, split_captain
from roundtable_tui.engine.record.recorder import EVENTS_FILE
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import FileError, NoAnswerError, RoundtableError, UsageError
from roundtable_tui.history.measured_models import find_measured_models
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Persona, Task
from roundtable_tui.resources.shadowing import describe_shadowing, describe_shadowing_seats
from roundtable_tui.resources.task import GIVEN_CONTEXT_NAME
from roundtable_tui.setup.call_settings import call_settings, collect_params
from roundtable_tui.setup.demo import describe_demo_text
from roundtable_tui.setup.documents import DEFAULT_LOCAL_PASSAGES, plan_documents
from roundtable_tui.setup.follow_up import RunStart, prepare_follow_up
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.participants import (
    RunSources,
    assign_model,
    assign_models,
    describe_surplus,
    to_participant,
)
from roundtable_tui.setup.plan import create_run, find_mode, merge_options, plan_stages
from roundtable_tui.setup.request import ForkRequest, ResumeRequest, RunRequest
from roundtable_tui.setup.resume import resume
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.setup.tools import plan_tools
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line

ModelTarget = tuple[Server, str]
"""A server, and a model on it."""


@asynccontextmanager
async def open_run(
    request: RunRequest | ResumeRequest | ForkRequest,
    *,
    pool: ServerPool | None = None,
    settings: config.Settings | None = None,
) -> AsyncIterator[Run]:
    """Prepare the run that `request` asks for; it is not started.

    Args:
        request: a new question, a recorded run to resume or a recorded run to fork.
        pool: the servers to use; they stay open. By default the run has its own, closed at the end.
        settings: settings of the run's own pool; by default those of the settings file.

    Raises:
        UsageError, FileError: the request or a file is wrong.
        NoAnswerError: a server cannot be used.
    """
    async with AsyncExitStack() as stack:
        if pool is None:
            # Only the command line has no pool of its own: there, a base URL in the request is a flag.
            base_url = request.base_url if isinstance(request, RunRequest) else ""
            environ = config.FlagEnvironment(os.environ, base_url)
            pool = await stack.enter_async_context(ServerPool(settings or config.load(), environ))
        try:
            match request:
                case ResumeRequest():
                    run = await resume(request, pool)
                case ForkRequest():
                    run = await fork(request, pool)
                case RunRequest():
                    run = await build_run(request, pool)
        except (UsageError, FileError, NoAnswerError):
            raise
        except RoundtableError as error:  # The request was right, but a server cannot be used.
            raise NoAnswerError(error.what, where=error.where, hint=error.hint) from error
        stack.push_async_callback(run.close_tools)
        yield run


async def build_run(request: RunRequest, pool: ServerPool) -> Run:
    """Look up everything that `request` names and return the run. Raises RoundtableError."""
    start = _find_start(request, pool)
    request, task, notes = start.request, start.task, start.notes
    if request.context.strip():
        task = _add_context(task, request.context.strip())
    mode = find_mode(request, task, pool.settings)
    own = await asyncio.to_thread(read_attachments, request.attachments) if request.attachments else ()
    attached = join_attachments(own, start.attachments)
    request = replace(request, attachments=attached)
    library = pool.load_personas(request.personas_dir, task.participants if task else None)
    for persona in request.own_personas:
        library.add(persona)
    stages = plan_stages(mode, RunSources(request, task, library, pool.settings, pool.environ))
    options = merge_options(stages, task)
    question = _select_question(request, task, str(getattr(options, mode.wiring.question, "")))
    _check_folder(request.folder)
    server = await pool.get_requested_server(request)
    everyone = await assign_models(stages, request, server, pool)
    assignments, captain = split_captain(everyone)
    knowledge, passage_finder = await plan_documents(request, task, server, pool)
    if attached and not mode.needs_text:
        from roundtable_tui.attachments import long_texts  # Rarely needed.

        if long_texts.may_be_too_long(attached):
            await _ask_for_contexts(everyone, pool)
        usual = DEFAULT_LOCAL_PASSAGES if everyone[0].server.name == "local" else long_texts.DEFAULT_PASSAGES
        attached, passage_finder, lines = long_texts.place_long_texts(
            attached, _context_windows(everyone, pool), passage_finder, request.passages, usual
        )
        notes = (*notes, *lines)
    earlier, left_out = limit_earlier(start.earlier, _context_windows(everyone, pool))
    run_id = make_run_id(mode.name)
    plan = Plan(
        mode=mode,
        question=question,
        options=options,
        assignments=assignments,
        captain=captain,
        task=task,
        team=", ".join(dict.fromkeys(stage.team for stage in stages if stage.team)),
        run_id=run_id,
        parent=start.run_id,
        follows=start.run_id,
        earlier=tuple(earlier),
        attachments=attached,
        knowledge=knowledge,
        passage_finder=passage_finder,
        tools=await plan_tools(request, task, pool.settings, passage_finder),
        notes=(
            *notes,
            *describe_left_out(left_out, len(earlier)),
            *describe_shadowing_seats(
                library,
                {one.persona.slug for stage in stages for one in stage.everyone},
                {stage.team for stage in stages},
            ),
            *describe_surplus(request.seat_models, stages),
            *describe_demo_text((seat.server.base_url for seat in assignments), question),
        ),
        measured=find_measured_models([(seat.model, seat.server.base_url) for seat in assignments]),
        params=collect_params(request, task, [stage.mode for stage in stages], pool.environ),
        **call_settings(request, pool, mode, server),
    )
    recorded = paths.runs_dir() / run_id if request.record else None
    return create_run(plan, pool, request.folder or recorded)


async def build_trial_run(
    persona: Persona,
    question: str,
    request: RunRequest,
    pool: ServerPool,
    target: ModelTarget | None = None,
) -> Run:
    """Return a run of mode `single` in which `persona` answers, without a record.

    Args:
        persona: the persona; it need not be saved.
        question: the question.
        request: where the answer comes from, unless `target` is given.
        pool: looks up the server and model.
        target: the server and model to use.

    Raises:
        RoundtableError: the server or model is not found.
    """
    mode = modes.get_mode("single")
    if target is None:
        server = await pool.get_requested_server(request)
        seat = await assign_model(to_participant(persona), 0, request, server, pool)
    else:
        seat = SeatAssignment(persona, *target)
    settings = call_settings(request, pool, mode, seat.server)
    plan = Plan(mode=mode, question=question, options=mode.options(), assignments=(seat,), **settings)
    return create_run(plan, pool)


def _find_start(request: RunRequest, pool: ServerPool) -> RunStart:
    """Return what the run starts from: the run it follows up on, else its task, if it has one."""
    if request.follow_up_of is not None:
        return prepare_follow_up(request.follow_up_of, request)
    if not request.task:
        return RunStart(request)
    tasks = pool.load_tasks()
    found = tasks.get(request.task)
    label = f"task {single_line(found.task.name, 60)}"
    notes = describe_shadowing([(label, found.origin, tasks.hidden_by(found))])
    notes += tuple(f"{label}: {note}" for note in found.task.notes)
    return RunStart(request, found.task, notes=notes)


async def _ask_for_contexts(everyone: Iterable[SeatAssignment], pool: ServerPool) -> None:
    """Ask the servers what the models can hold, where that is not known."""
    models = {(one.server.base_url, one.model): one for one in everyone}
    await asyncio.gather(*(pool.client.find_window(one.server, one.model) for one in models.values()))


def _context_windows(everyone: Iterable[SeatAssignment], pool: ServerPool) -> list[int | None]:
    """Return the contexts of the models in tokens, as far as they are known."""
    return [pool.client.context_window(one.server, one.model) for one in everyone]


def _add_context(task: Task | None, context: str) -> Task:
    """Return the task with the context after its own; without one, a task that has only this."""
    task = task or Task(name=GIVEN_CONTEXT_NAME, path=Path())
    return replace(task, context="\n\n".join(part for part in (task.context, context) if part))


def _select_question(request: RunRequest, task: Task | None, default: str) -> str:
    if question := request.question.strip() or default.strip():
        return question
    if task is None or not task.questions:
        raise UsageError("there is no question", hint="Give one, or a task that has one.")
    if not 1 <= request.question_number <= len(task.questions):
        count = len(task.questions)
        raise UsageError(f"task {task.name} has {count} questions, and no number {request.question_number}")
    return task.questions[request.question_number - 1]


def _check_folder(folder: Path | None) -> None:
    if folder is not None and files.path_exists(folder / EVENTS_FILE):
        hint = "Name a folder that is empty or does not exist yet."
        what = "it holds the record of another run"
        raise UsageError(what, where=files.display_path(folder), hint=hint)
