"""The stack of idle connections: which of them a request takes, and when they are closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from roundtable_tui.llm.http import connection_stack
from roundtable_tui.llm.http.connection_stack import ConnectionStack
from tests.support.fake_server import FakeServer
from tests.support.llm_call import a_client, finished, pieces_of

pytestmark = pytest.mark.anyio


class Body(httpx2.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"done"


class Socket:
    def __init__(self) -> None:
        self.is_closed = False

    def get_extra_info(self, name: str) -> bool:
        assert name == "is_readable"
        return self.is_closed


class Line(httpx2.AsyncBaseTransport):
    """One connection; it refuses requests for /refused, and never answers those for /slow."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_closed = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        assert not self.is_closed
        if request.url.path == "/refused":
            raise httpx2.ConnectError("refused")
        if request.url.path == "/slow":
            await asyncio.Event().wait()
        extensions = {"network_stream": Socket()}
        return httpx2.Response(200, headers={"line": str(self.number)}, stream=Body(), extensions=extensions)

    async def aclose(self) -> None:
        self.is_closed = True


class Lines:
    """A client whose connections are numbered."""

    def __init__(self) -> None:
        self.made: list[Line] = []
        self.client = httpx2.AsyncClient(transport=ConnectionStack(self.create))

    def create(self, limits: httpx2.Limits) -> Line:
        self.made.append(Line(len(self.made)))
        return self.made[-1]

    async def begin(self, path: str = "/") -> httpx2.Response:
        request = self.client.build_request("GET", f"http://models.example{path}")
        return await self.client.send(request, stream=True)

    @property
    def closed(self) -> list[int]:
        return [line.number for line in self.made if line.is_closed]


def line_of(response: httpx2.Response) -> int:
    return int(response.headers["line"])


async def test_request_takes_the_connection_that_was_used_last() -> None:
    lines = Lines()
    at_once = [await lines.begin() for _ in range(3)]
    assert [line_of(response) for response in at_once] == [0, 1, 2]
    for number in (1, 2, 0):
        assert await at_once[number].aread() == b"done"
        await at_once[number].aclose()
    assert [line_of(await lines.begin()) for _ in range(4)] == [0, 2, 1, 3]


async def test_connection_is_used_again_after_a_failed_request() -> None:
    lines = Lines()
    with pytest.raises(httpx2.ConnectError):
        await lines.begin("/refused")
    assert line_of(await lines.begin()) == 0


async def test_first_connection_is_prepared_with_the_stack() -> None:
    assert [line.number for line in Lines().made] == [0]


async def test_connection_that_the_server_closed_does_not_hide_open_ones() -> None:
    lines = Lines()
    kept, ended = await lines.begin(), await lines.begin()
    await kept.aclose()
    ended.extensions["network_stream"].is_closed = True
    await ended.aclose()
    assert lines.closed == [1]
    assert line_of(await lines.begin()) == 0


async def test_connection_of_a_cancelled_request_is_closed() -> None:
    lines = Lines()
    slow = asyncio.create_task(lines.begin("/slow"))
    await asyncio.sleep(0)
    slow.cancel()
    await asyncio.wait([slow])
    assert slow.cancelled() and lines.closed == [0]
    assert line_of(await lines.begin()) == 1


async def test_body_that_is_closed_twice_releases_its_connection_once() -> None:
    lines = Lines()
    first = await lines.begin()
    body = first.stream
    await first.aclose()
    second = await lines.begin()
    assert isinstance(body, httpx2.AsyncByteStream)
    await body.aclose()
    assert (line_of(second), line_of(await lines.begin())) == (0, 1)


async def test_connections_that_were_idle_for_too_long_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines()
    for response in [await lines.begin() for _ in range(3)]:
        await response.aclose()
    assert lines.closed == []
    monkeypatch.setattr(connection_stack, "MAX_IDLE_S", -1.0)
    assert line_of(await lines.begin()) == 3
    assert lines.closed == [0, 1, 2]


async def test_oldest_of_too_many_idle_connections_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_stack, "MAX_IDLE_CONNECTIONS", 2)
    lines = Lines()
    for response in [await lines.begin() for _ in range(5)]:
        await response.aclose()
    assert lines.closed == [0, 1, 2]


async def test_closing_the_client_closes_idle_and_busy_connections() -> None:
    lines = Lines()
    idle, busy = await lines.begin(), await lines.begin()
    await idle.aclose()
    await lines.client.aclose()
    assert lines.closed == [0, 1]
    await busy.aclose()
    assert lines.closed == [0, 1]


async def test_calls_after_one_another_share_a_connection_and_calls_at_once_do_not() -> None:
    async with FakeServer() as fake, a_client() as client:
        for _ in range(3):
            finished(await pieces_of(client, fake.url))
        assert fake.connections == 1
        for pieces in await asyncio.gather(*(pieces_of(client, fake.url) for _ in range(4))):
            finished(pieces)
        assert fake.connections == 4
