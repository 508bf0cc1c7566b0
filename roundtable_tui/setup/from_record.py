"""The plan of a run, as its record tells it: for a run that goes on from there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config import ServerSettings
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.engine.run import Plan, SeatAssignment
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.history.reader import stage_of
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.resources import Persona, Task
from roundtable_tui.setup.budget import limits_from_record
from roundtable_tui.setup.options import validate_options
from roundtable_tui.setup.own_paths import check_record
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line


async def plan_from_record(recording: RunRecord, backends: ServerPool, flags: Collection[str] = ()) -> Plan:
    """Return the plan that a record's header tells; its options called `flags` come from the user.

    Raises RoundtableError, also for an option that names a path outside a run's folder that is not ours.
    """
    header = recording.header
    mode = modes.get_mode(header.mode)
    check_record(mode, header.options, recording.folder, flags)
    places: list[SeatAssignment] = []
    captain: SeatAssignment | None = None
    for seat in header.seats:
        persona = _persona_from_seat(seat, recording)
        server = await server_from_record(recording, str(seat["server"]), backends)
        stage = stage_of(seat)
        place = SeatAssignment(
            persona, server, str(seat["model"]), str(seat["seat"]), stage, captain=bool(seat.get("captain"))
        )
        if place.captain and not stage:
            captain = place
        else:
            places.append(place)
    calls = dict(header.calls)
    max_tokens, send_seed = calls.pop("max_tokens", None), bool(calls.pop("send_seed", False))
    known = {name: value for name, value in calls.items() if name in Limits.__slots__}
    budget, max_cost = limits_from_record(header)
    return Plan(
        mode=mode,
        question=header.question,
        options=validate_options(mode, dict(header.options)),
        assignments=tuple(places),
        captain=captain,
        task=task_from_record(header),
        team=header.team,
        seed=header.seed,
        send_seed=send_seed,
        limits=Limits(**known),
        max_tokens=max_tokens,
        run_id=header.run_id,
        parent=header.parent,
        budget=budget,
        max_cost=max_cost,
        servers=await _servers_switched_to(recording, backends),
    )


async def _servers_switched_to(recording: RunRecord, backends: ServerPool) -> dict[tuple[str, str], Server]:
    """Return the servers that seats were moved to while the run went on, as the record names them."""
    found: dict[tuple[str, str], Server] = {}
    for event in recording.events:
        if isinstance(event, events.SeatChanged) and "server" in event.value:
            at = str(event.value["server"]), str(event.value.get("base_url", ""))
            if at not in found:
                found[at] = await server_from_record(recording, at[0], backends, at[1])
    return found


def _persona_from_seat(seat: Mapping[str, Any], recording: RunRecord) -> Persona:
    try:
        return Persona.model_validate(dict(seat.get("persona") or {}))
    except (TypeError, ValueError):
        what = f"seat {single_line(str(seat['seat']), 40)} has no persona that makes sense"
        raise FileError(what, where=files.display_path(recording.folder)) from None


async def server_from_record(recording: RunRecord, name: str, backends: ServerPool, url: str = "") -> Server:
    """Return the server of this name as it was: demo, local, one of the settings, or by its URL.

    A record may come from elsewhere and name any URL: a server gets the key that was given for its URL.
    """
    header, settings = recording.header, backends.settings
    if name in settings.servers:
        return await backends.get_server(name=name)
    if name in ("demo", "local"):
        seed = header.seed if header.calls.get("send_seed") else 0
        return await backends.get_server(name=name, seed=seed)
    url = url or next((str(s["base_url"]) for s in header.servers if s.get("name") == name), "")
    if not url:
        raise UsageError(f"the record names no address for its server {single_line(name, 60)}")
    if any(server.base_url == url for server in settings.servers.values()):
        return await backends.get_server(base_url=url)
    return await backends.connect(ServerSettings(name=single_line(name, 60), base_url=url))


def task_from_record(header: events.RunStarted) -> Task | None:
    """Return the task as its texts were."""
    if not header.task:
        return None

    def text(key: str) -> str:
        return str(header.task.get(key, "")) if header.task else ""

    return Task(
        name=text("name"), path=Path(), context=text("context"), instructions=text("instructions"),
        summarize=text("summarize"), questions=tuple(map(str, header.task.get("questions", ()))),
    )  # fmt: skip
