"""Batches on fake servers: resuming, errors, interruption, several servers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import config
from roundtable_tui.batch.progress import load_state
from roundtable_tui.batch.results_file import read_rows
from roundtable_tui.batch.runner import Batch, BatchOptions
from roundtable_tui.batch.servers import BatchServerPool, ServerBalancer
from roundtable_tui.errors import FileError, NoAnswerError
from roundtable_tui.setup.request import RunRequest
from tests.support.fake_server import FakeServer, Reply, error

pytestmark = pytest.mark.anyio


def write_tasks(folder: Path, tasks: Iterable[dict[str, Any]]) -> Path:
    path = folder / "tasks.jsonl"
    path.write_text("".join(json.dumps(task) + "\n" for task in tasks))
    return path


def questions(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"q{number}", "question": f"Question {number}?", **more} for number in range(count)]


async def run_batch(
    source: Path,
    *fakes: FakeServer,
    slots: int = 4,
    on_batch: Callable[[Batch], object] = lambda batch: None,
    mode: str = "single",
    out: str = "out",
    **options: Any,
) -> Batch:
    """Run a batch to its end; the servers are named s0, s1, ..."""
    servers = {
        f"s{n}": config.ServerSettings(name=f"s{n}", base_url=fake.url, concurrency=slots)
        for n, fake in enumerate(fakes)
    }
    settings = config.Settings(servers=servers, discovery=False)
    async with BatchServerPool(settings, {}) as pool:
        balancer = ServerBalancer(pool, RunRequest(mode=mode, model="fake"), tuple(servers))
        await balancer.prepare()
        batch = Batch(source, balancer, source.parent / out, BatchOptions(**options))
        await batch.prepare()
        on_batch(batch)
        await batch.run()
    return batch


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return list(read_rows(folder / "out" / "results.jsonl"))


async def test_batch_every_task_has_a_row_and_a_record(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, [*questions(5), {"id": "v", "question": "A or B?", "mode": "vote"}])
    async with FakeServer("A") as fake:
        batch = await run_batch(source, fake)
    rows = {row["id"]: row for row in rows_of(tmp_path)}
    assert sorted(rows) == ["q0", "q1", "q2", "q3", "q4", "v"]
    assert all(row["ok"] and row["answer"] == "A" for row in rows.values()) and rows["v"]["agreement"] == 1
    assert all((tmp_path / "out" / row["run_folder"] / "events.jsonl").is_file() for row in rows.values())
    state = load_state(tmp_path / "out")
    assert (state.status, state.done, state.failed, state.left) == ("finished", 6, 0, 0)
    assert state.tokens == sum(row["prompt_tokens"] + row["completion_tokens"] for row in rows.values())
    assert batch.counter.tokens == state.tokens > 0


async def test_batch_started_again_pays_only_for_what_is_new(tmp_path: Path) -> None:
    async with FakeServer("A") as fake:
        await run_batch(write_tasks(tmp_path, questions(3)), fake)
        await run_batch(write_tasks(tmp_path, questions(3)), fake)
        assert len(fake.requests) == 3
        # Other order, another id, one more, and the same question again as a further run.
        changed = [{"question": "Question 2?"}, *questions(2), {"question": "New?"}, {"question": "New?"}]
        batch = await run_batch(write_tasks(tmp_path, changed), fake)
        assert len(fake.requests) == 5
        assert [fake.requests[n].user.count("New?") for n in (3, 4)] == [1, 1]
        assert (batch.counter.done, batch.counter.total) == (5, 5)
        await run_batch(write_tasks(tmp_path, questions(1)), fake, mode="vote")
        assert len(fake.requests) > 5, "another mode is another run"


async def test_batch_errors_are_rows_and_are_run_again_on_request(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, [*questions(3), {"id": "bad", "question": "Bad?"}])
    is_broken = True

    def reply(request: dict[str, Any], nth: int) -> Reply:
        is_bad = is_broken and "Bad?" in str(request["messages"])
        return error(400, "the prompt is refused") if is_bad else Reply("fine")

    async with FakeServer(reply) as fake:
        batch = await run_batch(source, fake)
        failed = [row for row in rows_of(tmp_path) if not row["ok"]]
        assert [row["id"] for row in failed] == ["bad"] and "refused" in failed[0]["error"]
        assert batch.counter.failed == 1 and batch.get_state().left == 0
        is_broken, asked = False, len(fake.requests)
        await run_batch(source, fake)
        assert len(fake.requests) == asked, "a failed run is finished too"
        batch = await run_batch(source, fake, retry_errors=True)
        assert len(fake.requests) == asked + 1 and batch.counter.failed == 0
        assert rows_of(tmp_path)[-1]["id"] == "bad" and rows_of(tmp_path)[-1]["ok"]
        batch = await run_batch(source, fake)
        assert (batch.counter.done, batch.counter.failed) == (4, 0), "the last row of a key counts"


async def test_batch_first_twenty_alike_end_it(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, questions(200))
    async with FakeServer(error(401, "no such key")) as fake:
        with pytest.raises(NoAnswerError, match="first 20 runs all failed"):
            await run_batch(source, fake)
        assert len(fake.requests) < 40
    assert load_state(tmp_path / "out").status == "failed"


async def test_batch_wrong_tasks_are_named_before_anything_is_paid(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, [*questions(1), {"question": "x", "mode": "debat"}, {"question": ""}])
    async with FakeServer("A") as fake:
        with pytest.raises(FileError, match=r"line 3: has neither.*task 2:.*debate|task 2:.*debate"):
            await run_batch(source, fake)
        assert not fake.requests
        batch = await run_batch(source, fake, skip_bad=True)
        assert len(fake.requests) == batch.counter.total == 1 and len(batch.problems) == 2


async def test_batch_budget_ends_it_and_a_larger_one_continues(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, questions(12))
    reply = Reply("A", usage={"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100})
    async with FakeServer(reply) as fake:
        batch = await run_batch(source, fake, slots=2, budget=500)
        assert batch.is_over_budget and 5 <= batch.counter.done <= 6
        batch = await run_batch(source, fake, slots=2, budget=10_000)
        assert batch.counter.done == len(fake.requests) == 12


async def test_batch_stop_request_finishes_active_runs_only(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, questions(12))
    gate = asyncio.Event()
    async with FakeServer(Reply("A", gate=gate)) as fake:
        batches: list[Batch] = []
        task = asyncio.create_task(run_batch(source, fake, slots=3, on_batch=batches.append))
        await fake.seen(3)
        batches[0].stop_requested = True
        gate.set()
        batch = await task
        assert batch.counter.done == len(fake.requests) == len(rows_of(tmp_path)) == 3
    assert load_state(tmp_path / "out").status == "stopped"


async def test_batch_cancelled_and_started_again_repeats_no_finished_call(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, questions(2, mode="debate", options={"max_rounds": 1}))
    gate = asyncio.Event()

    def reply(request: dict[str, Any], nth: int) -> Reply:
        return Reply("The answer is A.", gate=gate if nth > 3 else None)

    async with FakeServer(reply) as fake:
        task = asyncio.create_task(run_batch(source, fake, slots=2))
        await fake.seen(4)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
        await run_batch(source, fake, slots=2)
        asked = Counter((seen.system, str(seen.body["messages"])) for seen in fake.requests)
        assert sum(count > 1 for count in asked.values()) <= 2, "at most the calls in flight"
        assert max(asked.values()) == 2
    assert [row["ok"] for row in rows_of(tmp_path)] == [True, True]


async def test_batch_servers_share_runs_and_a_run_stays_with_one(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, questions(24, mode="vote", options={"agents": 3}))
    async with FakeServer("A") as one, FakeServer("A") as two:
        await run_batch(source, one, two, slots=4)
        asked = [{seen.user for seen in fake.requests} for fake in (one, two)]
        assert not asked[0] & asked[1], "all calls of a run go to one server"
        assert min(map(len, asked)) >= 8
        assert max(one.most_at_once, two.most_at_once) <= 4
        assert {row["server"] for row in rows_of(tmp_path)} == {"s0", "s1"}
        count = len(one.requests)
        await run_batch(source, two, slots=4)
        assert len(one.requests) == count and len(rows_of(tmp_path)) == 24, "keys do not depend on servers"


async def test_batch_slow_server_gets_fewer_runs(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, questions(20))
    gate = asyncio.Event()

    def count(request: dict[str, Any], nth: int) -> Reply:
        if nth >= 18:
            gate.set()
        return Reply("A")

    async with FakeServer(Reply("A", gate=gate)) as slow, FakeServer(count) as fast:
        await run_batch(source, slow, fast, slots=2)
        assert (len(slow.requests), len(fast.requests)) == (2, 18)


async def test_batch_overloaded_server_gets_fewer_calls_at_once(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, questions(30))
    limits: list[int] = []

    def reply(request: dict[str, Any], nth: int) -> Reply:
        return error(429, "slow down", headers={"retry-after": "0"}) if nth <= 8 else Reply("A")

    def watch(batch: Batch) -> None:
        batch.on_row = lambda row: limits.append(batch.get_state().servers[0].limit)

    async with FakeServer(reply) as fake:
        batch = await run_batch(source, fake, slots=8, on_batch=watch)
    assert batch.counter.failed == 0 and min(limits) < 8
    assert limits[-1] > min(limits), "raised again as calls succeed"


async def test_batch_server_that_goes_away_loses_no_run(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, questions(10))
    async with FakeServer("A") as one:
        two = FakeServer(Reply("A", cut_after=0))
        await two.__aenter__()

        def close(batch: Batch) -> None:
            two._server.close()  # type: ignore[union-attr]

        batch = await run_batch(source, one, two, slots=2, on_batch=close)
        await two.__aexit__()
    assert (batch.counter.done, batch.counter.failed) == (10, 0)
    assert {row["server"] for row in rows_of(tmp_path)} == {"s0"}


async def test_batch_openai_lines_come_back_in_their_format(tmp_path: Path) -> None:
    lines = [
        {"custom_id": name, "method": "POST", "url": "/v1/chat/completions",
         "body": {"model": model, "messages": [{"role": "user", "content": f"{name}?"}]}}
        for name, model in (("ok", "roundtable/vote:agents=3"), ("bad", "roundtable/single"))
    ]  # fmt: skip

    def reply(request: dict[str, Any], nth: int) -> Reply:
        return error(400, "not this one") if "bad?" in str(request["messages"]) else Reply("B")

    async with FakeServer(reply) as fake:
        await run_batch(write_tasks(tmp_path, lines), fake)
    output = list(read_rows(tmp_path / "out" / "output.jsonl"))
    by_id = {line["custom_id"]: line for line in output}
    body = by_id["ok"]["response"]["body"]
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "B"}
    assert body["model"] == "roundtable/vote:agents=3" and body["usage"]["total_tokens"] > 0
    assert by_id["bad"]["response"] is None and "not this one" in by_id["bad"]["error"]["message"]
    assert len(output) == 2


async def test_batch_answer_that_a_token_limit_ended_says_so_in_both_formats(tmp_path: Path) -> None:
    lines = [
        {"custom_id": name, "method": "POST", "url": "/v1/chat/completions",
         "body": {"model": "m", "messages": [{"role": "user", "content": f"{name}?"}]}}
        for name in ("whole", "cut")
    ]  # fmt: skip

    def reply(request: dict[str, Any], nth: int) -> Reply:
        return Reply("so far", finish_reason="length" if "cut?" in str(request["messages"]) else "stop")

    async with FakeServer(reply) as fake:
        await run_batch(write_tasks(tmp_path, lines), fake)
    assert {row["id"]: (row["ok"], row["cut"]) for row in rows_of(tmp_path)} == {
        "whole": (True, False), "cut": (True, True)
    }  # fmt: skip
    output = {line["custom_id"]: line for line in read_rows(tmp_path / "out" / "output.jsonl")}
    reasons = {name: line["response"]["body"]["choices"][0]["finish_reason"] for name, line in output.items()}
    assert reasons == {"whole": "stop", "cut": "length"}


async def test_batch_answer_whose_connection_broke_is_an_error_and_is_asked_again(tmp_path: Path) -> None:
    source = write_tasks(tmp_path, [{"custom_id": "a", "body": {"model": "m", "messages": [
        {"role": "user", "content": "a?"}]}}])  # fmt: skip
    is_broken = True

    def reply(request: dict[str, Any], nth: int) -> Reply:
        return Reply("It is four, or so", cut_after=3 if is_broken else None)

    async with FakeServer(reply) as fake:
        await run_batch(source, fake)
        (row,) = rows_of(tmp_path)
        assert not row["ok"] and "cut off" in row["error"]
        (line,) = read_rows(tmp_path / "out" / "output.jsonl")
        assert line["response"] is None and "cut off" in line["error"]["message"]
        is_broken = False
        await run_batch(source, fake, retry_errors=True)
    assert rows_of(tmp_path)[-1]["ok"] and rows_of(tmp_path)[-1]["answer"] == "It is four, or so"
    (line,) = read_rows(tmp_path / "out" / "output.jsonl")
    assert line["response"]["body"]["choices"][0]["message"]["content"] == "It is four, or so"
