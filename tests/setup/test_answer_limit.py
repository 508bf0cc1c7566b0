"""The limit of an answer and the size of a context, from settings and flags to the run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.engine.events import RunResumed
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.errors import UsageError
from roundtable_tui.reports.report import make_report
from roundtable_tui.reports.report.sections import describe_report
from roundtable_tui.setup import resume
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ResumeRequest, RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.fake_server import FakeServer, Reply

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    made = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    yield made
    await made.aclose()


async def test_answer_limit_comes_from_request_before_settings(pool: ServerPool) -> None:
    request = RunRequest("Which?", demo=True, mode="single")
    assert (await build_run(request, pool)).plan.limits.answer_tokens == 32_768
    pool.update_settings(Settings(answer_tokens=5000))
    assert (await build_run(request, pool)).plan.limits.answer_tokens == 5000
    given = RunRequest("Which?", demo=True, mode="single", answer_tokens=70)
    run = await build_run(given, pool)
    assert run.plan.limits.answer_tokens == 70
    assert run.build_header().calls["answer_tokens"] == 70
    with pytest.raises(UsageError, match="--answer-tokens should be 1 or more, not 0"):
        await build_run(RunRequest("Which?", demo=True, mode="single", answer_tokens=0), pool)


async def test_resume_with_a_higher_limit_completes_a_run_of_stopped_answers(
    pool: ServerPool, tmp_path: Path
) -> None:
    long = Reply(pieces=[f"{n} " for n in range(1000)], burst=True)
    async with FakeServer(long) as fake:
        request = RunRequest("Which?", base_url=fake.url, model="m", mode="single", answer_tokens=300)
        run = await build_run(request, pool)
        result = await run.execute()
        assert (result.status, result.incomplete) == ("partial", True) and run.folder is not None
        again = await resume.resume(ResumeRequest(run.folder, answer_tokens=3000), pool)
        assert (await again.execute()).status == "complete"
    resumed = [event for event in read_record(run.folder).events if isinstance(event, RunResumed)]
    assert [event.answer_tokens for event in resumed] == [3000]
    report = make_report(read_record(run.folder).events)
    assert report.usage.answer_limit == 3000
    end = read_record(run.folder).run_finished
    assert end is not None and end.answer.split()[-1] == "999" and not end.incomplete


async def test_resume_with_max_tokens_asks_again_for_cut_answers(pool: ServerPool) -> None:
    def script(request: dict[str, int], nth: int) -> Reply:
        return Reply(text="whole") if request["max_tokens"] > 50 else Reply(text="ha", finish_reason="length")

    async with FakeServer(script) as fake:
        request = RunRequest("Which?", base_url=fake.url, model="m", mode="single", max_tokens=10)
        run = await build_run(request, pool)
        assert (await run.execute()).status == "partial" and run.folder is not None
        again = await resume.resume(ResumeRequest(run.folder, max_tokens=100), pool)
        result = await again.execute()
        assert (result.status, result.answer.text) == ("complete", "whole")
        assert [seen.body["max_tokens"] for seen in fake.requests] == [10, 100]


async def test_context_of_a_server_in_the_settings_reaches_its_calls() -> None:
    home = ServerSettings("home", "http://127.0.0.1:9/v1", model="m", context=2048)
    async with ServerPool(Settings(servers={"home": home}), {}) as pool:
        server = await pool.get_server(name="home")
        assert (server.context, pool.client.context_window(server, "m")) == (2048, 2048)


async def test_context_is_known_from_the_list_of_models(pool: ServerPool) -> None:
    models = {"data": [{"id": "m", "max_model_len": 4096}, {"id": "other"}]}
    async with FakeServer("Yes.", models_reply=Reply(body=models)) as fake:
        server = await pool.get_server(base_url=fake.url)
        assert pool.client.context_window(server, "m") is None
        await pool.list_models(server)
        assert pool.client.context_window(server, "m") == 4096
        assert pool.client.context_window(server, "other") is None


async def test_report_says_the_limit_that_held_for_each_seat(pool: ServerPool) -> None:
    async with FakeServer("It is 4.") as fake:
        home = ServerSettings("home", fake.url, model="m", context=2048)
        pool.update_settings(Settings(servers={"home": home}))
        for asked, expected in (
            (RunRequest("Which?", server="home", mode="single"), (2048, "context")),
            (RunRequest("Which?", server="home", mode="single", max_tokens=300), (300, "max_tokens")),
            (RunRequest("Which?", server="home", mode="single", answer_tokens=900), (900, "answer_tokens")),
        ):
            run = await build_run(asked, pool)
            await run.execute()
            assert run.folder is not None
            report = make_report(read_record(run.folder).events)
            (seat,) = report.usage.seats
            assert (seat.answer_limit, seat.limited_by) == expected
            assert report.usage.answer_limit == (asked.answer_tokens or 32_768)
            (usage,) = [section for section in describe_report(report) if section.title == "Usage"]
            said = "\n".join(usage.lines)
            assert f"about {report.usage.answer_limit:,} tokens" in said
            is_own = expected[1] == "answer_tokens"
            assert (f"  {seat.name}: {expected[0]:,} tokens, " in said) is not is_own


async def test_resumed_run_reports_the_new_limit_for_the_seats_asked_again(pool: ServerPool) -> None:
    long = Reply(pieces=[f"{n} " for n in range(1000)], burst=True)
    async with FakeServer(long) as fake:
        request = RunRequest("Which?", base_url=fake.url, model="m", mode="single", answer_tokens=300)
        run = await build_run(request, pool)
        await run.execute()
        assert run.folder is not None
        before = make_report(read_record(run.folder).events).usage
        assert [(one.answer_limit, one.limited_by) for one in before.seats] == [(300, "answer_tokens")]
        again = await resume.resume(ResumeRequest(run.folder, answer_tokens=3000), pool)
        await again.execute()
    after = make_report(read_record(run.folder).events).usage
    assert [one.answer_limit for one in after.seats] == [3000] == [after.answer_limit]
