"""What keeps a test to itself: an empty folder, a demo that does not wait, no server found by chance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def found_here(monkeypatch: pytest.MonkeyPatch, servers: list[Any]) -> None:
    """Have these servers found on this machine."""

    async def discover(*_: Any, **__: Any) -> list[Any]:
        return servers

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder a test is in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    monkeypatch.setenv("COLUMNS", "80")
    found_here(monkeypatch, [])
    return tmp_path
