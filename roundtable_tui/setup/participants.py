"""Who sits at the table: a team, a task's own people, or the personas a person names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle, islice

from roundtable_tui.config import Settings
from roundtable_tui.engine import Mode, Options
from roundtable_tui.engine.run import SeatAssignment
from roundtable_tui.errors import UsageError
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import LibraryPersona, Member, Persona, PersonaLibrary
from roundtable_tui.resources.task import Task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool

DEFAULT_CAPTAIN = "captain"
"""The persona that leads where a mode needs a captain and nobody names one."""
MAX_SEATS = 64


@dataclass(frozen=True, slots=True)
class Participant:
    """Who takes a seat, and the model and server that the team gives it there; "" where it does not."""

    persona: Persona
    model: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Participants:
    """Who has a seat, in order, and who is captain; `team` is a name to show."""

    team: str
    members: tuple[Participant, ...]
    captain: Participant | None = None


def select_participants(
    mode: Mode,
    request: RunRequest,
    task: Task | None,
    settings: Settings,
    library: PersonaLibrary,
    options: Options,
) -> Participants:
    """Return who sits at the table. Raises UsageError with the nearest name for one that is not there."""
    name, members, captain = _resolve_team(mode, request, task, settings, library)
    if not members:
        raise UsageError("nobody sits at the table", hint="Name a team with --team, or seats with --persona.")
    if request.captain:
        captain = Participant(library.get(request.captain).persona)
    elif captain is None and mode.captain:
        captain = Participant(library.get(DEFAULT_CAPTAIN).persona)
    if mode.seats == "one":
        if request.agents not in (None, 1):
            raise UsageError(
                f"mode {mode.name} has one seat, not {request.agents}", hint="Leave out --agents."
            )
        return Participants(name, (members[0],))
    count = _seat_count(mode, request, options, len(members))
    seated = islice(cycle(members), count) if count else members
    return Participants(name, tuple(seated), captain)


def _resolve_team(
    mode: Mode, request: RunRequest, task: Task | None, settings: Settings, library: PersonaLibrary
) -> tuple[str, list[Participant], Participant | None]:
    """Return name, members and captain, before they are counted out."""
    named = [Participant(library.get(name).persona) for name in request.personas]
    if named and not request.team:
        return "", named, None
    of_task = task.settings.team if task else ""
    own = [Participant(found.persona) for found in library.items if found.origin == "task"]
    if task and own and not (request.team or of_task):
        return task.name, own, None
    # A remembered team was chosen for the remembered mode; another mode has its own.
    remembered = settings.team if settings.mode == mode.name else ""
    team = library.get_team(request.team or of_task or remembered or mode.team).team
    members, captain = library.members_of(team)
    seated = [_sitter(*pair) for pair in zip(members, team.members, strict=True)]
    head = _sitter(captain, team.captain) if captain and team.captain else None
    return team.name, seated + named, head


def _sitter(found: LibraryPersona, member: Member) -> Participant:
    return Participant(found.persona, member.model, member.server)


def _seat_count(mode: Mode, request: RunRequest, options: Options, team_size: int) -> int | None:
    """Return how many seats there are to be; None: one for each."""
    if request.agents is not None and not 1 <= request.agents <= MAX_SEATS:
        raise UsageError(f"--agents should be a whole number from 1 to {MAX_SEATS}, not {request.agents}")
    if mode.seats != "copies":
        return request.agents
    if request.personas and not request.team and "agents" not in options.model_fields_set:
        return team_size
    return int(getattr(options, "agents", team_size))


async def assign_model(
    participant: Participant, number: int, request: RunRequest, server: Server, backends: ServerPool
) -> SeatAssignment:
    """Return the persona bound to a server and a model: the person's word for it, the team's, its own, the
    run's `server` and model, in this order. Demo and local model speak for everybody. Raises RoundtableError.
    """
    persona = participant.persona
    wanted = _value_for(persona, request.models)
    if where := _value_for(persona, request.servers):
        is_url = "://" in where
        chosen = await backends.get_server(name="" if is_url else where, base_url=where if is_url else "")
        return SeatAssignment(persona, chosen, await backends.choose_model(chosen, wanted, number))
    if request.demo or request.local:
        return SeatAssignment(
            persona, server, await backends.choose_model(server, wanted or request.model, number)
        )
    wanted = wanted or participant.model
    name = participant.server or persona.server
    if not name:
        return SeatAssignment(
            persona,
            server,
            await backends.choose_model(server, wanted or persona.model or request.model, number),
        )
    own = await backends.get_server(name=name)
    # A persona's model is a model of the server it names; the run's model is one of the run's server.
    of_persona = persona.model if participant.server.casefold() in ("", persona.server.casefold()) else ""
    of_run = request.model if own is server else ""
    return SeatAssignment(
        persona, own, await backends.choose_model(own, wanted or of_persona or of_run, number)
    )


def _value_for(persona: Persona, by_name: Mapping[str, str]) -> str:
    """Return what the person says of this persona, by its name in any case or by its key; "" for nothing."""
    folded = {name.casefold(): value for name, value in by_name.items()}
    return folded.get(persona.name.casefold()) or folded.get(persona.slug) or ""
