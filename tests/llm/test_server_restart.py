"""Servers that are restarted during a run, and kept connections that they have closed."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from roundtable_tui.llm.client import BackoffPolicy, Client, RetryBudget
from roundtable_tui.llm.types import Limits, Paused, Server
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.llm_call import a_client, failed, finished, pieces_of, request, waits
from tests.support.ports import choose_port

pytestmark = pytest.mark.anyio


async def restarted(client: Client, port: int, url: str) -> tuple[list[Any], FakeServer]:
    """Make a call while nothing listens; the server comes back after a few refused connections."""
    pieces: list[Any] = []
    back = FakeServer("Back.", port=port)
    caller = client.for_run(RetryBudget(retries_left=0))
    stream = caller.stream(Server("fake", url), request(), Limits(retries=1))
    try:
        async for piece in stream:
            pieces.append(piece)
            if isinstance(piece, Paused) and len(waits(pieces)) == 5:
                await back.__aenter__()
    finally:
        await back.__aexit__()
    return pieces, back


async def test_call_server_that_has_answered_is_waited_for_while_it_restarts() -> None:
    async with a_client() as client:
        async with FakeServer("Yes.", port=choose_port()) as fake:
            finished(await pieces_of(client, fake.url))
        pieces, back = await restarted(client, fake.port, fake.url)
    assert finished(pieces).text == "Back." and len(back.requests) == 1
    assert len(waits(pieces)) == 5
    assert all(wait.seconds and "connection refused" in wait.reason for wait in waits(pieces))


async def test_call_server_that_stays_away_fails_after_the_time_of_a_restart() -> None:
    async with a_client(backoff=BackoffPolicy(base_delay_s=0.005, outage_s=3.0)) as client:
        async with FakeServer("Yes.", port=choose_port()) as fake:
            finished(await pieces_of(client, fake.url))
        ended = await asyncio.gather(*(pieces_of(client, fake.url) for _ in range(3)))
    for pieces in ended:
        assert failed(pieces).kind == "unreachable" and failed(pieces).attempts > 2
        assert all((wait.seconds or 0) <= 3.0 for wait in waits(pieces)), "no longer than what is left"


async def test_call_server_that_never_answered_is_not_waited_for() -> None:
    async with FakeServer("Yes.", port=choose_port()) as fake:
        pass
    async with a_client() as client:
        assert failed(await pieces_of(client, fake.url)).attempts == 2


async def test_call_server_that_loads_after_a_restart_is_waited_for() -> None:
    loading = error(503, "Loading model", type="unavailable_error")  # llama.cpp, tools/server
    async with FakeServer(["Yes.", *[loading] * 6, "Loaded."]) as fake, a_client() as client:
        finished(await pieces_of(client, fake.url))
        pieces = await pieces_of(client, fake.url, None, Limits(retries=1))
    assert finished(pieces).text == "Loaded." and len(fake.requests) == 8


async def test_call_server_that_fails_after_each_restart_is_given_up() -> None:
    """Another call's answer ends an outage: the outages that one call waits for are limited."""
    async with FakeServer(error(502)) as fake, a_client() as client:
        fake.script = "Yes."
        finished(await pieces_of(client, fake.url))
        fake.script = {"Ada": error(502), "": "Yes."}
        stream = client.stream(Server("fake", fake.url), request(system="Ada"), Limits(retries=2))
        pieces = []
        async for piece in stream:
            pieces.append(piece)
            if isinstance(piece, Paused):
                finished(await pieces_of(client, fake.url))
    assert failed(pieces).status == 502 and failed(pieces).attempts <= 6


async def test_embeddings_server_that_has_answered_is_waited_for_while_it_restarts() -> None:
    rows = {"data": [{"index": 0, "embedding": [1.0, 2.0]}]}
    refused = 0

    class Restarting(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            nonlocal refused
            await request.aread()
            if answered and refused < 6:
                refused += 1
                raise httpx2.ConnectError("connection refused", request=request)
            answered.append(request)
            return httpx2.Response(200, json=rows, request=request)

    answered: list[httpx2.Request] = []
    server = Server("fake", "http://fake/v1", transport=Restarting())
    async with a_client() as client:
        for _ in range(2):
            assert await client.embed(server, "fake", ["oak"]) == [[1.0, 2.0]]
    assert (refused, len(answered)) == (6, 2)


async def test_call_stale_kept_connection_is_replaced_without_an_attempt() -> None:
    """The server closes the kept connection as the next request arrives on it."""
    kept: set[int] = set()
    requests = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        for at in range(2):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(row[15:]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-length")
            )
            await reader.readexactly(length)
            requests += 1
            if at:
                kept.add(id(writer))
                break
            body = b'{"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]}'
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
            )
            writer.write(body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with a_client() as client:
        ended = [await pieces_of(client, url, None, Limits(retries=0)) for _ in range(3)]
    server.close()
    assert [finished(pieces).attempts for pieces in ended] == [1, 1, 1]
    assert not any(waits(pieces) for pieces in ended)
    assert (requests, len(kept)) == (5, 2)


async def test_call_new_connection_that_is_closed_counts_as_an_attempt() -> None:
    async with FakeServer(Reply(wire=b"")) as fake, a_client() as client:
        assert failed(await pieces_of(client, fake.url, None, Limits(retries=0))).attempts == 1
    assert len(fake.requests) == 1
