"""A run that a lost server has ended is offered for resuming at the head of the screen."""

from __future__ import annotations

import pytest

from tests.support.fake_server import Reply

pytestmark = pytest.mark.anyio


async def test_run_lost_with_its_server_is_resumed_by_the_key_that_its_head_names(scripted):
    async with scripted(Reply(wire=b""), mode="single") as seated:
        await seated.ask()
        await seated.over()
        folder = seated.table.session.run.folder
        await seated.until(lambda: "ctrl+o resumes" in seated.screen_text, "the offer")
        seated.fake.script = "Oak."
        await seated.pilot.press("ctrl+o")
        await seated.until(lambda: "Oak." in seated.screen_text, "the lost turn was repeated")
        await seated.over()
        assert seated.table.session.run.folder == folder
        assert not seated.stage.offers_resume and seated.table.history.interrupted_run is None


async def test_run_refused_by_its_server_is_not_offered_for_resuming(scripted):
    async with scripted(Reply(status=401, body="no"), mode="single") as seated:
        await seated.ask()
        await seated.over()
        assert not seated.stage.offers_resume and seated.table.history.interrupted_run is None
