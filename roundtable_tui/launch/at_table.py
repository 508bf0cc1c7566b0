"""Who would sit at the table if a question were asked now, and what is said of who speaks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from roundtable_tui.files import PersonaLibrary
from roundtable_tui.launch.parts import parts_of
from roundtable_tui.launch.prepare import find_mode, find_task
from roundtable_tui.launch.seating import Sitter
from roundtable_tui.launch.wish import Wish
from roundtable_tui.settings import Settings


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
