"""Who would sit at the table if a question were asked now, and what is said of who speaks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from roundtable_tui.config import Settings
from roundtable_tui.engine import Seat
from roundtable_tui.engine.calls import pricing
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Persona, PersonaLibrary
from roundtable_tui.setup.participants import Sitter
from roundtable_tui.setup.plan import find_mode, find_task
from roundtable_tui.setup.request import Wish
from roundtable_tui.setup.server_pool import Backends
from roundtable_tui.setup.stages import parts_of


@dataclass(frozen=True, slots=True)
class Voice:
    """A persona at the table; `own` is the model and server that are given to it, "" for the run's."""

    name: str
    role: str
    own: str
    said: bool
    """The person has said so, for this sitting; else its team or its file does."""
    captain: bool = False


def voices(wish: Wish, settings: Settings, environ: Mapping[str, str]) -> list[Voice]:
    """Return who would sit there, each persona once, the captain last. Raises RoundtableError."""
    task = find_task(wish.task)
    mode = find_mode(wish, task, settings)
    library = PersonaLibrary.load(wish.personas_dir, task.participants if task else None)
    found: list[Voice] = []
    for part in parts_of(mode, wish, task, settings, library, environ):
        found += [_voice(one, wish) for one in dict.fromkeys(part.seating.members)]
        if part.seating.captain:
            found.append(replace(_voice(part.seating.captain, wish), captain=True))
    return list({one.name: one for one in found}.values())


def _voice(sitter: Sitter, wish: Wish) -> Voice:
    persona = sitter.persona
    said = [by_name.get(persona.name, "") for by_name in (wish.models, wish.servers)]
    else_ = [sitter.model or persona.model, sitter.server or persona.server]
    own = said if any(said) else else_
    return Voice(persona.name, persona.role, " @ ".join(part for part in own if part), any(said))


def with_voice(wish: Wish, name: str, chosen: str) -> Wish:
    """Return the wish with `chosen` speaking for the persona `name`; "" for what would speak anyway.

    `chosen`: demo or local; server or url, where and model on lines of their own; or the name of a model.
    """
    models = {key: value for key, value in wish.models.items() if key != name}
    servers = {key: value for key, value in wish.servers.items() if key != name}
    kind, _, rest = chosen.partition("\n")
    where, _, model = rest.partition("\n")
    if kind in ("demo", "local") and not rest:
        servers[name] = kind
    elif kind in ("server", "url") and where:
        servers[name] = where
        models |= {name: model} if model else {}
    elif chosen.strip():
        models[name] = chosen.strip()
    return replace(wish, models=models, servers=servers)


async def voice_of(persona: Persona, seat: Seat, wish: Wish, backends: Backends) -> tuple[Server, str]:
    """Return what speaks for `persona` on the seat: what its file names, else what speaks there now.

    Raises RoundtableError.
    """
    if wish.demo or wish.local or not (persona.server or persona.model):
        return seat.server, seat.model
    server = await backends.server(name=persona.server) if persona.server else seat.server
    return await _ready(server, persona.model, seat, backends)


async def chosen_voice(chosen: str, seat: Seat, backends: Backends) -> tuple[Server, str]:
    """Return the server and model of a choice: demo or local, or server or url with where and model on
    lines of their own, else the name of a model on the seat's own server. Raises RoundtableError.
    """
    kind, _, rest = chosen.partition("\n")
    where, _, model = rest.partition("\n")
    match kind:
        case "demo" | "local":
            server = await backends.server(name=kind)
        case "server":
            server = await backends.server(name=where)
        case "url":
            server = await backends.server(base_url=where)
        case _:
            server, model = seat.server, chosen.strip()
    return await _ready(server, model, seat, backends)


async def _ready(server: Server, model: str, seat: Seat, backends: Backends) -> tuple[Server, str]:
    """Return the server and a model on it, with its price at hand if there may be one."""
    await pricing.ready([server])
    wanted = model or (seat.model if server is seat.server else "")
    return server, await backends.model(server, wanted)
