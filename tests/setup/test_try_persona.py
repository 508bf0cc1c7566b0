"""Trying a persona with one real call and no record."""

from __future__ import annotations

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.errors import UsageError
from roundtable_tui.resources import Persona
from roundtable_tui.setup.open_run import build_trial_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer

pytestmark = pytest.mark.anyio

ADA = Persona(name="Ada", creativity=0.25, max_tokens=40, prompt="You are Ada, unsaved.")


async def test_build_trial_run_asks_the_persona_and_records_nothing() -> None:
    async with FakeServer() as fake:
        pool = ServerPool(Settings(budget=10_000), {})
        run = await build_trial_run(
            ADA, "Who are you?", RunRequest(base_url=fake.url, model="m", task="not there"), pool
        )
        result = await run.execute()
        await pool.aclose()
        sent = fake.requests[0].body
    assert result.status == "complete" and result.answer.text
    assert [m["content"] for m in sent["messages"]] == ["You are Ada, unsaved.", "Who are you?"]
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("m", 0.25, 40)
    assert run.folder is None and run.plan.budget == 10_000
    assert not paths.runs_dir().exists()


async def test_build_trial_run_uses_own_model_or_the_target() -> None:
    async with FakeServer() as fake:
        pool = ServerPool(Settings(), {})
        wish = RunRequest(base_url=fake.url, model="of-the-run")
        own = ADA.model_copy(update={"model": "own"})
        place = (await build_trial_run(own, "?", wish, pool)).plan.assignments[0]
        assert place.model == "own"
        seat = (place.server, "of-the-seat")
        assert (await build_trial_run(own, "?", wish, pool, seat)).plan.assignments[0].model == "of-the-seat"
        await pool.aclose()


async def test_build_trial_run_without_server_raises_one_line() -> None:
    with pytest.raises(UsageError, match="there is no server to ask"):
        await build_trial_run(ADA, "?", RunRequest(), ServerPool(Settings(), {}))
    with pytest.raises(UsageError, match="no server called nowhere"):
        own = ADA.model_copy(update={"server": "nowhere"})
        await build_trial_run(
            own, "?", RunRequest(base_url="http://127.0.0.1:1/v1", model="m"), ServerPool(Settings(), {})
        )
