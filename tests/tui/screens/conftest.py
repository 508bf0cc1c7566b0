"""Fixtures of the screen tests."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.screens.library import file_editor


@pytest.fixture(autouse=True)
def fast_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll files more often than every second."""
    monkeypatch.setattr(file_editor, "POLL_INTERVAL_S", 0.1)
