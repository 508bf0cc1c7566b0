"""Runs that start from a record: go on with one, fork one, or ask a follow-up question."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from roundtable_tui import disk, modes, paths
from roundtable_tui.errors import UsageError
from roundtable_tui.files import Persona, PersonaLibrary, Task
from roundtable_tui.launch.backends import Backends
from roundtable_tui.launch.of_run import OfRun
from roundtable_tui.launch.options import checked
from roundtable_tui.launch.wish import Wish
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.settings import ServerSettings
from roundtable_tui.settings.url import origin
from roundtable_tui.table import events
from roundtable_tui.table.record import EVENTS, Recording, read_record, write_record
from roundtable_tui.table.run import Place, Plan, Run, new_run_id
from roundtable_tui.text import one_line


@dataclass(frozen=True, slots=True)
class Changes:
    """What a fork does otherwise than the run it comes from."""

    personas: Mapping[str, Persona] = field(default_factory=dict)
    """Seat -> persona, from its first call after the fork."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Seat -> model."""
    options: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    """Turn -> the text it is to have said."""


async def resume(folder: Path, backends: Backends) -> Run:
    """Return the run in `folder`, ready to go on: finished calls are not made again.

    Raises RoundtableError: no record, no such mode any more, a server that cannot be reached by name.
    """
    recording = read_record(folder)
    end = recording.finished
    if end is not None and end.status == "complete":
        raise UsageError(
            f"run {recording.header.run_id} is complete", hint="Fork it to have it go otherwise."
        )
    plan = await plan_of(recording, backends)
    return Run(plan, OfRun(backends), folder=folder, resume=recording)


async def fork(folder: Path, turn: str, changes: Changes, backends: Backends) -> Run:
    """Return a new run that is like the one in `folder` up to `turn`, and goes on from there with `changes`.

    The turn itself is asked again, unless `changes.answers` says what it is to have said; turns that
    had not begun before it are asked again too. An empty `turn` forks at the start.
    """
    recording = read_record(folder)
    run_id = new_run_id(recording.header.mode)
    header = replace(
        recording.header,
        run_id=run_id,
        parent=recording.header.run_id,
        options=dict(recording.header.options) | dict(changes.options),
        seats=tuple(_changed(seat, changes) for seat in recording.header.seats),
    )
    kept = up_to(recording.events[1:], turn, changes.answers)
    new = paths.runs_dir() / run_id
    copied = Recording(new, header, (header, *kept))
    plan = await plan_of(copied, backends)
    write_record(new, copied.events)
    return Run(plan, OfRun(backends), folder=new, resume=copied)


def up_to(recorded: Sequence[events.Event], turn: str, answers: Mapping[str, str]) -> list[events.Event]:
    """Return the events before `turn` was asked, or up to its end if its answer is given."""
    at = next(
        (i for i, e in enumerate(recorded) if isinstance(e, events.TurnQueued) and e.turn == turn), None
    )
    if at is None:
        if turn:
            raise UsageError(
                f"there is no turn {turn} in this run", hint="`roundtable runs show RUN` lists them."
            )
        return [event for event in recorded if isinstance(event, events.PassagesUsed)]
    if turn in answers:
        at = next((i + 1 for i, e in enumerate(recorded) if _ends(e, turn)), at)
    kept = [event for event in recorded[:at] if not isinstance(event, events.RunFinished)]
    return [_said(event, answers) for event in kept]


async def plan_of(recording: Recording, backends: Backends) -> Plan:
    """Return the plan that a record's header tells."""
    header = recording.header
    mode = modes.get(header.mode)
    places: list[Place] = []
    captain: Place | None = None
    for seat in header.seats:
        persona = Persona.model_validate(dict(seat["persona"]))
        server = await server_of(recording, str(seat["server"]), backends)
        place = Place(persona, server, str(seat["model"]), str(seat["seat"]))
        if seat.get("captain"):
            captain = place
        else:
            places.append(place)
    calls = dict(header.calls)
    max_tokens, send_seed = calls.pop("max_tokens", None), bool(calls.pop("send_seed", False))
    known = {name: value for name, value in calls.items() if name in Limits.__slots__}
    return Plan(
        mode=mode, question=header.question, options=checked(mode, dict(header.options)),
        places=tuple(places), captain=captain, task=task_of(header), team=header.team, seed=header.seed,
        send_seed=send_seed,
        limits=Limits(**known), max_tokens=max_tokens, run_id=header.run_id, parent=header.parent,
    )  # fmt: skip


async def server_of(recording: Recording, name: str, backends: Backends) -> Server:
    """Return the server of this name as it was: demo, local, one of the settings, or by its URL.

    A record from elsewhere may name any URL: it gets no key but where the settings or the environment
    give that server one.
    """
    header, settings = recording.header, backends.settings
    if name in settings.servers:
        return await backends.server(name=name)
    if name in ("demo", "local"):
        seed = header.seed if header.calls.get("send_seed") else 0
        return await backends.server(name=name, seed=seed)
    url = next((str(s["base_url"]) for s in header.servers if s.get("name") == name), "")
    if not url:
        raise UsageError(f"the record names no address for its server {one_line(name, 60)}")
    ours = disk.real(recording.folder).is_relative_to(disk.real(paths.runs_dir()))
    meant = origin(backends.environ.get("OPENAI_BASE_URL", "")) == origin(url)
    if ours or meant or any(server.base_url == url for server in settings.servers.values()):
        return await backends.server(base_url=url)
    return await backends.reach(ServerSettings(name=one_line(name, 60), base_url=url))


def task_of(header: events.RunStarted) -> Task | None:
    """Return the task as its texts were."""
    if not header.task:
        return None

    def text(key: str) -> str:
        return str(header.task.get(key, "")) if header.task else ""

    return Task(
        name=text("name"), path=Path(), context=text("context"), instructions=text("instructions"),
        summarize=text("summarize"), questions=tuple(map(str, header.task.get("questions", ()))),
    )  # fmt: skip


def wish_like(folder: Path, wish: Wish, library: PersonaLibrary) -> Wish:
    """Return `wish` with what it leaves open as in the run in `folder`: mode, team, and the demo."""
    header = read_record(folder).header
    if not wish.mode:
        wish = replace(wish, mode=header.mode)
    if not (wish.team or wish.personas) and header.team in {found.team.name for found in library.teams}:
        wish = replace(wish, team=header.team)
    names = {str(server["name"]) for server in header.servers}
    if not (wish.server or wish.base_url or wish.demo or wish.local) and names <= {"demo"}:
        wish = replace(wish, demo=True)
    return wish


def follow_up(folder: Path, question: str) -> tuple[str, Task]:
    """Return what a follow-up to a run asks: the new question, with the run as its background."""
    recording = read_record(folder)
    end = recording.finished
    before = task_of(recording.header)
    story = [before.context if before else "", f"Asked before:\n{recording.header.question}"]
    if end is not None and end.answer:
        story.append(f"The answer then:\n{end.answer}")
    base = before or Task(name="follow-up", path=Path())
    return question, replace(base, context="\n\n".join(part for part in story if part), questions=(question,))


def find_run(name: str) -> Path:
    """Return the folder of the run `name`: an id, its start, `last`, or a path. Raises UsageError."""
    path = Path(name)
    if (path / EVENTS).is_file():
        return path
    runs = sorted((p for p in paths.runs_dir().glob("*") if (p / EVENTS).is_file()), key=lambda p: p.name)
    found = runs[-1:] if name == "last" else [p for p in runs if p.name.startswith(name)] if name else []
    found = [p for p in found if p.name == name] or found
    if len(found) != 1:
        shown = one_line(name, 80)
        what = f"there is no run {shown}" if not found else f"{len(found)} runs begin with {shown}"
        raise UsageError(what, hint="`roundtable runs` lists them.")
    return found[0]


def delete_run(folder: Path) -> None:
    """Delete a run and all its files."""
    shutil.rmtree(folder)


def _changed(seat: Mapping[str, Any], changes: Changes) -> Mapping[str, Any]:
    out = dict(seat)
    name = str(seat["seat"])
    if name in changes.models:
        out["model"] = changes.models[name]
    if name in changes.personas:
        from roundtable_tui.table.seat import persona_fields

        persona = changes.personas[name]
        out |= {"persona": persona_fields(persona), "full_name": persona.full_name, "role": persona.role}
    return out


def _ends(event: events.Event, turn: str) -> bool:
    return isinstance(event, events.TurnFinished | events.TurnFailed) and event.turn == turn


def _said(event: events.Event, answers: Mapping[str, str]) -> events.Event:
    if isinstance(event, events.TurnFinished) and event.turn in answers:
        return replace(event, text=answers[event.turn], finish_reason="edited")
    return event
