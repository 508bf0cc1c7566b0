"""Resume a recorded run: rebuild its plan from the record and continue it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from roundtable_tui import modes
from roundtable_tui.config import ServerSettings
from roundtable_tui.engine import events
from roundtable_tui.engine.citations import PassageFinder
from roundtable_tui.engine.material.attachments import Attachment, attachments_from_rows
from roundtable_tui.engine.material.earlier import earlier_from_rows
from roundtable_tui.engine.material.picture_files import load_pictures
from roundtable_tui.engine.plan import Plan, SeatAssignment, split_captain
from roundtable_tui.engine.record.recorder import RunRecord, is_locked_by_writer
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.history.reader import read_run, stage_of
from roundtable_tui.history.recorded_run import (
    check_recorded_paths,
    persona_of_seat,
    recorded_call_settings,
    recorded_server_params,
    task_from_record,
)
from roundtable_tui.llm.types import Server
from roundtable_tui.resources.inside import check_own
from roundtable_tui.setup.call_settings import raised_limits
from roundtable_tui.setup.plan import create_run
from roundtable_tui.setup.request import ResumeRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.setup.tools import tools_from_record
from roundtable_tui.utils import files
from roundtable_tui.utils.interface import check_count
from roundtable_tui.utils.text import single_line


async def resume(request: ResumeRequest, pool: ServerPool) -> Run:
    """Return the run of a record, ready to continue.

    Finished calls are not made again, but with a new budget those that the old one refused are made, and with
    a new limit of tokens the answers at the end that were cut off are asked for again.

    Raises:
        RoundtableError: there is no record, the mode or a server is not found, the run is complete or
            active, or the folder has a link that leads out of it.
    """
    folder = request.folder
    check_own(folder)  # It is written to: no link in it may lead elsewhere.
    recording = read_run(folder)
    run_id, end = recording.header.run_id, recording.run_finished
    if is_locked_by_writer(folder):
        raise UsageError(f"run {run_id} is active", hint="Resume it after it has ended.")
    if end is not None and end.status == "complete":
        raise UsageError(f"run {run_id} is complete", hint="Fork it to change how it goes.")
    plan = await plan_from_record(recording, pool)
    more = raised_limits(recording, request.budget, request.max_cost)
    plan = _with_token_limits(plan, request)
    retry_cut = request.answer_tokens is not None or request.max_tokens is not None
    return create_run(plan, pool, folder, resume=recording, new_budget=more, retry_cut=retry_cut)


def _with_token_limits(plan: Plan, request: ResumeRequest) -> Plan:
    """Return the plan with the limits of the request. Raises UsageError."""
    answer_tokens, max_tokens = request.answer_tokens, request.max_tokens
    check_count("answer_tokens", answer_tokens)
    check_count("max_tokens", max_tokens)
    if answer_tokens is not None:
        plan = replace(plan, limits=replace(plan.limits, answer_tokens=answer_tokens))
    if max_tokens is not None:
        params = replace(plan.params, given={**plan.params.given, "max_tokens": max_tokens})
        plan = replace(plan, max_tokens=max_tokens, params=params)
    return plan


async def plan_from_record(recording: RunRecord, pool: ServerPool, flags: Collection[str] = ()) -> Plan:
    """Return the plan in a record's header.

    Args:
        recording: the record; it may come from another machine and is not trusted.
        pool: looks up the servers.
        flags: names of options that the user set for this run.

    Raises:
        RoundtableError: the mode, a server or a persona is not usable, or an option is a path outside the
            folder of the record.
    """
    header, where = recording.header, files.display_path(recording.folder)
    mode = modes.get_mode(header.mode)
    check_recorded_paths(mode, header.options, recording.folder, flags)
    places: list[SeatAssignment] = []
    for seat in header.seats:
        seat_id, leads = str(seat["seat"]), bool(seat.get("captain"))
        if (persona := persona_of_seat(seat)) is None:
            raise FileError(f"seat {single_line(seat_id, 40)} has no valid persona", where=where)
        server = await server_from_record(recording, str(seat["server"]), pool)
        params = recorded_server_params(header, server.name, where)
        server = server if params == server.params else replace(server, params=params)
        places.append(SeatAssignment(persona, server, str(seat["model"]), seat_id, stage_of(seat), leads))
    assignments, captain = split_captain(places)
    settings = recorded_call_settings(header, where, flags)
    attachments, missing = load_pictures(recording.folder, attachments_from_rows(header.attachments))
    return Plan(
        mode=mode,
        question=header.question,
        options=mode.validate_options(header.options),
        assignments=assignments,
        captain=captain,
        task=task_from_record(header),
        team=header.team,
        run_id=header.run_id,
        parent=header.parent,
        follows=header.follows,
        earlier=earlier_from_rows(header.earlier),
        attachments=attachments,
        passage_finder=_find_in_attachments(attachments) if not header.knowledge else None,
        notes=tuple(f"{one.label} is not beside the record any more: no seat sees it" for one in missing),
        servers=await _servers_switched_to(recording, pool),
        tools=await tools_from_record(recording, pool.settings),
        **settings,
    )


def _find_in_attachments(attachments: Sequence[Attachment]) -> PassageFinder | None:
    """Return the search for passages of long attached texts, for a run that was stopped before it."""
    if not any(one.in_passages for one in attachments):
        return None
    from roundtable_tui.attachments.long_texts import DEFAULT_PASSAGES, find_in_long_texts

    return find_in_long_texts(attachments, DEFAULT_PASSAGES)


async def _servers_switched_to(recording: RunRecord, pool: ServerPool) -> dict[tuple[str, str], Server]:
    """Return the servers, by (name, base URL), that seats were switched to during the run."""
    changes = (event.value for event in recording.events if isinstance(event, events.SeatChanged))
    switched = (value for value in changes if "server" in value)
    places = dict.fromkeys((str(value["server"]), str(value.get("base_url", ""))) for value in switched)
    return {at: await server_from_record(recording, at[0], pool, at[1]) for at in places}


async def server_from_record(recording: RunRecord, name: str, pool: ServerPool, url: str = "") -> Server:
    """Return a server of the record: the demo, the built-in model, one of the settings, or one by its URL.

    A record may name any URL: a server only gets a key that is configured for its URL.
    """
    header, settings = recording.header, pool.settings
    if name in settings.servers:
        return await pool.get_server(name=name)
    if name in ("demo", "local"):
        seed = header.seed if header.calls.get("send_seed") else 0
        return await pool.get_server(name=name, seed=seed)
    url = url or next((str(s["base_url"]) for s in header.servers if s.get("name") == name), "")
    if not url:
        raise UsageError(f"the record has no URL for its server {single_line(name, 60)}")
    if any(server.base_url == url for server in settings.servers.values()):
        return await pool.get_server(base_url=url)
    return await pool.connect(ServerSettings(name=single_line(name, 60), base_url=url))
