"""Turns as they arrive: in their order, ended when no more are needed, and in the same order when resumed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table, Turn, events
from tests.support.fake_server import Reply, error
from tests.support.mode_run import cut_off, room

pytestmark = pytest.mark.anyio


class Take(Options):
    """How many turns a mode takes before it has enough."""

    first: int = 9


async def take(table: Table, options: Take) -> Answer:
    """A mode that is content with the first answers."""
    texts: list[str] = []
    async with table.arrivals() as arriving:
        for seat in table.seats:
            arriving.ask(seat, "Go.", fresh=True)
        async for turn in arriving:
            texts.append(turn.text if turn.ok else "-")
            if len(texts) == options.first:
                break
    last = await table.ask(table.seats[-1], "And now?")
    return Answer(" ".join([*texts, last.text]))


TAKE = Mode("take", "takes the first", Take, take, "single", captain=False)


def gated(*names: str) -> tuple[dict[str, Any], dict[str, asyncio.Event]]:
    gates = {name: asyncio.Event() for name in names}
    return {n: [Reply(text=n.lower(), gate=gates[n]), "end"] for n in names}, gates


async def test_arrivals_yield_turns_in_order_of_completion(tmp_path: Path) -> None:
    script, gates = gated("Ada", "Bob", "Cem")
    async with room(script, tmp_path) as r:
        run = r.run(r.plan(TAKE, ["Ada", "Bob", "Cem"], captain=False))
        task = asyncio.ensure_future(run.execute())
        await r.fake.seen(3)
        for name in ("Cem", "Ada", "Bob"):
            gates[name].set()
            await r.asked_of(name)[0].ended.wait()
        assert (await task).answer.text == "cem ada bob end"


async def test_arrivals_left_early_close_sockets_and_keep_run_complete(tmp_path: Path) -> None:
    script, gates = gated("Ada", "Bob", "Cem")
    async with room(script, tmp_path) as r:
        task = asyncio.ensure_future(r.done(TAKE, ["Ada", "Bob", "Cem"], captain=False, first=1))
        await r.fake.seen(3)  # Else an excused call may never have come, and its reply be another's.
        gates["Bob"].set()
        result = await task
        assert (result.status, result.answer.text) == ("complete", "bob end")
        for name in ("Ada", "Cem"):
            await r.asked_of(name)[0].ended.wait()
            assert r.asked_of(name)[0].left_early
        failed = r.told(events.TurnFailed)
        assert {(event.turn, event.kind) for event in failed} == {
            ("ada.1", "unneeded"),
            ("cem.1", "unneeded"),
        }
        assert r.told(events.UsageUpdated)[-1].calls == 4

        again = await r.again()
        assert (again.status, again.answer.text) == ("complete", "bob end")
        assert len(r.fake.requests) == 4
        assert {event.turn for event in r.told(events.TurnFailed)} == {"ada.1", "cem.1"}
        assert r.told(events.UsageUpdated)[-1].calls == 4


async def test_arrivals_in_resumed_run_yield_recorded_turns_before_new_calls(
    tmp_path: Path,
) -> None:
    script, gates = gated("Ada", "Bob", "Cem")
    async with room(script, tmp_path) as r:
        run = r.run(r.plan(TAKE, ["Ada", "Bob", "Cem"], captain=False))

        async def two_have_answered() -> None:
            await r.fake.seen(3)
            for name in ("Cem", "Ada"):
                gates[name].set()
                while not any(
                    isinstance(e, events.TurnFinished) and e.seat == name.lower() for e in run.events
                ):
                    await asyncio.sleep(0)

        assert (await cut_off(run, two_have_answered())).status == "cancelled"
        gates["Bob"].set()
        result = await r.again()
        assert result.answer.text.startswith("cem ada ")
        assert [len(r.asked_of(name)) for name in ("Ada", "Bob", "Cem")] == [1, 2, 2]


async def test_arrivals_in_fork_that_needs_cancelled_turn_ask_for_it(tmp_path: Path) -> None:
    script, gates = gated("Ada", "Bob")
    gates["Bob"].set()
    async with room(script, tmp_path) as r:
        await r.done(TAKE, ["Ada", "Bob"], captain=False, first=1)
        gates["Ada"].set()
        r.runs[-1].plan = r.plan(TAKE, ["Ada", "Bob"], captain=False, first=2)
        assert (await r.again()).answer.text == "bob end end"
        assert len(r.asked_of("Ada")) == 2


async def test_arrivals_second_call_of_busy_seat_raises(tmp_path: Path) -> None:
    async def twice(table: Table, options: Options) -> Answer:
        async with table.arrivals() as arriving:
            arriving.ask(table.seats[0], "One")
            with pytest.raises(ValueError, match="ada"):
                arriving.ask(table.seats[0], "Two")
            return Answer("".join([turn.text async for turn in arriving]))

    async with room("hello", tmp_path) as r:
        mode = Mode("twice", "", Options, twice, "single")
        assert (await r.done(mode, ["Ada"])).answer.text == "hello"


class Jobs(Options):
    """Options of a mode that spreads jobs."""

    count: int = 5
    hand_over: bool = False


async def jobs(table: Table, options: Jobs) -> Answer:
    """A mode that spreads numbered jobs over its seats."""
    done: dict[int, Turn] = {}
    numbers = range(1, options.count + 1)
    spread = table.work_queue(
        table.seats,
        numbers,
        lambda n: f"Job {n}.",
        label="job",
        reassign_failed=options.hand_over,
        fresh=True,
    )
    async with aclosing(spread) as working:
        async for number, turn in working:
            done[number] = turn
            if not turn.ok and options.hand_over:
                raise NoAnswerError(f"job {number}")
    return Answer(" ".join(f"{n}:{done[n].text if done[n].ok else '-'}" for n in sorted(done)))


JOBS = Mode("jobs", "", Jobs, jobs, "single", captain=False)


async def test_work_queue_runs_every_job_with_one_call_per_seat(tmp_path: Path) -> None:
    both = asyncio.Barrier(2)

    async def script(request: Any, nth: int) -> str:
        if nth <= 2:
            await both.wait()
        return str(request["messages"][-1]["content"][4:-1])

    async with room(script, tmp_path) as r:
        result = await r.done(JOBS, ["Ada", "Bob"], captain=False)
        assert result.answer.text == "1:1 2:2 3:3 4:4 5:5"
        assert r.fake.most_at_once == 2
        assert {event.label for event in r.told(events.TurnQueued)} == {f"job {n}" for n in range(1, 6)}
        await r.again()
        assert len(r.fake.requests) == 5


async def test_work_queue_gives_next_job_to_free_seat(tmp_path: Path) -> None:
    hold = asyncio.Event()

    def script(request: Any, nth: int) -> Any:
        if "Job 5" in request["messages"][-1]["content"]:
            hold.set()
        return Reply(text="x", gate=hold) if "Job 1" in request["messages"][-1]["content"] else "x"

    async with room(script, tmp_path) as r:
        await r.done(JOBS, ["Ada", "Bob"], captain=False)
        assert [len(r.asked_of("Ada")), len(r.asked_of("Bob"))] == [1, 4]


async def test_work_queue_reassigns_failed_job_until_all_seats_failed(tmp_path: Path) -> None:
    def script(request: Any, nth: int) -> Any:
        return error(400) if "You are Ada" in request["messages"][0]["content"] else "ok"

    async with room(script, tmp_path) as r:
        result = await r.done(JOBS, ["Ada", "Bob"], captain=False, hand_over=True)
        assert result.answer.text == "1:ok 2:ok 3:ok 4:ok 5:ok"
    async with room(error(400), tmp_path / "other") as r:
        result = await r.done(JOBS, ["Ada", "Bob"], captain=False, hand_over=True)
        assert result.status == "failed"
        assert result.error.startswith("job ")


async def test_work_queue_with_muted_seat_leaves_jobs_to_others(tmp_path: Path) -> None:
    async with room("ok", tmp_path) as r:
        run = r.run(r.plan(JOBS, ["Ada", "Bob"], captain=False))
        run.table.controls.mute("ada")
        result = await run.execute()
        assert (result.status, result.answer.text) == ("complete", "1:ok 2:ok 3:ok 4:ok 5:ok")
        assert not r.asked_of("Ada")
        assert (await r.again()).answer == result.answer
        assert len(r.fake.requests) == 5


async def test_record_external_in_resumed_run_returns_recorded_value(tmp_path: Path) -> None:
    found = [{"files": 1}, {"files": 2}]

    async def look(table: Table, options: Options) -> Answer:
        return Answer(str(table.record_external("files", lambda: found.pop(0))["files"]))

    async with room("x", tmp_path) as r:
        mode = Mode("look", "", Options, look, "single")
        assert (await r.done(mode, ["Ada"])).answer.text == "1"
        assert (await r.again()).answer.text == "1"
    assert len(found) == 1
