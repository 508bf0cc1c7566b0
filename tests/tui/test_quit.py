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
from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.tui.screens.dialogs.quit import QuitDialog
from roundtable_tui.utils.shutdown import abandon_threads_at_exit
from tests.support.fake_server import Reply


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


@pytest.mark.anyio
async def test_ctrl_c_says_which_key_quits(demo: Any) -> None:
    async with demo() as seated:
        await seated.pilot.press("ctrl+c", "ctrl+c")
        await seated.until(lambda: "ctrl+q quits" in seated.screen_text)
        assert seated.screen_text.count("ctrl+q quits") == 1
        assert seated.app.is_running


@pytest.mark.anyio
async def test_dialog_that_opens_late_waits_for_the_question_before_leaving(scripted: Any) -> None:
    answering = asyncio.Event()
    async with scripted(Reply("half", gate=answering), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: seated.fake.requests)
        await seated.pilot.press("ctrl+q")
        await seated.until(lambda: isinstance(seated.app.screen, QuitDialog))
        late = Picker("Late", [Item("a", "A")])
        run_in_background(seated.table, lambda: seated.app.push_screen_wait(late), name="late")
        for _ in range(5):
            await seated.pilot.pause()
        assert isinstance(seated.app.screen, QuitDialog), "the question is on top"
        await seated.pilot.press("escape")
        await seated.until(lambda: seated.app.screen is late)
