"""Pictures of the bundled tasks at three sizes, with one of them open."""

from __future__ import annotations

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.library.tasks.list import TasksScreen
from tests.support.paths import ROOT
from tests.support.pilot import Medium, Small, Wide


@pytest.mark.parametrize("size", [Wide, Medium, Small], ids=str)
def test_task_tree_with_open_task_looks_same(snap_compare, size, monkeypatch):
    monkeypatch.chdir(ROOT)

    async def opened(pilot):
        await pilot.press("f6")
        for _ in range(3000):
            screen = pilot.app.screen
            if isinstance(screen, TasksScreen) and screen.query("#list") and screen.row is not None:
                break
            await pilot.pause(0.05)
        await pilot.press("down", "right")
        for _ in range(3000):
            if "Questions" in screen.query_one("#known").shown.plain:
                break
            await pilot.pause(0.05)
        await pilot.pause()

    app = RoundtableApp(RunRequest(demo=True, mode="debate"), Settings(animations=False, discovery=False))
    assert snap_compare(app, terminal_size=size, run_before=opened)
