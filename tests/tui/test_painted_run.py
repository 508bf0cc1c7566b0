"""What the terminal shows of a run, while panes, card and dialogs come and go, is what the screen is."""

from __future__ import annotations

import asyncio
import random

import pytest
from textual.geometry import Size

from roundtable_tui.engine import events
from roundtable_tui.tui.widgets.run.status_bar import StatusBar
from roundtable_tui.tui.widgets.transcript import get_scheduler
from tests.support.painted import PaintedTerminal
from tests.support.pilot import kept

pytestmark = pytest.mark.anyio
SIZES = [(120, 40), (80, 24), (100, 30), (60, 15)]
KEYS = [
    "pageup",
    "home",
    "end",
    "z",
    "o",
    "b",
    "g",
    "1",
    "2",
    "0",
    "f1",
    "f12",
    "escape",
    "tab",
    "ctrl+g",
    "f6",
]


@pytest.mark.parametrize("mode", ["debate", "roundtable", "pro"])
async def test_terminal_during_a_run_shows_the_screen(demo, monkeypatch, mode: str) -> None:
    rng = random.Random(mode)
    terminal = PaintedTerminal(monkeypatch)
    terminal.resize(Size(*SIZES[0]))
    async with demo(SIZES[0]) as seated:
        app, pilot, table = seated.app, seated.pilot, seated.table
        await app.workers.wait_for_complete()
        recording, now = kept(mode), 0.0
        await (await table.open_run_view()).open_run(recording.header, lambda: now)
        table.add_class("-run")
        keys: list[str] = []
        for event in recording.events:
            now = event.t
            table.query_one(StatusBar).handle(event)
            if not isinstance(event, events.RunStarted):
                table.run_view.handle(event)
            if rng.random() < 0.2:
                table.run_view.tick()
                get_scheduler(app).flush_all()
            if rng.random() < 0.3:
                await asyncio.sleep(0)
            if rng.random() < 0.05:
                keys.append(rng.choice(KEYS))
                await pilot.press(keys[-1])
            if rng.random() < 0.02:
                size = rng.choice(SIZES)
                terminal.resize(Size(*size))
                await pilot.resize_terminal(*size)
            if rng.random() < 0.05 or isinstance(event, events.PhaseStarted | events.RunFinished):
                await terminal.settle(app, pilot)
                stale = terminal.find_stale_rows(app)
                assert not stale, "\n".join([f"after {keys[-4:]} and {event!r:.60}", *stale])
