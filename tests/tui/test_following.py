"""A narrow screen shows who speaks, until the person chooses; words that came too late are told."""

from __future__ import annotations

import asyncio

import pytest

from roundtable_tui.engine import events
from roundtable_tui.tui.widgets.run.pane_layout import SPEAKING_STATES
from tests.support.fake_server import Reply
from tests.support.pilot import Small, kept, play

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
