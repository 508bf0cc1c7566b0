"""Fork a run: copy a record up to a turn and continue from there with changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config import did_you_mean
from roundtable_tui.engine import events
from roundtable_tui.engine.params import OPTION_PARAMS
from roundtable_tui.engine.plan import make_run_id
from roundtable_tui.engine.record.fork_events import events_before, list_turns
from roundtable_tui.engine.record.recorder import RunRecord, write_record
from roundtable_tui.engine.run import Run
from roundtable_tui.engine.seat import persona_to_dict
from roundtable_tui.errors import UsageError
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.recorded_run import check_recorded_paths
from roundtable_tui.history.recorded_values import as_texts
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
    old = recording.header
    _validate_changes(recording, changes)
    edited = (turn for turn in list_turns(recording.events) if turn in changes.answers)
    turn = request.turn or next(edited, "")
    kept = events_before(recording.events[1:], turn, changes.answers)
    kept = [event for event in kept if not _is_overruled(event, changes)]
    run_id = make_run_id(old.mode)
    header = replace(
        old,
        run_id=run_id,
        parent=old.run_id,
        options=_fork_options(old, changes, folder),
        calls=_fork_calls(recording, changes),
        seats=tuple(_fork_seat(seat, changes, at_start=not turn) for seat in old.seats),
    )
    if turn:
        kept += _change_events(old, kept, turn, changes)
    # Planned with the old folder: forking a record from elsewhere must not make it trusted.
    plan = await plan_from_record(RunRecord(folder, header, (header, *kept)), pool, changes.options)
    new = _parent_dir(folder) / run_id
    write_record(new, (header, *kept))
    return create_run(plan, pool, new, resume=RunRecord(new, header, (header, *kept)))


def _is_overruled(event: events.Event, changes: ForkChanges) -> bool:
    """Return True for a user action on the budget or rounds that the fork sets itself."""
    if isinstance(event, events.BudgetChanged):
        return changes.budget is not None or changes.max_cost is not None
    return isinstance(event, events.RoundsChanged) and any(event.name in name for name in changes.options)


def _change_events(
    old: events.RunStarted, kept: Sequence[events.Event], turn: str, changes: ForkChanges
) -> list[events.Event]:
    """Return the events that record the changes; they come last, so that they override earlier ones."""
    t = kept[-1].t if kept else 0.0
    changed: list[events.Event] = [
        events.SeatChanged(t=t, seat=seat, what="persona", value=persona_to_dict(persona), note="forked")
        for seat, persona in changes.personas.items()
    ]
    for seat, model in changes.models.items():
        value = {**_server_at_fork(seat, old, kept), "model": model}
        changed.append(events.SeatChanged(t=t, seat=seat, what="model", value=value, note="forked"))
    parts = [f"{option} is {value}" for option, value in changes.options.items()]
    parts += [f"{edited} was edited" for edited in changes.answers]
    line = "; ".join([f"forked from {old.run_id} at {turn}", *parts])
    return [*changed, events.Notice(t=t, text=line)]


def _server_at_fork(seat: str, old: events.RunStarted, kept: Iterable[events.Event]) -> Mapping[str, Any]:
    """Return name and base URL of a seat's server after these events."""
    name = next(str(one["server"]) for one in old.seats if one["seat"] == seat)
    url = next((str(one.get("base_url", "")) for one in old.servers if one.get("name") == name), "")
    found = {"server": name, "base_url": url}
    for event in kept:
        if isinstance(event, events.SeatChanged) and event.seat == seat and "server" in event.value:
            found = {key: str(event.value.get(key, "")) for key in found}
    return found


def _fork_seat(seat: Mapping[str, Any], changes: ForkChanges, *, at_start: bool) -> Mapping[str, Any]:
    out = dict(seat)
    name = str(seat["seat"])
    if at_start and name in changes.models:
        out["model"] = changes.models[name]
    if at_start and name in changes.personas:
        persona = changes.personas[name]
        out |= {"persona": persona_to_dict(persona), "name": persona.name, "role": persona.role}
        out["full_name"] = persona.full_name
    return out


def _fork_calls(recording: RunRecord, changes: ForkChanges) -> Mapping[str, Any]:
    """Return the call settings of the fork, as in a header."""
    more = raised_limits(recording, changes.budget, changes.max_cost)
    calls = dict(recording.header.calls)
    if named := [name for name in changes.options if name in OPTION_PARAMS]:
        stored = calls.get("params")
        params = stored if isinstance(stored, Mapping) else {}
        calls["params"] = {**params, "named": sorted({*as_texts(params.get("named")), *named})}
    return calls | {"budget": more.tokens, "max_cost": more.cost} if more else calls


def _fork_options(old: events.RunStarted, changes: ForkChanges, folder: Path) -> Mapping[str, Any]:
    """Return the options of the fork, as in a header. Raises UsageError."""
    mode = modes.get_mode(old.mode)
    check_recorded_paths(mode, old.options, folder, changes.options)
    if not changes.options:
        return old.options
    if old.mode == modes.PIPELINE:
        return apply_stage_options(old.options, changes.options)
    given = {**old.options, **resolve_flag_paths(mode, changes.options)}
    return mode.validate_options(given).model_dump(mode="json")


def apply_stage_options(options: Mapping[str, Any], changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options of a pipeline with `changes` in every stage that has them. Raises UsageError."""
    rows = [
        dict(row) for row in modes.get_mode(modes.PIPELINE).validate_options(options).model_dump()["stages"]
    ]
    of_stages = [modes.get_mode(row["mode"]) for row in rows]
    for row, mode, own in zip(rows, of_stages, split_by_stage(of_stages, changes), strict=True):
        given = {**row["options"], **resolve_flag_paths(mode, own)}
        row["options"] = mode.validate_options(given).model_dump(mode="json")
    return {"stages": rows}


def _validate_changes(recording: RunRecord, changes: ForkChanges) -> None:
    """Raise UsageError for an unknown seat or turn, or for another number of seats."""
    seats = [str(seat["seat"]) for seat in recording.header.seats]
    for what, known, given in (
        ("seat", seats, [*changes.personas, *changes.models]),
        ("turn", list_turns(recording.events), changes.answers),
    ):
        for name in given:
            if name not in known:
                hint = did_you_mean(name, known, "It has")
                raise UsageError(f"there is no {what} {single_line(name, 60)} in this run", hint=hint)
    mode = modes.get_mode(recording.header.mode)
    members = sum(not seat.get("captain") for seat in recording.header.seats)
    if mode.seat_count is not None and changes.options:
        before, after = (
            mode.seat_count(mode.validate_options({**recording.header.options, **more}))
            for more in ({}, changes.options)
        )
        if after > max(before, members):
            raise UsageError("a fork has the seats of its run", hint="Start a new run for more.")
    is_same = mode.seats == "copies" and str(changes.options.get("agents")) == str(members)
    if mode.seats in ("copies", "stages") and "agents" in changes.options and not is_same:
        raise UsageError("a fork has the seats of its run", hint="Start a new run for more or fewer.")


def _parent_dir(folder: Path) -> Path:
    """Return the folder for the fork: the runs folder, or that of the old run if it is elsewhere."""
    runs = paths.runs_dir()
    return runs if files.is_within(folder, runs) else folder.parent
