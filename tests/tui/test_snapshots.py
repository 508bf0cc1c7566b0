"""What the main states look like, at three sizes, from kept runs: no clock, no server, no chance."""

from __future__ import annotations

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.widgets.transcript import StreamView
from tests.support.pilot import Medium, Small, Wide, kept, play


def app() -> RoundtableApp:
    return RoundtableApp(RunRequest(demo=True, mode="debate"), Settings(animations=False, discovery=False))


async def settled(pilot) -> None:
    """The first frame and the look around are over, and nothing blinks."""
    await pilot.pause()
    pilot.app.screen.prompt.cursor_blink = False
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def after(seconds: float):
    return lambda event: event.t >= seconds


@pytest.mark.parametrize("size", [Wide, Medium, Small], ids=str)
def test_main_screen_empty_state_looks_right(snap_compare, size):
    async def ready(pilot):
        await settled(pilot)

    assert snap_compare(app(), terminal_size=size, run_before=ready)


@pytest.mark.parametrize("size", [Wide, Medium, Small], ids=str)
def test_main_screen_running_debate_looks_right(snap_compare, size):
    async def flowing(pilot):
        await settled(pilot)
        await play(pilot, kept("debate"), after(2.5))

    assert snap_compare(app(), terminal_size=size, run_before=flowing)


async def drawn(pilot):
    """Let every view make and draw its lines."""
    for _ in range(3):
        await pilot.pause()
        for view in pilot.app.screen.query(StreamView):
            view.flush()
    await pilot.pause()


@pytest.mark.parametrize("size", [Wide, Medium, Small], ids=str)
def test_main_screen_verdict_and_answer_look_right(snap_compare, size):
    async def over(pilot):
        await settled(pilot)
        await play(pilot, kept("debate"))
        if size != Wide:
            pilot.app.screen.action_go_to(0)
        await drawn(pilot)

    assert snap_compare(app(), terminal_size=size, run_before=over)


def test_main_screen_discussion_looks_right(snap_compare):
    async def over(pilot):
        await settled(pilot)
        await play(
            pilot, kept("roundtable"), lambda e: isinstance(e, events.TurnFinished) and e.turn.endswith(".2")
        )
        await drawn(pilot)

    assert snap_compare(app(), terminal_size=Wide, run_before=over)


def test_main_screen_candidates_and_merge_look_right(snap_compare):
    async def over(pilot):
        await settled(pilot)
        await play(pilot, kept("pro"))
        await drawn(pilot)

    assert snap_compare(app(), terminal_size=Wide, run_before=over)
