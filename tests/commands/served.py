"""The scripted server in a thread of its own; and what is found here."""

from __future__ import annotations

from typing import Any

import pytest
from fake.thread import served

__all__ = ["found_here", "served"]


def found_here(monkeypatch: pytest.MonkeyPatch, servers: list[Any]) -> None:
    """Have these servers found on this machine."""

    async def discover(*_: Any, **__: Any) -> list[Any]:
        return servers

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
