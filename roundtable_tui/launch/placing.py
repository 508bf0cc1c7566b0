"""What speaks for a seat when a run begins: the server and the model that its persona is bound to."""

from __future__ import annotations

from roundtable_tui.launch.backends import Backends
from roundtable_tui.launch.seating import Sitter
from roundtable_tui.launch.wish import Wish
from roundtable_tui.llm.types import Server
from roundtable_tui.table.run import Place


async def place(sitter: Sitter, number: int, wish: Wish, server: Server, backends: Backends) -> Place:
    """Return the persona bound to a server and a model: the person's word for it, the team's, its own, the
    run's `server` and model, in this order. Demo and local model speak for everybody. Raises RoundtableError.
    """
    persona = sitter.persona
    by_name = {name.casefold(): model for name, model in wish.models.items()}
    wanted = by_name.get(persona.name.casefold()) or by_name.get(persona.key) or ""
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
