"""What the screens about runs look like, from kept runs: no clock, no server, no chance."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Select

from roundtable_tui.config import Settings
from roundtable_tui.engine.record.recorder import EVENTS_FILE
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.replay.screen import ReplayScreen
from roundtable_tui.tui.screens.runs.fork import ForkScreen
from roundtable_tui.tui.screens.runs.screen import RunsScreen
from roundtable_tui.tui.widgets.lists.entry import TextField
from roundtable_tui.utils import dates
from tests.support.record_builder import copy_demo_run, cut_record, write_raw_record, write_run
from tests.support.waits import until

pytestmark = pytest.mark.usefixtures("preloaded")
WIDE, MEDIUM, SMALL = (160, 50), (80, 24), (60, 15)
PASSING = {"look", "follow", "preview"}
"""Work that comes to an end; that of a screen that is open lasts as long as the screen."""
NOON = 1795176000.0
Steps = Callable[[Pilot[Any]], Awaitable[None]]


@pytest.fixture(autouse=True)
def one_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is noon on a certain day in London."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(dates, "time", SimpleNamespace(time=lambda: NOON))
    yield
    monkeypatch.undo()
    time.tzset()


def app() -> RoundtableApp:
    return RoundtableApp(RunRequest(demo=True, mode="debate"), Settings(animations=False, discovery=False))


async def still(pilot: Pilot[Any]) -> None:
    """Nothing that comes to an end is under way."""
    for _ in range(2):
        await until(pilot, lambda: all(one.is_finished for one in pilot.app.workers if one.group in PASSING))
        await pilot.pause()


def opened(*keys: str, then: Steps | None = None) -> Steps:
    """Open the list of runs, and press keys there."""

    async def steps(pilot: Pilot[Any]) -> None:
        app = pilot.app
        await until(pilot, lambda: getattr(app.screen, "_run_view", None) is not None)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen) and app.screen.is_mounted)
        await still(pilot)
        await pilot.press(*keys)
        await still(pilot)
        if then:
            await then(pilot)
        await pilot.pause()

    return steps


def some() -> None:
    """Runs of all kinds."""
    copy_demo_run("roundtable", "20261101-120000-roundtable-a")
    copy_demo_run("pro", "20261102-120000-pro-b")
    write_run("Which wood for a garden gate?", mode="debate", status="failed", day=3, name="20261103-c")
    write_run("如何训练神经网络模型?", "x", "y", status="partial", day=4, name="20261104-d")
    cut_record(copy_demo_run("debate", "20261105-120000-debate-e"), "turn_finished")
    os.utime(write_raw_record("20261106-f", b"[]\n") / EVENTS_FILE, (NOON - 3600, NOON - 3600))


@pytest.mark.parametrize("size", [WIDE, MEDIUM, SMALL], ids=str)
def test_runs_screen_looks_right(snap_compare: Any, size: tuple[int, int]) -> None:
    some()
    assert snap_compare(app(), terminal_size=size, run_before=opened("down"))


@pytest.mark.parametrize("size", [WIDE, MEDIUM, SMALL], ids=str)
def test_replay_in_the_middle_looks_right(snap_compare: Any, size: tuple[int, int]) -> None:
    copy_demo_run("debate")

    async def middle(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen) and pilot.app.screen._is_open)
        await pilot.press("shift+left", "right", "right")
        for pane in pilot.app.screen.run_view.panes:  # type: ignore[attr-defined]
            pane.view.flush()

    assert snap_compare(app(), terminal_size=size, run_before=opened("enter", then=middle))


@pytest.mark.parametrize("size", [WIDE, MEDIUM, SMALL], ids=str)
def test_fork_screen_looks_right(snap_compare: Any, size: tuple[int, int]) -> None:
    copy_demo_run("debate")

    async def chosen(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, ForkScreen) and pilot.app.screen.is_mounted)
        form = pilot.app.screen
        form.query_one("#turn", Select).value = "harper.2"
        form.query_one("#answer", TextField).cursor_blink = False
        await until(pilot, lambda: form.query_one("#answer", TextField).text)

    assert snap_compare(app(), terminal_size=size, run_before=opened("f", then=chosen))
