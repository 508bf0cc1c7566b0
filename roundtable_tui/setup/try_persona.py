"""Try a persona: one answer to a question, by a real call, without a record."""

from __future__ import annotations

from roundtable_tui import modes
from roundtable_tui.engine.plan import Plan, SeatAssignment
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import Server
from roundtable_tui.resources import Persona
from roundtable_tui.setup.call_settings import call_settings
from roundtable_tui.setup.participants import Participant, assign_model
from roundtable_tui.setup.plan import create_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool

ModelTarget = tuple[Server, str]
"""A server, and a model on it."""


async def build_trial_run(
    persona: Persona,
    question: str,
    request: RunRequest,
    pool: ServerPool,
    target: ModelTarget | None = None,
) -> Run:
    """Return a run of mode `single` in which `persona` answers, without a record.

    Args:
        persona: the persona; it need not be saved.
        question: the question.
        request: where the answer comes from, unless `target` is given.
        pool: looks up the server and model.
        target: the server and model to use.

    Raises:
        RoundtableError: the server or model is not found.
    """
    mode = modes.get_mode("single")
    if target is None:
        server = await pool.get_requested_server(request)
        seat = await assign_model(Participant(persona), 0, request, server, pool)
    else:
        seat = SeatAssignment(persona, *target)
    settings = call_settings(request, pool, mode, seat.server)
    plan = Plan(mode=mode, question=question, options=mode.options(), assignments=(seat,), **settings)
    return create_run(plan, pool)
