"""Selects the personas of a run and binds each to a server and a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice

from roundtable_tui.config import Settings, did_you_mean
from roundtable_tui.engine import Mode, Options
from roundtable_tui.engine.plan import SeatAssignment
from roundtable_tui.engine.seat import unique_names
from roundtable_tui.errors import FileError, RoundtableError, UsageError, locate_errors
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Member, Persona, PersonaLibrary
from roundtable_tui.resources.persona import slugify
from roundtable_tui.resources.reading import list_other_files
from roundtable_tui.resources.task import Task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.interface import by_interface, check_count, parameter_name
from roundtable_tui.utils.text import single_line

DEFAULT_CAPTAIN = "captain"
"""The captain of a mode that needs one, if neither the request nor the team names one."""
MAX_SEATS = 64


@dataclass(frozen=True, slots=True)
class RunSources:
    """Where the choices for a run come from: request before environment before task before settings."""

    request: RunRequest
    task: Task | None
    library: PersonaLibrary
    settings: Settings
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Participant:
    """A persona that takes a seat, and its model and server by name; "" for those of the run."""

    persona: Persona
    model: str
    server: str


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A mode with its options and participants: a whole run, or one stage of a pipeline."""

    mode: Mode
    options: Options
    team: str
    """The name to show."""
    members: tuple[Participant, ...]
    captain: Participant | None = None
    stage: int = 0
    """Number of the stage, from 1; 0 for a whole run."""

    @property
    def everyone(self) -> tuple[Participant, ...]:
        """The members, then the captain."""
        return (*self.members, self.captain) if self.captain else self.members


def to_participant(persona: Persona, member: Member | None = None) -> Participant:
    """Return the persona with the model and server of its team, else its own.

    A persona's model belongs to the persona's server.
    """
    server = (member.server if member else "") or persona.server
    own_model = persona.model if server.casefold() == persona.server.casefold() else ""
    return Participant(persona, (member.model if member else "") or own_model, server)


def plan_seats(mode: Mode, sources: RunSources, options: Options) -> StagePlan:
    """Return the mode with its team, its members in order, and its captain.

    Raises UsageError with the closest name if a team or persona is not found.
    """
    request, library = sources.request, sources.library
    name, members, captain = _resolve_team(mode, sources)
    if request.captain:
        with locate_errors(by_interface(command_line="", python="captain", app="captain")):
            captain = to_participant(library.get(request.captain).persona)
    elif captain is None and mode.captain:
        captain = to_participant(library.get(DEFAULT_CAPTAIN).persona)
    if mode.seats == "one":
        if request.agents not in (None, 1):
            what = f"mode {mode.name} has one seat, not {request.agents}"
            raise UsageError(what, hint=f"Leave out {parameter_name('agents')}.")
        return StagePlan(mode, options, name, (members[0],))
    count = _seat_count(mode, request, options, len(members)) or len(members)
    seated = tuple(islice(cycle(members), count))
    if mode.seats == "copies" and "agents" in mode.options.model_fields:
        options = options.model_copy(update={"agents": len(seated)})
    return StagePlan(mode, options, name, seated, captain)


def _resolve_team(mode: Mode, sources: RunSources) -> tuple[str, list[Participant], Participant | None]:
    """Return the team's name, its members before they are counted, and its captain."""
    request, task, library, settings = sources.request, sources.task, sources.library, sources.settings
    named = [to_participant(library.get(name).persona) for name in request.personas]
    if named and not request.team:
        return "", named, None
    of_task = task.settings.team if task else ""
    if task and not (request.team or of_task) and (own := _task_participants(task, library)):
        return task.name, own, None
    # A remembered team was chosen for the remembered mode; another mode has its own.
    remembered = settings.team if settings.mode == mode.name else ""
    team = library.get_team(request.team or of_task or remembered or mode.team).team
    seated = [to_participant(library.get(one.persona).persona, one) for one in team.members]
    lead = to_participant(library.get(team.captain.persona).persona, team.captain) if team.captain else None
    return team.name, seated + named, lead


def _task_participants(task: Task, library: PersonaLibrary) -> list[Participant]:
    """Return the task's own personas. Raises FileError if one of its files cannot be used.

    A run without some of them would be another run.
    """
    for broken in library.broken:
        if (broken.origin, broken.kind, broken.path.suffix.lower()) == ("task", "persona", ".json"):
            raise broken.error
    own = [to_participant(found.persona) for found in library.items if found.origin == "task"]
    if task.participants is not None and not own and (names := list_other_files(task.participants)):
        what = f"holds no persona, only {', '.join(single_line(name, 40) for name in names[:3])}"
        hint = "A persona is a .json file with a name and a prompt."
        raise FileError(what, where=files.display_path(task.participants), hint=hint)
    return own


def _seat_count(mode: Mode, request: RunRequest, options: Options, team_size: int) -> int:
    """Return the number of seats without the captain."""
    check_count("agents", request.agents, high=MAX_SEATS)
    if mode.seats != "copies":
        return request.agents or team_size
    if mode.seat_count is not None:
        return request.agents or mode.seat_count(options)
    if request.personas and not request.team and "agents" not in options.model_fields_set:
        return team_size
    return int(getattr(options, "agents", team_size))


def models_by_role(mode: Mode, options: Options, members: Sequence[Persona]) -> dict[str, str]:
    """Return persona -> model for roles whose model is an option of the mode."""
    named = {role: str(getattr(options, option)) for option, role in mode.wiring.models.items()}
    return {one.name: model for one in members if (model := named.get(one.role.casefold(), ""))}


async def assign_models(
    stages: Sequence[StagePlan], request: RunRequest, server: Server, pool: ServerPool
) -> list[SeatAssignment]:
    """Return the seats of all stages with their servers and models, each stage's captain last.

    Raises RoundtableError.
    """
    second: list[str] = []
    if request.check_names:
        await _check_choices(request, stages, pool)
    if request.seat_models:
        await _check_models(request.seat_models, server, pool)
        request = replace(request, model=request.model or request.seat_models[0])
    elif (
        any(stage.mode.different_models for stage in stages)
        and not (request.model or request.models or request.servers)
        and not any(one.model or one.server for stage in stages for one in stage.everyone)
    ):
        second = await pool.list_second_choices(server)
    assignments: list[SeatAssignment] = []
    for stage in stages:
        by_role = models_by_role(stage.mode, stage.options, [member.persona for member in stage.members])
        own_request = replace(request, models=by_role | dict(request.models))
        dealt = cycle(request.seat_models or (second if stage.mode.different_models else ()) or ("",))
        for one, name in zip(stage.everyone, _seat_names(stage), strict=True):
            leads = one is stage.captain
            model = "" if leads else next(dealt)
            seat = await assign_model(one, len(assignments), own_request, server, pool, name, model)
            assignments.append(replace(seat, stage=stage.stage, captain=leads))
    return assignments


async def assign_model(
    participant: Participant,
    number: int,
    request: RunRequest,
    server: Server,
    pool: ServerPool,
    seat_name: str = "",
    dealt: str = "",
) -> SeatAssignment:
    """Bind a persona to a server and a model.

    In this order: the request's choice for the seat or persona, the model dealt to the seat, the team's
    choice, the persona's own, the run's. With `demo` or `local`, teams and personas do not count.

    Args:
        participant: the persona, and its own model and server or those of its team.
        number: position of the seat in the run; the demo rotates its models by it.
        request: the request of the run.
        server: the server of the run.
        pool: looks up servers and models.
        seat_name: the seat's name in the run, such as "Candidate 2", if the request may name it.
        dealt: the model of the run's server that is dealt to the seat; "" for none.

    Raises:
        RoundtableError: the server or model is not found.
    """
    persona, run_server = participant.persona, server
    if dealt or request.demo or request.local:
        participant = Participant(persona, dealt, "")
    names = seat_name, persona.name
    model, own_server = (_find_by_name(names, chosen) for chosen in (request.models, request.servers))
    if own_server:
        server = await pool.find_server(own_server)
    else:
        model = model or participant.model
        if participant.server:
            with locate_errors(single_line(persona.name, 60)):
                server = await pool.get_server(name=participant.server)
        # The run's model belongs to the run's server.
        model = model or (request.model if server is run_server else "")
    return SeatAssignment(persona, server, await pool.choose_model(server, model, number))


def describe_surplus(models: Sequence[str], stages: Iterable[StagePlan]) -> tuple[str, ...]:
    """Return a notice about the models that are dealt out to the seats but reach none of them."""
    count = max(len(stage.members) for stage in stages)
    unused = ", ".join(single_line(name, 60) for name in models[count:])
    return (f"{parameter_name('models')}: {count_of(count, 'seat')}, not used: {unused}",) if unused else ()


def _seat_names(stage: StagePlan) -> list[str]:
    """Return the names of the seats in a run: those of the personas, numbered where they repeat."""
    return unique_names([one.persona.name for one in stage.everyone], " ")


async def _check_choices(request: RunRequest, stages: Iterable[StagePlan], pool: ServerPool) -> None:
    """Check `models` and `servers` of a request.

    Raises UsageError for a name that no seat has, with the nearest one, and for an empty model or server or
    an unknown server, also where a more specific name is used in its place.
    """
    names = dict.fromkeys(
        name
        for stage in stages
        for name in (*_seat_names(stage), *(one.persona.name for one in stage.everyone))
    )
    known = {spelling for name in names for spelling in (name.casefold(), slugify(name))}
    for kind, choices in (("model", request.models), ("server", request.servers)):
        where = by_interface(command_line="", python=f"{kind}s", app="")
        for name, choice in choices.items():
            if name.casefold() not in known:
                what = f"no seat of this run is called {single_line(name, 60)}"
                raise UsageError(what, where=where, hint=did_you_mean(name, names, "The seats are"))
            if not choice.strip():
                hint = f"Name a {kind} for it, or leave it out."
                raise UsageError(f"{single_line(name, 60)} is given no {kind}", where=where, hint=hint)
    with locate_errors(by_interface(command_line="", python="servers", app="")):
        for reference in dict.fromkeys(request.servers.values()):
            await pool.find_server(reference)


async def _check_models(names: Iterable[str], server: Server, pool: ServerPool) -> None:
    """Raise UsageError for a model that the server does not list but that is nearly the name of one it lists.

    Other names are left to the server: some lists are not complete.
    """
    try:
        listed = await pool.list_model_names(server)
    except RoundtableError:
        return
    known = {spelling for name in listed for spelling in (name, name.removesuffix(":latest"))}
    for name in names:
        if name not in known and (hint := did_you_mean(name, listed)):
            what = f"{single_line(server.name, 60)} has no model {single_line(name, 60)}"
            raise UsageError(what, hint=hint)


def _find_by_name(names: Iterable[str], values: Mapping[str, str]) -> str:
    """Return the value for a seat or persona with these names (in any case) or their ids; "" for none."""
    folded = {given.casefold(): value for given, value in values.items()}
    keys = (key for name in names if name for key in (name.casefold(), slugify(name)))
    return next((folded[key] for key in keys if folded.get(key)), "")
