"""Fork a run: copy a record up to a turn and continue from there with changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config import did_you_mean
from roundtable_tui.engine import Mode, events
from roundtable_tui.engine.params import OPTION_PARAMS
from roundtable_tui.engine.plan import make_run_id
from roundtable_tui.engine.record.fork_events import (
    change_header_seats,
    change_seats,
    events_before,
    list_turns,
)
from roundtable_tui.engine.record.recorded_values import as_texts
from roundtable_tui.engine.record.recorder import RunRecord, write_record
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import UsageError
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.recorded_run import check_recorded_paths
from roundtable_tui.setup.call_settings import raised_limits
from roundtable_tui.setup.options import resolve_flag_paths, split_by_stage
from roundtable_tui.setup.plan import create_run
from roundtable_tui.setup.request import ForkChanges, ForkRequest
from roundtable_tui.setup.resume import plan_from_record
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line


async def fork(request: ForkRequest, pool: ServerPool) -> Run:
    """Return a new run that equals the recorded one up to a turn and continues with the changes.

    The turn is called again, unless its answer is edited; so are turns that had not ended before it. The
    record is not changed.

    Raises:
        RoundtableError: the record, turn, seat or an option is not found.
    """
    folder, changes = request.folder, request.changes
    recording = read_run(folder)
    old, turns = recording.header, list_turns(recording.events)
    _validate_changes(old, turns, changes)
    turn = request.turn or next((one for one in turns if one in changes.answers), "")
    kept = events_before(recording.events[1:], turn, changes.answers)
    kept = [event for event in kept if not _is_overruled(event, changes)]
    run_id, mode = make_run_id(old.mode), modes.get_mode(old.mode)
    check_recorded_paths(mode, old.options, folder, changes.options)
    options = change_options(mode, old.options, changes.options) if changes.options else old.options
    calls = _fork_calls(recording, changes)
    header = replace(old, run_id=run_id, parent=old.run_id, options=options, calls=calls)
    if turn:  # The changes come last, so that they override earlier ones.
        parts = [f"{option} is {value}" for option, value in changes.options.items()]
        parts += [f"{edited} was edited" for edited in changes.answers]
        line = "; ".join([f"forked from {old.run_id} at {turn}", *parts])
        t = kept[-1].t if kept else 0.0
        kept += [*change_seats(old, kept, changes.personas, changes.models), events.Notice(t=t, text=line)]
    else:
        header = replace(header, seats=change_header_seats(old.seats, changes.personas, changes.models))
    # Planned with the old folder: forking a record from elsewhere must not make it trusted.
    forked = RunRecord(folder, header, (header, *kept))
    plan = await plan_from_record(forked, pool, changes.options)
    runs = paths.runs_dir()
    new = (runs if files.is_within(folder, runs) else folder.parent) / run_id
    write_record(new, forked.events)
    return create_run(plan, pool, new, resume=replace(forked, folder=new))


def _is_overruled(event: events.Event, changes: ForkChanges) -> bool:
    """Return True for a user action on the budget or rounds that the fork sets itself."""
    if isinstance(event, events.BudgetChanged):
        return changes.budget is not None or changes.max_cost is not None
    return isinstance(event, events.RoundsChanged) and any(event.name in name for name in changes.options)


def _fork_calls(recording: RunRecord, changes: ForkChanges) -> Mapping[str, Any]:
    """Return the call settings of the fork, as in a header."""
    calls = dict(recording.header.calls)
    if named := [name for name in changes.options if name in OPTION_PARAMS]:
        stored = calls.get("params")
        params = stored if isinstance(stored, Mapping) else {}
        calls["params"] = {**params, "named": sorted({*as_texts(params.get("named")), *named})}
    if more := raised_limits(recording, changes.budget, changes.max_cost):
        calls |= {"budget": more.tokens, "max_cost": more.cost}
    return calls


def change_options(mode: Mode, options: Mapping[str, Any], changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options in a header with `changes`, for a pipeline in every stage that has them.

    Raises UsageError.
    """
    if mode.seats == "stages":
        rows = mode.validate_options(options).model_dump()["stages"]
        of_stages = [modes.get_mode(row["mode"]) for row in rows]
        parts = zip(rows, of_stages, split_by_stage(of_stages, changes), strict=True)
        return {
            "stages": [
                {**row, "options": change_options(one, row["options"], own)} for row, one, own in parts
            ]
        }
    given = {**options, **resolve_flag_paths(mode, changes)}
    return mode.validate_options(given).model_dump(mode="json")


def _validate_changes(header: events.RunStarted, turns: Sequence[str], changes: ForkChanges) -> None:
    """Raise UsageError for an unknown seat or turn, or for another number of seats."""
    seats = [str(seat["seat"]) for seat in header.seats]
    named = [("seat", seats, name) for name in (*changes.personas, *changes.models)]
    named += [("turn", list(turns), name) for name in changes.answers]
    for what, known, name in named:
        if name not in known:
            hint = did_you_mean(name, known, "It has")
            raise UsageError(f"there is no {what} {single_line(name, 60)} in this run", hint=hint)
    mode = modes.get_mode(header.mode)
    members = sum(not seat.get("captain") for seat in header.seats)
    if mode.seat_count is not None and changes.options:
        before, after = (
            mode.seat_count(mode.validate_options({**header.options, **more}))
            for more in ({}, changes.options)
        )
        if after > max(before, members):
            raise UsageError("a fork has the seats of its run", hint="Start a new run for more.")
    is_same = mode.seats == "copies" and str(changes.options.get("agents")) == str(members)
    if mode.seats in ("copies", "stages") and "agents" in changes.options and not is_same:
        raise UsageError("a fork has the seats of its run", hint="Start a new run for more or fewer.")
