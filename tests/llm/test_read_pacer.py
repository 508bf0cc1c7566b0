"""The pauses between the reads of many streams of one server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roundtable_tui.llm.http.read_pacer import ReadPacer
from roundtable_tui.llm.types import Limits
from tests.support.fake_server import FakeServer, Reply
from tests.support.llm_call import a_client, finished, pieces_of, request

pytestmark = pytest.mark.anyio


def make_pacer(streams: int) -> ReadPacer:
    pacer = ReadPacer()
    for _ in range(streams):
        pacer.begin_stream()
    return pacer


def pause(pacer: ReadPacer) -> asyncio.Future[None]:
    started = pacer.start_pause()
    assert started is not None
    return started


async def test_pacer_few_streams_are_read_without_pauses() -> None:
    assert make_pacer(7).start_pause() is None


async def test_pacer_disabled_reads_without_pauses() -> None:
    pacer = make_pacer(32)
    pacer.is_enabled = False
    assert pacer.start_pause() is None


async def test_pacer_ends_the_pauses_in_order() -> None:
    pacer = make_pacer(32)
    pauses = [pause(pacer) for _ in range(32)]
    await pauses[0]
    assert [one.done() for one in pauses] == [True] * 6 + [False] * 26
    await pauses[-1]
    assert all(one.done() for one in pauses)


async def test_pacer_end_of_a_stream_lets_all_others_read_at_the_next_tick() -> None:
    pacer = make_pacer(32)
    pauses = [pause(pacer) for _ in range(31)]
    pacer.end_stream()
    await pauses[0]
    assert all(one.done() for one in pauses)


async def test_pacer_after_the_end_of_a_stream_reads_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, delays = asyncio.get_running_loop(), []
    call_later = loop.call_later

    def record(delay: float, *given: Any) -> asyncio.TimerHandle:
        delays.append(delay)
        return call_later(delay, *given)

    monkeypatch.setattr(loop, "call_later", record)
    pacer = make_pacer(32)
    pauses = [pause(pacer) for _ in range(20)]
    await pauses[6]  # The second tick; a third is due.
    pacer.end_stream()
    pacer._end_phase_until = float("inf")  # However slow this machine is.
    await pauses[-1]
    await pause(pacer)
    assert len(delays) == 4
    assert delays[0] == delays[1] == delays[2] > delays[3]


async def test_pacer_all_streams_are_read_within_a_tenth_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their panes are drawn about ten times per second."""
    for streams in (8, 12, 32, 200):
        pacer, delays = make_pacer(streams), []
        pauses = [pause(pacer) for _ in range(streams)]
        assert pacer._timer is not None
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "call_later", lambda delay, tick, sum=delays: sum.append(delay))
        ticks = 1
        pacer._timer.cancel()
        pacer._tick()
        while not all(one.done() for one in pauses):
            pacer._tick()
            ticks += 1
        monkeypatch.undo()
        assert ticks * max(delays) <= 0.1


async def test_pacer_last_streams_are_read_at_once() -> None:
    pacer = make_pacer(8)
    pauses = [pause(pacer) for _ in range(7)]
    pacer.end_stream()
    assert all(one.done() for one in pauses)
    assert pacer.start_pause() is None


async def test_pacer_cancelled_reader_does_not_stop_the_others() -> None:
    pacer = make_pacer(8)
    first, second = pause(pacer), pause(pacer)
    first.cancel()
    await second


async def test_client_pauses_before_reads_of_many_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses apply to the sockets of the HTTP client, whatever version of it is installed."""
    started: list[int] = []
    start = ReadPacer.start_pause

    def count(pacer: ReadPacer) -> asyncio.Future[None] | None:
        waiting = start(pacer)
        started.append(waiting is not None)
        return waiting

    monkeypatch.setattr(ReadPacer, "start_pause", count)
    words = " ".join(f"word{number}" for number in range(20))
    async with FakeServer(Reply(words, delay=0.004)) as fake, a_client() as client:
        for _ in range(2):  # The second time over the same connections.
            ends = await asyncio.gather(
                *(pieces_of(client, fake.url, request(), Limits()) for _ in range(12))
            )
            assert {finished(pieces).text for pieces in ends} == {words}
    assert sum(started) > 12
