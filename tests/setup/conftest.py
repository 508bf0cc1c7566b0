"""Fixtures: an empty folder, a demo without delay, no discovered servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.engine.plan import Plan
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.isolation import here  # noqa: F401

Planned = Callable[..., Awaitable[Plan]]


@pytest.fixture
def plan() -> Planned:
    """Return a function that plans a run of a request, on the demo unless it names a server."""

    async def planned(settings: Settings | None = None, **wish: Any) -> Plan:
        if not {"server", "base_url", "local"} & wish.keys():
            wish["demo"] = True
        pool = ServerPool(settings or Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
        try:
            return (await build_run(RunRequest(**{"question": "Which?", **wish}), pool)).plan
        finally:
            await pool.aclose()

    return planned
