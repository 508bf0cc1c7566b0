"""An app at a scripted table, and a way to wait for what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from fake.server import FakeServer, Script
from textual.pilot import Pilot

from roundtable_tui.config import Settings
from roundtable_tui.setup.request import Wish
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.main.screen import TableScreen
from roundtable_tui.tui.widgets.run.run_view import Stage

Wide, Medium, Small = (160, 50), (80, 24), (60, 15)


@dataclass
class Sitting:
    """An app under test."""

    app: RoundtableApp
    pilot: Pilot[int]
    fake: FakeServer | None = None

    @property
    def table(self) -> TableScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, TableScreen)
        return screen

    @property
    def stage(self) -> Stage:
        return self.table.stage

    def text(self, seat: str) -> str:
        """All that a seat's pane holds."""
        pane = self.stage.by_seat(seat)
        assert pane is not None
        return pane.view.copy_text()

    async def until(self, true: Callable[[], object], what: str = "") -> None:
        """Wait until something is so; a minute is a hang."""
        for _ in range(1200):
            if true():
                return
            await self.pilot.pause(0.05)
        raise AssertionError(f"never came about: {what or true}")

    async def ask(self, question: str = "What is best?") -> None:
        """Type a question and send it; return when the panes stand."""
        self.table.prompt.focus()
        self.table.prompt.text = question
        await self.pilot.press("enter")
        await self.until(lambda: self.table.has_class("-run"), "a run began")

    async def over(self) -> None:
        """Wait for the end of the run."""
        await self.until(lambda: self.table.session.run and self.table.session.run.result, "the run ended")
        await self.pilot.pause()

    @property
    def screen_text(self) -> str:
        """The screen as lines of text."""
        return "\n".join(
            "".join(segment.text for segment in strip)
            for strip in self.app.screen._compositor.render_strips()
        )


@asynccontextmanager
async def sitting(
    wish: Wish, size: tuple[int, int] = Wide, settings: Settings | None = None, fake: FakeServer | None = None
) -> AsyncIterator[Sitting]:
    app = RoundtableApp(wish, settings or Settings(animations=False, discovery=False))
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        seated = Sitting(app, pilot, fake)
        await pilot.pause()
        yield seated


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """A sitting with the demo, which answers at once."""
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")

    def open_(size: tuple[int, int] = Wide, **wish: object):
        return sitting(Wish(demo=True, seed=7, **wish), size)  # type: ignore[arg-type]

    return open_


@pytest.fixture
def scripted() -> Callable[..., object]:
    """A sitting with a scripted server."""

    @asynccontextmanager
    async def open_(script: Script, size: tuple[int, int] = Wide, **wish: object) -> AsyncIterator[Sitting]:
        async with FakeServer(script) as fake:
            async with sitting(Wish(base_url=fake.url, model="m", **wish), size, fake=fake) as seated:  # type: ignore[arg-type]
                yield seated
            await asyncio.sleep(0)

    return open_
