"""Fixtures of the tests of the proxy."""

from __future__ import annotations

import pytest

from roundtable_tui.proxy import streaming
from tests.support.isolation import here

__all__ = ["here"]


@pytest.fixture(autouse=True)
def patient_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let streams wait for their run, so that the status of an error does not depend on the load."""
    monkeypatch.setattr(streaming, "FIRST_BYTE_S", 5.0)
