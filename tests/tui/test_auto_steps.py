"""Mode `auto` in the app: the captain's pane shows each step, and the report names it."""

from __future__ import annotations

import pytest

from roundtable_tui.setup.request import RunRequest
from tests.support.pilot import sitting

pytestmark = pytest.mark.anyio


async def test_run_of_auto_shows_each_step_in_the_captains_pane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    async with sitting(RunRequest("", demo=True, mode="auto", seed=4)) as app:
        await app.ask("What is 17 times 3?")
        await app.over()
        await app.pilot.press("escape", "0")
        await app.pilot.pause()
        shown = app.screen_text
        assert "2 answers differ, asking a third" in shown
        assert "5 answers 2:2:1: not settled, a debate follows" in shown
        assert shown.index("asking a third") < shown.index("a debate follows")
