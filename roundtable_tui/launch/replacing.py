"""Who is to speak for a seat while its run goes on: a server and a model, from what a person has chosen."""

from __future__ import annotations

from roundtable_tui.files import Persona
from roundtable_tui.launch.backends import Backends
from roundtable_tui.launch.wish import Wish
from roundtable_tui.llm.types import Server
from roundtable_tui.table import Seat, prices


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
    await prices.ready([server])
    wanted = model or (seat.model if server is seat.server else "")
    return server, await backends.model(server, wanted)
