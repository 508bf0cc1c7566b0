"""Fixtures: an empty folder and a demo without delay."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.isolation import here  # noqa: F401


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    """Servers of a run: the demo without delay."""
    made = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    yield made
    await made.aclose()
