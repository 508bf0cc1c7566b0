"""The screens look at their files every second; here more often."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.screens.shelf import screen, with_disk


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to wait for what is polled."""
    monkeypatch.setattr(screen, "LOOK_S", 0.1)
    monkeypatch.setattr(with_disk, "LOOK_S", 0.1)
