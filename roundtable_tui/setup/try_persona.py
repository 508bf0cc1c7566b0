"""A persona tried out: one answer of it to a question, by a real call, with nothing kept."""

from __future__ import annotations

import secrets

from roundtable_tui import modes
from roundtable_tui.engine.run import Plan, Run, SeatAssignment
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Persona
from roundtable_tui.setup.budget import budget_limits
from roundtable_tui.setup.participants import Participant, assign_model
from roundtable_tui.setup.plan import DEFAULT_LOCAL_MAX_TOKENS, resolve_limits
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import RetryLimitedClient, ServerPool

ModelTarget = tuple[Server, str]
"""A server, and a model there."""


async def build_trial_run(
    persona: Persona,
    question: str,
    request: RunRequest,
    backends: ServerPool,
    target: ModelTarget | None = None,
) -> Run:
    """Return a run of mode `single` without a record, in which `persona` answers as it is, saved or not.

    It is asked where the next run would ask it, or with `voice` there. Raises RoundtableError.
    """
    mode = modes.get_mode("single")
    if target is None:
        server = await backends.get_server(
            name=request.server,
            base_url=request.base_url,
            demo=request.demo,
            local=request.local,
            seed=request.seed or 0,
        )
        bound = await assign_model(Participant(persona), 0, request, server, backends)
    else:
        bound = SeatAssignment(persona, *target)
    budget, max_cost = budget_limits(request, backends.settings)
    plan = Plan(
        mode=mode,
        question=question,
        options=mode.options(),
        assignments=(bound,),
        seed=secrets.randbelow(2**31) if request.seed is None else request.seed,
        send_seed=request.seed is not None,
        limits=resolve_limits(request.limits, backends.settings, mode, backends.environ),
        max_tokens=request.max_tokens or (DEFAULT_LOCAL_MAX_TOKENS if bound.server.name == "local" else None),
        budget=budget,
        max_cost=max_cost,
    )
    return Run(plan, RetryLimitedClient(backends))
