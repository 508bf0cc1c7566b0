"""From what a person asks for to a run that is ready to start."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import Any

from pydantic import ValidationError

from roundtable_tui import modes, paths
from roundtable_tui.errors import UsageError
from roundtable_tui.files import Persona, PersonaLibrary, Task, TaskLibrary
from roundtable_tui.launch.backends import Backends
from roundtable_tui.launch.wish import Wish
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.settings import Settings, nearest
from roundtable_tui.table import Mode, Options
from roundtable_tui.table.run import Place, Plan, Run, new_run_id
from roundtable_tui.text import one_line

CAPTAIN = "captain"
LOCAL_MAX_TOKENS = 320
"""The embedded model rambles; its answers are kept short unless the person says otherwise."""


async def prepare(wish: Wish, backends: Backends) -> Run:
    """Look up everything `wish` names and return the run. Raises RoundtableError with one line."""
    settings = backends.settings
    task = TaskLibrary.load().get(wish.task) if wish.task else None
    mode = modes.get(wish.mode or (task.mode if task else "") or settings.mode)
    question = wish.question or (task.questions[0] if task and task.questions else "")
    if not question.strip():
        raise UsageError("there is no question", hint="Give one, or a task that has one")
    server = await backends.server(
        name=wish.server, base_url=wish.base_url, demo=wish.demo, local=wish.local
    )
    options = mode_options(mode, wish, task, settings)
    library = PersonaLibrary.load(wish.personas_dir)
    team, personas, captain = seated(mode, wish, task, settings, library, options)
    places = [await place(persona, n, wish, server, backends) for n, persona in enumerate(personas)]
    run_id = new_run_id(mode.name)
    plan = Plan(
        mode=mode, question=question.strip(), options=options, places=tuple(places),
        captain=await place(captain, len(places), wish, server, backends) if captain else None,
        task=task, team=team, seed=secrets.randbelow(2**31) if wish.seed is None else wish.seed,
        send_seed=wish.seed is not None, limits=limits(wish, settings),
        max_tokens=wish.max_tokens or (LOCAL_MAX_TOKENS if server.name == "local" else None), run_id=run_id,
    )  # fmt: skip
    return Run(plan, backends.client, folder=wish.folder or paths.runs_dir() / run_id)


def mode_options(mode: Mode, wish: Wish, task: Task | None, settings: Settings) -> Options:
    """Return the mode's options: the person's before the task's before the settings' before its own."""
    given: dict[str, Any] = dict(settings.options.get(mode.name, {}))
    if task and (not task.mode or task.mode == mode.name):
        given |= task.options
    given |= wish.options
    fields = mode.options.model_fields
    if wish.agents is not None and "agents" in fields:
        given["agents"] = wish.agents
    for name in given:
        if name not in fields:
            hint = nearest(name, fields, "It has")
            raise UsageError(f"mode {mode.name} has no option {one_line(name, 60)}", hint=hint)
    try:
        return mode.options.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        shown = one_line(str(first["input"]), 60)
        raise UsageError(f"option {name} of mode {mode.name}: {first['msg']} (it is {shown})") from None


def seated(
    mode: Mode, wish: Wish, task: Task | None, settings: Settings, library: PersonaLibrary, options: Options
) -> tuple[str, Sequence[Persona], Persona | None]:
    """Return the team's name, who has a seat in it, and who is captain."""
    captain = wish.captain
    if wish.personas:
        team_name, names = "", list(wish.personas)
    elif task and task.participants and not wish.team:
        team_name, names = task.name, []
    else:
        same_mode = settings.mode == mode.name
        team_name = wish.team or (task.team if task else "") or (settings.team if same_mode else "") or mode.team
        team = library.team(team_name).team
        names, captain = list(team.members), captain or team.captain
    members = [library.get(name).persona for name in names] or list(task.participants if task else ())
    if mode.captain and not captain:
        captain = CAPTAIN
    count = getattr(options, "agents", None) if mode.seats == "copies" else wish.agents
    if count:
        members = list(islice(cycle(members), count))
    return team_name, members, library.get(captain).persona if captain else None


async def place(persona: Persona, number: int, wish: Wish, server: Server, backends: Backends) -> Place:
    """Bind a persona to its own server and model, or to the run's."""
    wanted = wish.models.get(persona.name) or wish.models.get(persona.name.casefold()) or ""
    if persona.server and not (wish.demo or wish.local):
        server = await backends.server(name=persona.server)
    if server.name == "demo" and not (wanted or wish.model):
        listed = await backends.models(server)
        return Place(persona, server, listed[number % len(listed)])
    own = persona.model if not (wish.demo or wish.local) else ""
    return Place(persona, server, await backends.model(server, wanted or own or wish.model))


def limits(wish: Wish, settings: Settings) -> Limits:
    """Return the clocks of every call."""
    given: Mapping[str, float] = wish.limits
    return Limits(
        connect_s=settings.limits.connect,
        first_token_s=given.get("first_token", settings.limits.first_token),
        idle_s=given.get("idle", settings.limits.idle),
        turn_s=given.get("turn", settings.limits.turn),
    )
