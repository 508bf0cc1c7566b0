"""The screens look at their files every second; here more often."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.screens.library import browser, file_watch


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to wait for what is polled."""
    monkeypatch.setattr(browser, "POLL_INTERVAL_S", 0.1)
    monkeypatch.setattr(file_watch, "POLL_INTERVAL_S", 0.1)
