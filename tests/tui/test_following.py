"""A narrow screen shows who speaks, until the person chooses; words that came too late are told."""

from __future__ import annotations

import asyncio

import pytest

from roundtable_tui.engine import events
from roundtable_tui.tui.widgets.run.pane_layout import SPEAKING_STATES
from roundtable_tui.tui.widgets.run.seat_tabs import SeatTabs
from tests.support.fake_server import Reply
from tests.support.pilot import Small, kept, play
from tests.support.state_runs import make_seats_at_work

pytestmark = pytest.mark.anyio


def captain_speaks(event: events.Event) -> bool:
    return isinstance(event, events.AnswerDelta) and event.seat == "captain"


async def test_pane_layout_follows_speaker_until_pane_is_chosen(demo):
    async with demo(size=Small) as seated:
        await seated.pilot.app.workers.wait_for_complete()
        run = kept("debate")
        await play(seated.pilot, run, captain_speaks)
        stage = seated.stage
        second = stage.active
        assert second is not None and second.state in SPEAKING_STATES and second is not stage.panes[0]
        stage.choose_pane(stage.panes[0], focus=False)
        heard = [event for event in run.events if isinstance(event, events.TurnStarted)][-1]
        stage.handle(heard)
        assert stage.active is stage.panes[0], "the person has chosen"
        stage.panes[0].view.focus()
        await seated.pilot.pause()
        await seated.pilot.press("a")
        await seated.pilot.pause()
        assert stage.follows_speaker and stage.active is second and seated.table.prompt.has_focus


async def test_prompt_undelivered_message_is_restored(scripted):
    gate = asyncio.Event()
    async with scripted(Reply("half a", gate=gate), size=Small, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: len(seated.fake.requests) >= 3)
        seated.table.prompt.text = "@all [/] and what of the roof?"
        await seated.pilot.press("enter", "f8")
        await seated.over()
        await seated.until(
            lambda: seated.table.prompt.text.endswith("[/] and what of the roof?"), "given back"
        )
        assert seated.table.session.run.table.controls.undelivered() == ["[/] and what of the roof?"]
        gate.set()


async def test_seat_tabs_of_many_seats_show_the_active_one_and_reach_all(demo):
    async with demo(size=Small) as seated:
        await seated.pilot.app.workers.wait_for_complete()
        await play(seated.pilot, make_seats_at_work(12))
        stage, tabs = seated.stage, seated.stage.query_one(SeatTabs)
        for pane in stage.panes:
            stage.choose_pane(pane, focus=False)
            await seated.pilot.pause()
            row = seated.screen_text.splitlines()[tabs.region.y]
            assert f"{pane.identity.number}  {pane.seat_name} {pane.state_sign}" in row
        assert row.startswith("…") and all(tabs.locate_tab(pane.seat) for pane in stage.panes)
