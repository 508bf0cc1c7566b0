"""What each state of the main screen looks like, at three sizes, from scripted events.

One app per state is made smaller twice. No clock, no server and no order of arrival has a part in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from textual.screen import Screen

from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.reports.report import make_report
from roundtable_tui.reports.stats import compute_stats
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.conversation import describe_run
from roundtable_tui.tui.screens.dialogs.board import BoardScreen
from roundtable_tui.tui.screens.dialogs.help import HelpScreen
from roundtable_tui.tui.screens.dialogs.palette import CommandPicker
from roundtable_tui.tui.screens.dialogs.stats import StatsScreen
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.run import run_panes
from roundtable_tui.tui.widgets.thread_view import ThreadView
from roundtable_tui.tui.widgets.transcript import StreamView
from tests.support import state_runs
from tests.support.pilot import Sitting, play, sitting

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("preloaded")]
SIZES = ((160, 50), (120, 40), (80, 24))


@asynccontextmanager
async def opened(run: RunRecord | None = None) -> AsyncIterator[Sitting]:
    """The main screen once its start-up is over, with a run in it."""
    mode = run.header.mode if run else "debate"
    async with sitting(RunRequest(demo=True, mode=mode), SIZES[0]) as seated:
        await seated.app.workers.wait_for_complete()
        seated.table.prompt.cursor_blink = False
        with pytest.MonkeyPatch.context() as patch:
            if run is not None:
                patch.setattr(
                    run_panes, "MAX_PANES_PER_TICK", 100
                )  # The panes after the eighth follow later.
                await play(seated.pilot, run)
                is_running = run.run_finished is None
                patch.setattr(Session, "is_running", property(lambda _: is_running))  # The keys depend on it.
                seated.table.update_choices()
                seated.table.refresh_bindings()
            yield seated


async def draw(seated: Sitting) -> None:
    """Let every view make and draw its lines."""
    for _ in range(2):
        await seated.pilot.pause()
        for view in seated.app.screen.query(StreamView):
            view.flush()
    await seated.pilot.pause()


async def compare(seated: Sitting, snapshot: Any) -> None:
    """Compare a picture at each size."""
    for size in SIZES:
        await seated.pilot.resize_terminal(*size)
        await seated.app.workers.wait_for_complete()
        await draw(seated)
        name = f"{size[0]}x{size[1]}"
        assert snapshot(name=name, extension_class=SVGImageExtension) == seated.app.export_screenshot()


async def show(seated: Sitting, kind: type[Screen[Any]]) -> None:
    """Wait until a dialog is shown, and stop its cursors."""
    await seated.until(lambda: isinstance(seated.app.screen, kind) and seated.app.screen.is_mounted)
    await seated.pilot.pause()
    for field in seated.app.screen.query("Input"):
        field.cursor_blink = False  # type: ignore[attr-defined]


async def test_main_screen_welcome_looks_right(snapshot: Any) -> None:
    async with opened() as seated:
        await compare(seated, snapshot)


@pytest.mark.parametrize("count", [1, 3, 5, 8, 12])
async def test_main_screen_seats_at_work_look_right(snapshot: Any, count: int) -> None:
    async with opened(state_runs.make_seats_at_work(count)) as seated:
        await compare(seated, snapshot)


RUNS: dict[str, Callable[[], RunRecord]] = {
    "answer": state_runs.make_debate,
    "talk": state_runs.make_talk,
    "loop": state_runs.make_loop,
    "fanout": state_runs.make_fanout,
    "chain": state_runs.make_chain,
}


@pytest.mark.parametrize("state", RUNS)
async def test_main_screen_run_looks_right(snapshot: Any, state: str) -> None:
    async with opened(RUNS[state]()) as seated:
        await compare(seated, snapshot)


async def test_thread_of_three_questions_looks_right(snapshot: Any) -> None:
    run = state_runs.make_debate()
    report = make_report(run.events)
    asked = ("What does our deployment need to do?", "Which tools do that already?")
    earlier = [
        describe_run(Path(f"run-{number}"), replace(report, question=question))
        for number, question in enumerate(asked)
    ]
    async with opened(run) as seated:
        seated.table.query_one(ThreadView).show(earlier)
        await compare(seated, snapshot)


async def test_board_of_debate_looks_right(snapshot: Any) -> None:
    async with opened(state_runs.make_debate()) as seated:
        await seated.pilot.press("escape", "b")
        await show(seated, BoardScreen)
        await seated.until(lambda: "round 2" in seated.screen_text)
        await compare(seated, snapshot)


async def test_report_of_debate_with_change_of_mind_looks_right(snapshot: Any) -> None:
    run = state_runs.make_debate()
    stats = compute_stats(run.events)
    async with opened(run) as seated:
        seated.app.push_screen(StatsScreen(lambda: stats))
        await show(seated, StatsScreen)
        await seated.until(lambda: "Board" in seated.screen_text)
        await compare(seated, snapshot)


async def test_command_palette_looks_right(snapshot: Any) -> None:
    async with opened(state_runs.make_debate()) as seated:
        await seated.pilot.press("ctrl+p")
        await show(seated, CommandPicker)
        await compare(seated, snapshot)


async def test_help_of_main_screen_looks_right(snapshot: Any) -> None:
    async with opened(state_runs.make_debate()) as seated:
        await seated.pilot.press("f1")
        await show(seated, HelpScreen)
        await compare(seated, snapshot)
