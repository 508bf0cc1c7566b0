"""Fixtures of the screen tests."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.screens import disk_poll


@pytest.fixture(autouse=True)
def fast_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll files more often than every second."""
    monkeypatch.setattr(disk_poll, "POLL_INTERVAL_S", 0.1)
