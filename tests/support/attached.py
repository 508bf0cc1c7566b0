"""Runs with attachments on the demo, and what their prompts hold."""

from __future__ import annotations

from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.run import Run
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool


async def ask_with(pool: ServerPool, question: str, *attachments: Any, **wish: Any) -> Run:
    """Return an executed run of a question with attachments, on the demo and recorded."""
    given = {"demo": True, "mode": "single", **wish}
    run = await build_run(RunRequest(question=question, attachments=attachments, **given), pool)
    await run.execute()
    return run


def turn_texts(run: Run) -> list[str]:
    """Return the system prompt, if it is new, and the prompt of each turn."""
    queued = (event for event in run.events if isinstance(event, events.TurnQueued))
    return [f"{event.system or ''}\n{event.prompt}" for event in queued]
