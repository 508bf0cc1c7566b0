"""What speaks for a seat when a run begins: the server and the model that its persona is bound to."""

from __future__ import annotations

from collections.abc import Mapping

from roundtable_tui.files import Persona
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
