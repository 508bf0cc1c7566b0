"""Quitting never waits for background work."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.background import run_in_background
from roundtable_tui.utils.shutdown import abandon_threads_at_exit


@pytest.fixture
def gate() -> Any:
    """An event that background work waits for; set after the test, so that its thread can end."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.timeout(60)
def test_quit_during_endless_background_work_ends_the_app(gate: threading.Event) -> None:
    app = RoundtableApp(RunRequest(demo=True), Settings())
    started = threading.Event()

    def work() -> None:
        started.set()
        gate.wait()

    async def press_quit(pilot: Any) -> None:
        run_in_background(app.screen, work, name="endless", thread=True)
        while not started.is_set():
            await asyncio.sleep(0)
        await pilot.press("ctrl+q")

    app.run(headless=True, auto_pilot=press_quit)
    assert not gate.is_set() and app.return_code == 0


@pytest.mark.timeout(60)
def test_abandon_threads_at_exit_loop_ends_while_a_thread_runs(gate: threading.Event) -> None:
    async def start() -> None:
        abandon_threads_at_exit()
        asyncio.get_running_loop().run_in_executor(None, gate.wait)

    asyncio.run(start())
    assert not gate.is_set()
