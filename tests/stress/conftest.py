"""Fixtures of the stress tests, and their measurements, which are printed after `make torture`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.stress.fork_server import Nursery
from tests.support.torture import FULL


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """The fork server that starts processes to be killed: only one, because starting it is slow."""
    with Nursery() as one:
        yield one


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Store a measurement: seconds are shown as milliseconds, everything else in its own unit."""

    def keep(what: str, figure: float, *, unit: str = "s") -> None:
        shown = f"{figure * 1000:.0f} ms" if unit == "s" else f"{figure:,.1f} {unit}".strip()
        record_property(f"measured: {what}", shown)

    return keep


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the measurements."""
    if not FULL:
        return
    terminalreporter.section("measured")
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name.startswith("measured: ") and report.when == "call":
                terminalreporter.line(f"{name.removeprefix('measured: ')}: {value}")
