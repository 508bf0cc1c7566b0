"""Isolation of tests: an empty folder, a demo without delays, no discovered servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def found_here(monkeypatch: pytest.MonkeyPatch, servers: list[Any]) -> None:
    """Let discovery find these servers."""

    async def discover(*_: Any, **__: Any) -> list[Any]:
        return servers

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    monkeypatch.setenv("COLUMNS", "80")
    found_here(monkeypatch, [])
    return tmp_path
