"""The app on a full or read-only home: runs end with their answers, and what cannot be saved is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui import config
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.screens.runs.screen import RunsScreen
from roundtable_tui.utils import paths
from tests.support.pilot import Sitting, sitting
from tests.support.record_builder import write_run
from tests.support.stress.small_disk import full_disk, read_only, small_disk

pytestmark = pytest.mark.anyio
FAULTS = {"full": full_disk, "read-only": read_only}
WARNINGS = {"full": "the run continues without saving", "read-only": "this run is not recorded"}


def shown(seated: Sitting) -> str:
    """Return the screen and all notices as one line."""
    notices = " ".join(one.message for one in seated.app._notifications)
    return " ".join(f"{seated.screen_text} {notices}".split())


@pytest.mark.parametrize("fault", FAULTS)
async def test_app_on_a_home_that_cannot_be_written_answers_and_says_what_is_not_saved(
    roundtable_home: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    with small_disk(roundtable_home, "2m") as mounted:
        write_run("What is a bridge?", name="20261101-000001-pro-aaa")
        (roundtable_home / "settings.toml").write_text('mode = "single"\nagents = 3\n')
        before = (roundtable_home / "settings.toml").read_text()
        with FAULTS[fault](roundtable_home, mounted=mounted):
            async with sitting(RunRequest(demo=True), (120, 40), config.load()) as seated:
                await seated.ask()
                await seated.over()
                assert seated.table.session.run.result.answer.text
                await seated.until(lambda: WARNINGS[fault] in shown(seated))
                seated.app.theme = "nord"
                await seated.pilot.pause()
                assert seated.app.theme == "nord"
                await seated.pilot.press("f10")
                await seated.until(lambda: isinstance(seated.app.screen, RunsScreen))
                await seated.until(lambda: "What is a bridge?" in seated.screen_text)
                await seated.pilot.press("escape")
                await seated.until(lambda: seated.app.screen is seated.table)
        assert (roundtable_home / "settings.toml").read_text() == before
        assert not paths.data_dir().joinpath("cache", "roundtable.log").exists()
