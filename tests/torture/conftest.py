"""What the torture tests measure is kept, and printed by `make torture`."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest


@pytest.fixture
def measured(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> Callable[..., None]:
    """Keep a figure: seconds are shown as milliseconds, anything else in the unit it is given."""

    def keep(what: str, figure: float, *, unit: str = "s") -> None:
        record_property(what, round(figure, 3))
        if os.environ.get("ROUNDTABLE_TORTURE"):
            shown = f"{figure * 1000:.0f} ms" if unit == "s" else f"{figure:,.1f} {unit}".strip()
            with capsys.disabled():
                print(f"\n  {what}: {shown}")

    return keep
