"""Many requests at once leave no task and no socket behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from roundtable_tui.proxy.running.start_queue import StartQueue
from roundtable_tui.utils import paths
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
    folders = list(paths.runs_dir().iterdir())
    assert len(folders) >= STREAMS
    assert all((folder / "transcript.md").exists() for folder in folders), "written once the runs have ended"


async def test_start_queue_lets_one_continue_in_each_iteration_of_the_loop() -> None:
    loop, queue, iteration = asyncio.get_running_loop(), StartQueue(), 0
    started: list[tuple[int, int]] = []

    def count() -> None:
        nonlocal iteration
        iteration += 1
        loop.call_soon(count)

    async def start(number: int) -> None:
        await queue.wait()
        started.append((iteration, number))

    loop.call_soon(count)
    waiting = [asyncio.create_task(start(number)) for number in range(5)]
    await asyncio.sleep(0)
    waiting[2].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await start(5)
    assert [number for _, number in started] == [0, 1, 3, 4, 5]
    assert len({at for at, _ in started[:4]}) == 4
