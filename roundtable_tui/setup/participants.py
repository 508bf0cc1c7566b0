"""Who sits at the table: a team, a task's own people, or the personas a person names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle, islice

from roundtable_tui.config import Settings
from roundtable_tui.engine import Mode, Options
from roundtable_tui.engine.run import Place
from roundtable_tui.errors import UsageError
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Found, Member, Persona, PersonaLibrary
from roundtable_tui.resources.task import Task
from roundtable_tui.setup.request import Wish
from roundtable_tui.setup.server_pool import Backends

CAPTAIN = "captain"
"""The persona that leads where a mode needs a captain and nobody names one."""
MOST = 64


@dataclass(frozen=True, slots=True)
class Sitter:
    """Who takes a seat, and the model and server that the team gives it there; "" where it does not."""

    persona: Persona
    model: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Seating:
    """Who has a seat, in order, and who is captain; `team` is a name to show."""

    team: str
    members: tuple[Sitter, ...]
    captain: Sitter | None = None


def seat(
    mode: Mode, wish: Wish, task: Task | None, settings: Settings, library: PersonaLibrary, options: Options
) -> Seating:
    """Return who sits at the table. Raises UsageError with the nearest name for one that is not there."""
    name, members, captain = _team(mode, wish, task, settings, library)
    if not members:
        raise UsageError("nobody sits at the table", hint="Name a team with --team, or seats with --persona.")
    if wish.captain:
        captain = Sitter(library.get(wish.captain).persona)
    elif captain is None and mode.captain:
        captain = Sitter(library.get(CAPTAIN).persona)
    if mode.seats == "one":
        if wish.agents not in (None, 1):
            raise UsageError(f"mode {mode.name} has one seat, not {wish.agents}", hint="Leave out --agents.")
        return Seating(name, (members[0],))
    count = _count(mode, wish, options, len(members))
    seated = islice(cycle(members), count) if count else members
    return Seating(name, tuple(seated), captain)


def _team(
    mode: Mode, wish: Wish, task: Task | None, settings: Settings, library: PersonaLibrary
) -> tuple[str, list[Sitter], Sitter | None]:
    """Return name, members and captain, before they are counted out."""
    named = [Sitter(library.get(name).persona) for name in wish.personas]
    if named and not wish.team:
        return "", named, None
    of_task = task.settings.team if task else ""
    own = [Sitter(found.persona) for found in library.items if found.origin == "task"]
    if task and own and not (wish.team or of_task):
        return task.name, own, None
    # A remembered team was chosen for the remembered mode; another mode has its own.
    remembered = settings.team if settings.mode == mode.name else ""
    team = library.team(wish.team or of_task or remembered or mode.team).team
    members, captain = library.roster(team)
    seated = [_sitter(*pair) for pair in zip(members, team.members, strict=True)]
    head = _sitter(captain, team.captain) if captain and team.captain else None
    return team.name, seated + named, head


def _sitter(found: Found, member: Member) -> Sitter:
    return Sitter(found.persona, member.model, member.server)


def _count(mode: Mode, wish: Wish, options: Options, named: int) -> int | None:
    """Return how many seats there are to be; None: one for each."""
    if wish.agents is not None and not 1 <= wish.agents <= MOST:
        raise UsageError(f"--agents should be a whole number from 1 to {MOST}, not {wish.agents}")
    if mode.seats != "copies":
        return wish.agents
    if wish.personas and not wish.team and "agents" not in options.model_fields_set:
        return named
    return int(getattr(options, "agents", named))


async def place(sitter: Sitter, number: int, wish: Wish, server: Server, backends: Backends) -> Place:
    """Return the persona bound to a server and a model: the person's word for it, the team's, its own, the
    run's `server` and model, in this order. Demo and local model speak for everybody. Raises RoundtableError.
    """
    persona = sitter.persona
    wanted = _of(persona, wish.models)
    if where := _of(persona, wish.servers):
        is_url = "://" in where
        chosen = await backends.server(name="" if is_url else where, base_url=where if is_url else "")
        return Place(persona, chosen, await backends.model(chosen, wanted, number))
    if wish.demo or wish.local:
        return Place(persona, server, await backends.model(server, wanted or wish.model, number))
    wanted = wanted or sitter.model
    name = sitter.server or persona.server
    if not name:
        return Place(
            persona, server, await backends.model(server, wanted or persona.model or wish.model, number)
        )
    own = await backends.server(name=name)
    # A persona's model is a model of the server it names; the run's model is one of the run's server.
    of_persona = persona.model if sitter.server.casefold() in ("", persona.server.casefold()) else ""
    of_run = wish.model if own is server else ""
    return Place(persona, own, await backends.model(own, wanted or of_persona or of_run, number))


def _of(persona: Persona, by_name: Mapping[str, str]) -> str:
    """Return what the person says of this persona, by its name in any case or by its key; "" for nothing."""
    folded = {name.casefold(): value for name, value in by_name.items()}
    return folded.get(persona.name.casefold()) or folded.get(persona.key) or ""
