"""A run in stages: the panes of the one that runs are shown, the others are a key away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord, read_record
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.screens.replay.screen import ReplayScreen
from roundtable_tui.tui.widgets.run.pane_groups import make_pane_groups
from roundtable_tui.tui.widgets.run.run_panes import RunPanes
from roundtable_tui.tui.widgets.run.stage_tabs import StageTabs
from roundtable_tui.tui.widgets.run.status_bar import StatusBar
from tests.support.pilot import play
from tests.support.record_builder import SEATS, header_event

pytestmark = pytest.mark.anyio

TASK = """[[stages]]
mode = "pro"
options = { agents = 2 }
[[stages]]
mode = "vote"
options = { agents = 3 }
[[stages]]
mode = "debate"
options = { max_rounds = 1 }
"""


async def recorded(session, here: Path) -> RunRecord:
    """Return a run in three stages, on the demo."""
    (here / "task").mkdir()
    (here / "task" / "questions.txt").write_text("Which?")
    (here / "task" / "task.toml").write_text(TASK)
    run = await build_run(RunRequest(task=str(here / "task"), demo=True, seed=4), session.backends)
    await run.execute()
    assert run.folder is not None
    return read_record(run.folder)


def ids(stage: RunPanes) -> list[str]:
    return [pane.seat for pane in stage.all_panes if pane.display]


def row(stage: RunPanes) -> str:
    return str(stage.query_one(StageTabs).content)


def rest(stage: RunPanes, every: Sequence[events.Event], after: events.Event) -> None:
    for event in every[every.index(after) + 1 :]:
        stage.handle(event)


async def test_run_view_pipeline_shows_panes_of_each_stage(demo, tmp_path):
    async with demo() as seated:
        await seated.pilot.app.workers.wait_for_complete()
        session = seated.table.session
        record = await recorded(session, tmp_path)
        second = next(e for e in record.events if isinstance(e, events.PhaseStarted) and e.stage == 2)

        await play(seated.pilot, record, lambda event: event is second)
        stage = seated.stage
        assert ids(stage) == ["2-voter-1", "2-voter-2", "2-voter-3"], "the teller is a strip"
        assert "1 pro ✓" in row(stage) and "2 vote ●" in row(stage) and "3 debate ○" in row(stage)
        assert "stage 2 of 3: vote" in str(seated.table.query_one(StatusBar).content)

        stage.panes[0].view.focus()
        await seated.pilot.press("left_square_bracket")
        assert ids(stage) == ["1-candidate-1", "1-candidate-2"]
        assert "Result of stage 1: see above" in stage.panes[-1].view.copy_text()
        assert stage.get_numbered_pane(0) is stage.panes[-1] and stage.head.seat == "2-teller"
        rest(stage, record.events, second)
        await seated.pilot.pause()
        assert ids(stage)[0] == "1-candidate-1", "who reads an earlier stage is not taken away from it"
        assert "3 debate ✓" in row(stage) and stage.head.seat == "3-captain"
        places = [pane.seat for pane, place in stage.list_jump_targets() if place and pane not in stage.panes]
        assert places == ["2-voter-1", "3-harper"], "a letter on the names of the other stages"
        await seated.pilot.press("right_square_bracket", "right_square_bracket", "right_square_bracket")
        assert [pane.seat for pane in stage.panes] == ["3-harper", "3-benjamin", "3-lucas", "3-captain"]
        assert "Answer" in stage.head.view.copy_text()

        stage.set_narrow(True)
        assert ids(stage) == ["3-harper"]
        await seated.pilot.pause()
        await seated.pilot.click(StageTabs, offset=(4, 0))
        assert len(ids(stage)) == 1 and ids(stage)[0].startswith("1-")

        replay = ReplayScreen(session, record)
        seated.pilot.app.push_screen(replay)
        await seated.until(lambda: any(stage.has_class("-over") for stage in replay.query(RunPanes)))
        assert ids(replay.run_view)[0].startswith("3-"), "as it ended"
        replay.action_to_start()
        assert ids(replay.run_view)[0] == "1-candidate-1" and "1 pro ○" in row(replay.run_view)


@pytest.mark.parametrize("rows", ["none", [None, "pro"], [3, {"mode": "vote"}]])
async def test_make_pane_groups_of_damaged_stages_have_their_panes(rows):
    seats = tuple({**seat, "stage": stage} for stage, seat in enumerate(SEATS[:2], 1))
    groups = make_pane_groups(
        header_event("Which?", mode="pipeline", seats=seats, options={"stages": rows}), clock
    )
    assert [[pane.seat for pane in group.seats] for group in groups] == [[seat["seat"]] for seat in seats]


def clock() -> float:
    return 0.0
