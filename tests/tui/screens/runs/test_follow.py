"""A run that another process carries is listed, opened and followed, read-only, from its record."""

from __future__ import annotations

import pytest

from roundtable_tui.engine.record.recorder import Recorder
from roundtable_tui.tui.screens.replay import screen as replay_screen
from roundtable_tui.tui.screens.runs import screen as runs_screen
from roundtable_tui.utils import paths
from tests.support.record_builder import run_events
from tests.tui.screens.runs.test_runs_screens import sitting

pytestmark = pytest.mark.anyio


async def test_run_of_another_process_is_listed_with_its_client_and_followed_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay_screen, "FOLLOW_INTERVAL_S", 0.05)
    monkeypatch.setattr(runs_screen, "REFRESH_INTERVAL_S", 0.05)
    header, *later = run_events("Of storks?", answer="They fly.", client="openai (Python)")
    folder = paths.make_private_dir(paths.runs_dir() / "other")
    async with sitting((160, 50)) as seated:
        await seated.open_runs()
        recorder = Recorder(folder)
        recorder(header)
        await seated.until(lambda: "openai (Python): Of storks?" in seated.text, "the new run is listed")
        assert "●" in seated.text
        await seated.until(lambda: "asked by openai (Python)" in seated.text, "the preview")
        replay = await seated.open_replay()
        assert "They fly." not in seated.text
        for event in later:
            recorder(event)
        recorder.close()
        await seated.until(lambda: "They fly." in seated.text, "the answer is shown")
        await seated.until(lambda: replay._following is not None and not replay._following._task, "it stops")
