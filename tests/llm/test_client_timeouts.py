"""Timeouts and cancellation of calls, and their concurrency slots."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from roundtable_tui.llm.client import BackoffPolicy, Client
from roundtable_tui.llm.types import Limits, Paused, Server, StreamEvent, TextDelta
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.llm_call import a_client, failed, finished, pieces_of, request, waits

pytestmark = pytest.mark.anyio

SOON = 1.0
"""Seconds: long for a server on this machine to begin to answer, even a busy one."""


@pytest.mark.parametrize("comments", [None, SOON / 5])
async def test_call_without_first_token_times_out(comments: float | None) -> None:
    async with FakeServer(Reply(stall_after=0, comments_every=comments)) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, limits=Limits(first_token_s=SOON)))
        assert (last.kind, last.attempts) == ("timeout", 2)
        assert "first token" in last.message
        for seen in fake.requests:
            await seen.ended.wait()
            assert seen.left_early


@pytest.mark.parametrize("comments", [None, SOON / 5])
async def test_call_silence_behind_comments_times_out(comments: float | None) -> None:
    reply = Reply(text="one two three", stall_after=2, comments_every=comments)
    async with FakeServer(reply) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, limits=Limits(idle_s=SOON)))
    assert (last.kind, last.text, last.attempts) == ("timeout", "one two", 2)
    assert "silent" in last.message


async def test_call_after_silence_is_retried() -> None:
    async with FakeServer([Reply(text="one two", stall_after=1), "one two"]) as fake, a_client() as client:
        assert finished(await pieces_of(client, fake.url, limits=Limits(idle_s=SOON))).text == "one two"


async def test_call_chunks_without_content_count_as_silence() -> None:
    nothing = b'data: {"choices":[{"delta":{"content":""}}]}\n\n'
    reply = Reply(raw=[nothing.replace(b'""', b'"one"'), *[nothing] * 2000], delay=SOON / 20)
    async with FakeServer(reply) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, limits=Limits(idle_s=SOON, retries=0)))
    assert (last.kind, last.text) == ("timeout", "one")


async def test_call_turn_timeout_is_not_retried() -> None:
    reply = Reply(pieces=["word "] * 5000, delay=SOON / 20)
    async with FakeServer(reply) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, limits=Limits(turn_s=2 * SOON)))
    assert (last.kind, last.attempts) == ("timeout", 1)
    assert last.text.startswith("word ")


async def test_call_turn_timeout_starts_with_its_slot() -> None:
    gate = asyncio.Event()
    async with FakeServer([Reply(text="one", gate=gate), "two"]) as fake, a_client() as client:
        first = asyncio.create_task(pieces_of(client, fake.url, concurrency=1))
        await fake.seen(1)
        limits = Limits(turn_s=SOON, first_token_s=SOON)
        second = asyncio.create_task(pieces_of(client, fake.url, limits=limits, concurrency=1))
        await asyncio.sleep(SOON + 0.1)
        gate.set()
        assert finished(await first).text == "one"
        assert finished(await second).text == "two"
    assert [wait.reason for wait in waits(await second)] == [
        f"waiting for a free slot at 127.0.0.1:{fake.port}"
    ]
    assert fake.most_at_once == 1


async def test_calls_at_once_fail_independently() -> None:
    script = {"Ada": Reply(text="one two", stall_after=1), "Bob": Reply(text="three four"), "Eve": error(500)}
    async with FakeServer(script) as fake, a_client() as client:
        calls = [
            pieces_of(client, fake.url, request(system=name), Limits(idle_s=SOON, retries=1))
            for name in ("Ada", "Bob", "Eve")
        ]
        ada, bob, eve = await asyncio.gather(*calls)
    assert failed(ada).kind == "timeout"
    assert finished(bob).text == "three four"
    assert failed(eve).kind == "server"


# Leaving.


async def until(stream: object, kind: type) -> StreamEvent:
    async for piece in stream:  # type: ignore[attr-defined]
        if isinstance(piece, kind):
            return piece
    raise AssertionError(f"no {kind.__name__} came")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(stall_after=0),
        Reply(text="one two", stall_after=1),
        Reply(text="one two", stall_after=1, comments_every=0.01),
        Reply(gate=asyncio.Event(), status=500),
    ],
)
async def test_call_cancelled_task_closes_socket(reply: Reply) -> None:
    if reply.gate is not None:
        reply = replace(reply, gate=asyncio.Event())  # An event belongs to the loop that waits for it first.
    async with FakeServer(reply) as fake, a_client() as client:
        task = asyncio.create_task(pieces_of(client, fake.url))
        seen = await fake.seen(1)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await seen.ended.wait()
        assert task.cancelled() and seen.left_early
    assert len(fake.requests) == 1


async def test_call_closed_stream_closes_socket() -> None:
    async with FakeServer(Reply(text="one two three", stall_after=2)) as fake, a_client() as client:
        async with aclosing(client.stream(Server("fake", fake.url), request(), Limits())) as stream:
            await until(stream, TextDelta)
        await fake.requests[0].ended.wait()
        assert fake.requests[0].left_early


async def test_call_break_out_of_loop_closes_socket() -> None:
    async with FakeServer(Reply(text="one two three", stall_after=2)) as fake, a_client() as client:
        async for piece in client.stream(Server("fake", fake.url), request(), Limits()):
            if isinstance(piece, TextDelta):
                break
        await fake.requests[0].ended.wait()
        assert fake.requests[0].left_early


async def test_call_closed_while_waiting_to_retry_ends() -> None:
    async with FakeServer(error(500)) as fake, a_client(backoff=BackoffPolicy(base_delay_s=60)) as client:
        stream = client.stream(Server("fake", fake.url), request(), Limits())
        await until(stream, Paused)
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await stream.aclose()
        assert len(fake.requests) == 1


async def test_call_cancelled_while_queued_lets_next_call_start() -> None:
    gate = asyncio.Event()
    async with FakeServer(Reply(text="Yes.", gate=gate)) as fake, a_client() as client:
        first, second, third = (
            asyncio.create_task(pieces_of(client, fake.url, concurrency=1)) for _ in range(3)
        )
        await fake.seen(1)
        second.cancel()
        await asyncio.wait([second])
        gate.set()
        finished(await first)
        finished(await third)
    assert (len(fake.requests), fake.most_at_once) == (2, 1)


async def test_call_always_releases_its_slot() -> None:
    script = [
        Reply(text="one two", stall_after=1),
        Reply(wire=b""),
        error(401),
        Reply(text="<", cut_after=1),
        "Yes.",
    ]
    async with FakeServer(script) as fake, a_client() as client:
        stream = client.stream(Server("fake", fake.url, concurrency=1), request(), Limits(retries=0))
        await until(stream, TextDelta)
        await stream.aclose()
        for _ in range(3):
            await pieces_of(client, fake.url, limits=Limits(retries=0), concurrency=1)
        assert not waits(await pieces_of(client, fake.url, concurrency=1))


async def test_calls_over_limit_run_in_order() -> None:
    async with FakeServer("Yes.") as fake, a_client() as client:
        calls = (pieces_of(client, fake.url, request(f"{n}"), concurrency=1) for n in range(8))
        for pieces in await asyncio.gather(*calls):
            finished(pieces)
    assert fake.most_at_once == 1
    assert [seen.user for seen in fake.requests] == [str(n) for n in range(8)]


async def test_client_closed_twice_is_not_an_error() -> None:
    client = Client()
    await client.aclose()
    await client.aclose()
