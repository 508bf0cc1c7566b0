"""Many requests at once leave no task and no socket behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from tests.support.fake_server import FakeServer, Reply
from tests.support.proxy import CHAT, ask, proxied, until_true

pytestmark = pytest.mark.anyio

STREAMS = 50


def open_sockets() -> int:
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += str(entry.readlink()).startswith("socket:")
        except OSError:  # The folder of the listing itself.
            continue
    return count


async def test_many_streams_at_once_leave_no_task_and_no_socket() -> None:
    sockets, tasks = open_sockets(), len(asyncio.all_tasks())
    async with FakeServer(Reply("one two three")) as fake, proxied(fake, max_runs=STREAMS) as one:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http:

            async def read(number: int, *, to_the_end: bool) -> bytes:
                model = ("roundtable/single", "roundtable/vote:agents=2")[number % 2]
                body = ask(f"Question {number}?", model=model, stream=True)
                async with http.post(one.url + CHAT, json=body) as response:
                    assert response.status == 200
                    if to_the_end:
                        return await response.content.read()
                    return await response.content.readany()

            whole = await asyncio.gather(*(read(number, to_the_end=True) for number in range(STREAMS)))
            assert all(text.endswith(b"data: [DONE]\n\n") for text in whole)
            await asyncio.gather(*(read(number, to_the_end=False) for number in range(100, 110)))
        await until_true(lambda: not len(one.proxy.runs))
    await until_true(lambda: len(asyncio.all_tasks()) <= tasks)
    await until_true(lambda: open_sockets() <= sockets)
