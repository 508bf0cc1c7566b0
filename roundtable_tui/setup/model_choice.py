"""Who would sit at the table if a question were asked now, and what is said of who speaks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from roundtable_tui.config import Settings
from roundtable_tui.engine import Seat
from roundtable_tui.engine.calls import pricing
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Persona, PersonaLibrary
from roundtable_tui.setup.participants import Participant
from roundtable_tui.setup.plan import find_mode, find_task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.setup.stages import plan_stages


@dataclass(frozen=True, slots=True)
class PersonaModel:
    """A persona at the table; `own` is the model and server that are given to it, "" for the run's."""

    name: str
    role: str
    model_label: str
    is_explicit: bool
    """The person has said so, for this sitting; else its team or its file does."""
    captain: bool = False


def list_persona_models(
    request: RunRequest, settings: Settings, environ: Mapping[str, str]
) -> list[PersonaModel]:
    """Return who would sit there, each persona once, the captain last. Raises RoundtableError."""
    task = find_task(request.task)
    mode = find_mode(request, task, settings)
    library = PersonaLibrary.load(request.personas_dir, task.participants if task else None)
    found: list[PersonaModel] = []
    for part in plan_stages(mode, request, task, settings, library, environ):
        found += [_to_persona_model(one, request) for one in dict.fromkeys(part.participants.members)]
        if part.participants.captain:
            found.append(replace(_to_persona_model(part.participants.captain, request), captain=True))
    return list({one.name: one for one in found}.values())


def _to_persona_model(participant: Participant, request: RunRequest) -> PersonaModel:
    persona = participant.persona
    said = [by_name.get(persona.name, "") for by_name in (request.models, request.servers)]
    else_ = [participant.model or persona.model, participant.server or persona.server]
    own = said if any(said) else else_
    return PersonaModel(persona.name, persona.role, " @ ".join(part for part in own if part), any(said))


def apply_choice(request: RunRequest, name: str, choice: str) -> RunRequest:
    """Return the wish with `chosen` speaking for the persona `name`; "" for what would speak anyway.

    `chosen`: demo or local; server or url, where and model on lines of their own; or the name of a model.
    """
    models = {key: value for key, value in request.models.items() if key != name}
    servers = {key: value for key, value in request.servers.items() if key != name}
    kind, _, rest = choice.partition("\n")
    where, _, model = rest.partition("\n")
    if kind in ("demo", "local") and not rest:
        servers[name] = kind
    elif kind in ("server", "url") and where:
        servers[name] = where
        models |= {name: model} if model else {}
    elif choice.strip():
        models[name] = choice.strip()
    return replace(request, models=models, servers=servers)


async def resolve_persona_model(
    persona: Persona, seat: Seat, request: RunRequest, backends: ServerPool
) -> tuple[Server, str]:
    """Return what speaks for `persona` on the seat: what its file names, else what speaks there now.

    Raises RoundtableError.
    """
    if request.demo or request.local or not (persona.server or persona.model):
        return seat.server, seat.model
    server = await backends.get_server(name=persona.server) if persona.server else seat.server
    return await _with_price(server, persona.model, seat, backends)


async def resolve_choice(choice: str, seat: Seat, backends: ServerPool) -> tuple[Server, str]:
    """Return the server and model of a choice: demo or local, or server or url with where and model on
    lines of their own, else the name of a model on the seat's own server. Raises RoundtableError.
    """
    kind, _, rest = choice.partition("\n")
    where, _, model = rest.partition("\n")
    match kind:
        case "demo" | "local":
            server = await backends.get_server(name=kind)
        case "server":
            server = await backends.get_server(name=where)
        case "url":
            server = await backends.get_server(base_url=where)
        case _:
            server, model = seat.server, choice.strip()
    return await _with_price(server, model, seat, backends)


async def _with_price(server: Server, model: str, seat: Seat, backends: ServerPool) -> tuple[Server, str]:
    """Return the server and a model on it, with its price at hand if there may be one."""
    await pricing.load_prices([server])
    wanted = model or (seat.model if server is seat.server else "")
    return server, await backends.choose_model(server, wanted)
