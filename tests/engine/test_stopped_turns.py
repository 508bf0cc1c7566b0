"""Turns in flight when a run is stopped, and answers that were cut off when it is resumed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import Limits
from tests.support.fake_server import Reply
from tests.support.run_builder import house, plan, taken

pytestmark = pytest.mark.anyio


async def stopped(folder: Path) -> Run:
    """Return a run that was stopped while three seats had streamed eight words each."""
    never = asyncio.Event()
    reply = Reply(pieces=[f"word{n} " for n in range(20)], gates={8: never})
    async with house(reply) as (fake, client):
        run = Run(plan(fake, "pro", options={"agents": 3}), client, run_dir=folder)
        executing = asyncio.ensure_future(run.execute())

        def received(seat: str) -> str:
            deltas = [e for e in told if isinstance(e, events.AnswerDelta) and e.seat == seat]
            return "".join(event.text for event in deltas)

        told: list[events.Event] = []
        run.add_listener(told.append)
        while not all("word7" in received(seat) for seat in ("ada", "bob", "eve")):
            await asyncio.sleep(0)
        executing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await executing
    return run


async def test_turns_in_flight_have_an_end_and_count_when_the_run_is_stopped(tmp_path: Path) -> None:
    await stopped(tmp_path / "run")
    recorded = read_record(tmp_path / "run").events
    queued = {event.turn for event in recorded if isinstance(event, events.TurnQueued)}
    ends = [event for event in recorded if isinstance(event, events.TurnFailed)]
    assert {event.turn for event in ends} == queued and len(queued) == 3
    assert {event.kind for event in ends} == {"interrupted"}
    assert all("word7" in event.text and event.usage["estimated"] for event in ends)
    finished = recorded[-1]
    assert isinstance(finished, events.RunFinished) and finished.status == "cancelled"
    assert finished.usage["calls"] == 3 and finished.usage["estimated"]
    assert finished.usage["completion_tokens"] == sum(e.usage["completion_tokens"] for e in ends) > 30
    assert finished.usage["prompt_tokens"] > 0


async def test_resumed_run_asks_interrupted_turns_again_and_keeps_their_usage(tmp_path: Path) -> None:
    before = await stopped(tmp_path / "run")
    spent = before.table.budget.totals.completion_tokens
    async with house("The answer.") as (fake, client):
        again = Run(plan(fake, "pro", options={"agents": 3}), client, resume=read_record(tmp_path / "run"))
        result = await again.execute()
    assert (result.status, len(fake.requests)) == ("complete", 4)
    assert again.table.budget.totals.completion_tokens > spent


CUT = Reply(text="a part of the answer", finish_reason="length")


async def test_resumed_run_asks_for_cut_answers_only_with_another_limit(tmp_path: Path) -> None:
    run, _ = await taken(CUT, "pro", folder=tmp_path / "run", options={"agents": 3})
    assert run.result is not None and run.result.incomplete
    requests = {}
    for retry_cut in (False, True):
        async with house("The answer.") as (fake, client):
            record = read_record(tmp_path / "run")
            again = Run(plan(fake, "pro", options={"agents": 3}), client, resume=record, retry_cut=retry_cut)
            result = await again.execute()
            requests[retry_cut] = (len(fake.requests), result.status)
    assert requests == {False: (0, "partial"), True: (4, "complete")}


@pytest.mark.parametrize(
    "mode", ["single", "vote", "debate", "pro", "council", "fanout", "roundtable", "loop"]
)
async def test_run_of_cut_answers_shows_the_best_text_as_incomplete(mode: str, tmp_path: Path) -> None:
    run, _ = await taken(CUT, mode, folder=tmp_path / "run")
    assert run.result is not None
    assert (run.result.status, run.result.answer.text) == ("partial", "a part of the answer")
    end = read_record(tmp_path / "run").run_finished
    assert end is not None and end.incomplete and "cut off" in end.how


async def test_run_of_answers_stopped_for_their_length_shows_the_best_text(tmp_path: Path) -> None:
    endless = Reply(pieces=[f"{n} " for n in range(3000)], burst=True)
    limits = Limits(retries=0, answer_tokens=1000)
    run, _ = await taken(endless, "single", folder=tmp_path / "run", limits=limits)
    assert run.result is not None and run.result.incomplete
    assert run.result.answer.text.startswith("0 1 2 ") and "--answer-tokens" in run.result.answer.how


async def test_vote_of_one_of_three_is_not_complete() -> None:
    replies = iter([CUT, CUT, Reply(text="four")])
    run, _ = await taken(lambda request, nth: next(replies), "vote", options={"agents": 3})
    assert run.result is not None and run.result.status == "partial"
    assert "1 of 3 voted" in run.result.answer.how and not run.result.incomplete
