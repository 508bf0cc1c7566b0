"""What the torture tests share, and what they measure: kept in reports, printed after `make torture`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.stress.fork_server import Nursery
from tests.support.stress.runs import FULL


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where processes come from that may be killed: one, for it costs as much as a hundred of them."""
    with Nursery() as one:
        yield one


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Keep a figure: seconds are shown as milliseconds, anything else in the unit it is given."""

    def keep(what: str, figure: float, *, unit: str = "s") -> None:
        shown = f"{figure * 1000:.0f} ms" if unit == "s" else f"{figure:,.1f} {unit}".strip()
        record_property(f"measured: {what}", shown)

    return keep


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the figures."""
    if not FULL:
        return
    terminalreporter.section("measured")
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name.startswith("measured: ") and report.when == "call":
                terminalreporter.line(f"{name.removeprefix('measured: ')}: {value}")
