"""The screens look at their files every second; here more often."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.screens.library import file_editor


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to wait for what is polled."""
    monkeypatch.setattr(file_editor, "POLL_INTERVAL_S", 0.1)
