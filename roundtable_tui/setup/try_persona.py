"""A persona tried out: one answer of it to a question, by a real call, with nothing kept."""

from __future__ import annotations

import secrets

from roundtable_tui import modes
from roundtable_tui.engine.run import Place, Plan, Run
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Persona
from roundtable_tui.setup.budget import allowed
from roundtable_tui.setup.participants import Sitter, place
from roundtable_tui.setup.plan import LOCAL_MAX_TOKENS, limits
from roundtable_tui.setup.request import Wish
from roundtable_tui.setup.server_pool import Backends, RunClient

Voice = tuple[Server, str]
"""A server, and a model there."""


async def trial(
    persona: Persona, question: str, wish: Wish, backends: Backends, voice: Voice | None = None
) -> Run:
    """Return a run of mode `single` without a record, in which `persona` answers as it is, saved or not.

    It is asked where the next run would ask it, or with `voice` there. Raises RoundtableError.
    """
    mode = modes.get("single")
    if voice is None:
        server = await backends.server(
            name=wish.server, base_url=wish.base_url, demo=wish.demo, local=wish.local, seed=wish.seed or 0
        )
        bound = await place(Sitter(persona), 0, wish, server, backends)
    else:
        bound = Place(persona, *voice)
    budget, max_cost = allowed(wish, backends.settings)
    plan = Plan(
        mode=mode, question=question, options=mode.options(), places=(bound,),
        seed=secrets.randbelow(2**31) if wish.seed is None else wish.seed, send_seed=wish.seed is not None,
        limits=limits(wish.limits, backends.settings, mode, backends.environ),
        max_tokens=wish.max_tokens or (LOCAL_MAX_TOKENS if bound.server.name == "local" else None),
        budget=budget, max_cost=max_cost,
    )  # fmt: skip
    return Run(plan, RunClient(backends))
