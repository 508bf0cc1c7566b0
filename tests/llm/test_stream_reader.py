"""The reader of a response: it does not block the loop, and its memory is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from roundtable_tui.llm.stream.reader import ResponseReader
from roundtable_tui.llm.types import Limits, TextDelta

pytestmark = pytest.mark.anyio

EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"%d "}}]}\n\n'


class Socket:
    """A socket that has the next five events at each read, and then the end."""

    def __init__(self) -> None:
        self.reads = 0

    async def read(self, max_bytes: int) -> bytes:
        self.reads += 1
        await asyncio.sleep(0)
        first = (self.reads - 1) * 5
        return b"".join(EVENT % number for number in range(first, first + 5)) if first < 20 else b""


class Response:
    """An answer whose bytes are all there already: reading it never waits."""

    status_code = 200
    headers: dict[str, str] = {}

    def __init__(self, body: AsyncIterator[bytes], socket: Socket | None = None) -> None:
        self.stream = body
        self.extensions = {"network_stream": socket} if socket else {}
        self.closed = False

    async def aclose(self) -> None:
        self.closed = True


def exchange(response: Response, **limits: Any) -> ResponseReader:
    async def send() -> Any:
        return response

    return ResponseReader(send, Limits(**limits), turn_deadline=asyncio.get_running_loop().time() + 60)


async def test_reader_burst_does_not_block_the_loop() -> None:
    alive = asyncio.Event()

    async def live() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        alive.set()

    async def burst() -> AsyncIterator[bytes]:
        number = 0
        while not alive.is_set() and number < 3_000_000:
            number += 1
            yield EVENT % number
        yield b"data: [DONE]\n\n"

    reading = exchange(Response(burst()), max_chars=10**9)
    living = asyncio.create_task(live())
    async with aclosing(reading.stream()) as pieces:
        async for _ in pieces:
            pass
    assert living.done() and reading.body.is_done
    assert len(reading.answer.text) < 10_000_000


async def test_reader_slow_consumer_bounds_the_inbox() -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield EVENT % given * 100
            await asyncio.sleep(0)

    response = Response(endless())
    reading = exchange(response, max_chars=10**9)
    async with aclosing(reading.stream()) as pieces:
        await anext(pieces)
        for _ in range(5000):
            await asyncio.sleep(0)
        full = given
        for _ in range(500):
            await asyncio.sleep(0)
        assert given == full < 1000, "about a megabyte waits to be read"
        await anext(pieces)
        for _ in range(500):
            await asyncio.sleep(0)
        assert given > full
    assert response.closed


async def test_reader_many_events_in_one_read_are_one_event() -> None:
    async def two_reads() -> AsyncIterator[bytes]:
        for start in (0, 100):
            for number in range(start, start + 100):
                yield EVENT % number
            await asyncio.sleep(0.01)
        yield b"data: [DONE]\n\n"

    reading = exchange(Response(two_reads()))
    async with aclosing(reading.stream()) as pieces:
        said = [piece async for piece in pieces]
    first = "".join(f"{number} " for number in range(100))
    second = "".join(f"{number} " for number in range(100, 200))
    assert said == [TextDelta(first), TextDelta(second)]


async def test_reader_always_closes_the_response() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield EVENT % 1
        raise ValueError("no")

    response = Response(broken())
    reading = exchange(response)
    async with aclosing(reading.stream()) as pieces:
        assert [piece async for piece in pieces] == [TextDelta("1 ")]
    assert response.closed and isinstance(reading.exception, ValueError)


async def test_reader_pauses_before_reads_of_the_socket_only() -> None:
    """One pause for each read of the socket, not for each piece that it has returned."""
    socket, pauses = Socket(), list[int]()

    async def body() -> AsyncIterator[bytes]:
        while data := await socket.read(4096):
            for event in data.splitlines(keepends=True):
                yield event
        yield b"data: [DONE]\n\n"

    async def send() -> Any:
        return Response(body(), socket)

    def start_pause() -> asyncio.Future[None]:
        pauses.append(socket.reads)
        loop = asyncio.get_running_loop()
        pause = loop.create_future()
        loop.call_soon(pause.set_result, None)
        return pause

    ends = asyncio.get_running_loop().time() + 60
    reading = ResponseReader(send, Limits(), turn_deadline=ends, start_pause=start_pause)
    text = "".join([piece.text async for piece in reading.stream() if isinstance(piece, TextDelta)])
    assert text == "".join(f"{number} " for number in range(20))
    assert pauses == [2, 3, 4], "none before the first token is known"
    assert "read" not in vars(socket), "the next request over this connection has no pauses"


async def test_reader_end_of_the_answer_ends_its_pause() -> None:
    pause: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    socket = Socket()

    async def body() -> AsyncIterator[bytes]:
        yield EVENT % 1
        await asyncio.sleep(0)
        yield b"data: [DONE]\n\n"
        await socket.read(4096)

    async def send() -> Any:
        return Response(body(), socket)

    ends = asyncio.get_running_loop().time() + 60
    reading = ResponseReader(send, Limits(), turn_deadline=ends, start_pause=lambda: pause)
    async with asyncio.timeout(30):
        assert [piece async for piece in reading.stream()] == [TextDelta("1 ")]
    assert pause.done() and not pause.cancelled() and socket.reads == 1
