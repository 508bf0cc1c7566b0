"""What these tests stand on: a folder as it was downloaded, and private files beside it that it is after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.strangers import SECRET


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a downloaded one. The home folder lies beside it."""

    async def discover(*_: Any, **__: Any) -> list[Any]:
        return []

    folder, home = tmp_path / "downloaded", tmp_path / "me"
    folder.mkdir()
    home.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
    return folder


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A private file, outside the downloaded folder."""
    path = tmp_path / "me" / "id_rsa"
    path.write_text(SECRET)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder outside the downloaded one that nothing may be written to."""
    path = tmp_path / "me" / "elsewhere"
    path.mkdir()
    return path
