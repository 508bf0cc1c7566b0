"""An app at a scripted table, and a way to wait for what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui import preload
from tests.support import fast_textual, large_pieces, steady_pilot
from tests.support.fake_server import FakeServer, Script
from tests.support.pilot import Sitting, Wide, sitting

fast_textual.install()
steady_pilot.install()


@pytest.fixture(autouse=True)
def _large_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    large_pieces.install(monkeypatch)


@pytest.fixture
def preloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The styles of all screens are read at the start of an app, as outside of tests."""
    monkeypatch.setattr(preload, "preload_screens", fast_textual.preload_screens)


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """A sitting with the demo, which answers at once."""
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")

    def open_(size: tuple[int, int] = Wide, **wish: object):
        return sitting(RunRequest(demo=True, seed=7, **wish), size)  # type: ignore[arg-type]

    return open_


@pytest.fixture
def scripted() -> Callable[..., object]:
    """A sitting with a scripted server."""

    @asynccontextmanager
    async def open_(script: Script, size: tuple[int, int] = Wide, **wish: object) -> AsyncIterator[Sitting]:
        async with FakeServer(script) as fake:
            async with sitting(RunRequest(base_url=fake.url, model="m", **wish), size, fake=fake) as seated:  # type: ignore[arg-type]
                yield seated
            await asyncio.sleep(0)

    return open_
