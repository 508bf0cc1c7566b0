"""Equal requests share a run, retries get the finished answer, and the last listener that leaves cancels."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roundtable_tui.history.reader import read_run
from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.running.active_runs import MAX_KEPT, ActiveRuns, fingerprint
from roundtable_tui.proxy.running.pieces import RunEnd
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply
from tests.support.proxy import Proxied, ask, proxied, until_true

pytestmark = pytest.mark.anyio


async def test_equal_requests_join_one_run_while_it_is_active() -> None:
    gate = asyncio.Event()
    async with FakeServer(Reply("yes", gate=gate)) as fake, proxied(fake) as one:
        first = asyncio.create_task(one.post(ask(), Authorization="Bearer none"))
        await fake.seen(1)
        second = asyncio.create_task(one.openai.chat.completions.create(**ask(), stream=True))
        other = asyncio.create_task(one.post(ask("Another question?")))
        await fake.seen(2)
        await until_true(lambda: sum(run._listeners for run in one.proxy.runs._runs) == 3)
        gate.set()
        status, body = await first
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in await second])
        await other
        assert (status, body["choices"][0]["message"]["content"], text) == (200, "yes", "yes")
        assert len(fake.requests) == 2


async def test_equal_request_with_another_key_has_its_own_run() -> None:
    gate = asyncio.Event()
    async with FakeServer(Reply("yes", gate=gate)) as fake, proxied(fake) as one:
        tasks = [
            asyncio.create_task(one.post(ask(), Authorization=f"Bearer {name}")) for name in ("ada", "bo")
        ]
        await fake.seen(2)
        gate.set()
        await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("headers", "calls"),
    [
        ({}, 2),  # Regenerate: the same question on purpose.
        ({"x-stainless-retry-count": "0"}, 2),
        ({"x-stainless-retry-count": "1"}, 1),
    ],
)
async def test_repeated_request_gets_the_finished_answer_only_as_a_retry(
    headers: dict[str, str], calls: int
) -> None:
    async with FakeServer("yes") as fake, proxied(fake) as one:
        await one.post(ask())
        status, body = await one.post(ask(), **headers)
        assert (status, body["choices"][0]["message"]["content"]) == (200, "yes")
        assert len(fake.requests) == calls


async def test_repeated_request_with_its_idempotency_key_gets_the_finished_answer() -> None:
    async with FakeServer("yes") as fake, proxied(fake) as one:
        for name in ("a", "a", "b"):
            assert (await one.post(ask(), **{"Idempotency-Key": name}))[0] == 200
        assert len(fake.requests) == 2


@pytest.mark.parametrize("model", ["roundtable/single", "roundtable/vote:agents=3"])
@pytest.mark.parametrize("is_stream", [True, False])
async def test_last_listener_that_leaves_cancels_the_run(model: str, is_stream: bool) -> None:
    async with FakeServer(Reply("one two", stall_after=1)) as fake, proxied(fake) as one:
        tasks = [asyncio.create_task(_read(one, ask(model=model, stream=is_stream))) for _ in range(2)]
        seen = await fake.seen(1)
        await until_true(lambda: sum(run._listeners for run in one.proxy.runs._runs) == 2)
        tasks[0].cancel()
        await asyncio.wait({tasks[0]})
        await until_true(lambda: sum(run._listeners for run in one.proxy.runs._runs) == 1)
        assert not seen.ended.is_set()
        tasks[1].cancel()
        await seen.ended.wait()
        assert seen.left_early
        await until_true(lambda: not len(one.proxy.runs))
        (folder,) = paths.runs_dir().iterdir()
        end = read_run(folder).run_finished
        assert end is not None and end.status == "cancelled"


async def _read(one: Proxied, body: Any) -> str:
    async with one.http.post(one.url + "/chat/completions", json=body) as response:
        return await response.text()


async def test_panels_over_the_limit_are_refused_with_a_time_to_wait() -> None:
    gate = asyncio.Event()
    async with FakeServer(Reply("yes", gate=gate)) as fake, proxied(fake, max_runs=1) as one:
        first = asyncio.create_task(one.post(ask(model="roundtable/vote:agents=1")))
        await fake.seen(1)
        async with one.http.post(
            one.url + "/chat/completions", json=ask("More?", model="roundtable/vote:agents=1")
        ) as response:
            assert response.status == 429 and int(response.headers["Retry-After"]) > 0
        single = asyncio.create_task(one.post(ask()))
        await fake.seen(2)  # One call is no panel.
        gate.set()
        assert [(await first)[0], (await single)[0]] == [200, 200]


async def test_answer_whose_connection_broke_is_given_once_more() -> None:
    runs, ran = ActiveRuns(2), 0

    async def work(emit: Any, begin: Any) -> RunEnd:
        nonlocal ran
        ran += 1
        return RunEnd(answer=str(ran))

    async def request(*, delivered: bool) -> str:
        run = runs.join_or_start("same", work, is_panel=True, is_retry=False)
        run.listen()
        end = await run.wait_end()
        run.leave(delivered=delivered)
        assert end is not None
        return end.answer

    assert await request(delivered=False) == "1"
    assert await request(delivered=True) == "1"
    assert await request(delivered=True) == "2"


async def test_request_after_the_last_listener_has_left_is_a_new_run_even_at_the_limit() -> None:
    runs, answers = ActiveRuns(1), iter(("old", "new"))

    async def work(emit: Any, begin: Any) -> RunEnd:
        answer = next(answers)
        if answer == "old":
            await asyncio.Event().wait()
        return RunEnd(answer=answer)

    old = runs.join_or_start("same", work, is_panel=True, is_retry=False)
    old.listen()
    await asyncio.sleep(0)
    old.leave(delivered=False)  # It is being cancelled: to join it would be to get nothing.
    new = runs.join_or_start("same", work, is_panel=True, is_retry=True)
    new.listen()
    end = await new.wait_end()
    assert new is not old and end is not None and end.answer == "new"
    assert await old.wait_end() is None and len(runs) == 0


async def test_kept_answers_are_limited_in_number() -> None:
    runs = ActiveRuns(2)

    async def work(emit: Any, begin: Any) -> RunEnd:
        return RunEnd(answer="x")

    for number in range(MAX_KEPT + 20):
        await runs.join_or_start(str(number), work, is_panel=True, is_retry=False).wait_end()
    assert len(runs._kept) == MAX_KEPT and len(runs) == 0


async def test_failed_run_is_not_kept() -> None:
    runs = ActiveRuns(2)

    async def work(emit: Any, begin: Any) -> RunEnd:
        return RunEnd(error=ProxyError(502, "no"))

    await runs.join_or_start("a", work, is_panel=True, is_retry=False).wait_end()
    assert not runs._kept


def test_fingerprint_ignores_the_transport_but_not_the_question() -> None:
    def of(**fields: Any) -> str:
        return fingerprint("key", fields)

    assert of(a=1, stream=True, stream_options={}) == of(stream=False, a=1) != of(a=2)
    assert of(a=1) != fingerprint("other", {"a": 1})
