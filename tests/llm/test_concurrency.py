"""The slots of a server: fair, bounded, and never lost."""

from __future__ import annotations

import asyncio

import pytest

from roundtable_tui.llm.http.concurrency import AdaptiveLimiter

pytestmark = pytest.mark.anyio


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_first_come_first_served() -> None:
    lane, order = AdaptiveLimiter(1), list[int]()

    async def call(n: int) -> None:
        await lane.acquire()
        order.append(n)
        await asyncio.sleep(0)
        lane.release()

    await asyncio.gather(*(call(n) for n in range(6)))
    assert order == [0, 1, 2, 3, 4, 5]


async def test_nobody_jumps_the_line() -> None:
    lane = AdaptiveLimiter(1)
    assert lane.try_acquire()
    waiting = asyncio.create_task(lane.acquire())
    await turn()
    lane.release()
    assert not lane.try_acquire(), "the slot is his who waited"
    await waiting
    lane.release()
    assert lane.try_acquire()


async def test_who_leaves_the_line_loses_no_slot() -> None:
    lane = AdaptiveLimiter(1)
    await lane.acquire()
    first, second = (asyncio.create_task(lane.acquire()) for _ in range(2))
    await turn()
    first.cancel()
    await turn()
    lane.release()
    await second
    lane.release()
    assert lane.try_acquire()


async def test_who_leaves_as_the_slot_is_given_passes_it_on() -> None:
    lane = AdaptiveLimiter(1)
    await lane.acquire()
    first, second = (asyncio.create_task(lane.acquire()) for _ in range(2))
    await turn()
    lane.release()
    first.cancel()
    await asyncio.wait([first])
    await second
    lane.release()
    assert lane.try_acquire()


async def test_it_narrows_when_overrun_and_widens_with_success() -> None:
    lane = AdaptiveLimiter(8)
    for _ in range(8):
        assert lane.try_acquire()
    lane.decrease()
    assert lane.limit == 4
    for _ in range(5):
        lane.release()
    assert lane.try_acquire() and not lane.try_acquire()
    lane.decrease()
    lane.decrease()
    lane.decrease()
    assert lane.limit == 1
    lane.increase()
    assert lane.limit == 2
    lane.increase()
    assert lane.limit == 2, "one more, once all that may be made at once have succeeded"
    for _ in range(40):
        lane.increase()
    assert lane.limit == 8


async def test_a_wider_setting_lets_people_in() -> None:
    lane = AdaptiveLimiter(1)
    await lane.acquire()
    waiting = asyncio.create_task(lane.acquire())
    await turn()
    lane.set_limit(2)
    await waiting


async def test_readers_of_a_crowd_rest_and_the_last_of_it_do_not() -> None:
    lane = AdaptiveLimiter(32)
    for _ in range(7):
        await lane.acquire()
    assert lane.read_pause() == 0
    for _ in range(25):
        await lane.acquire()
    assert 0 < lane.read_pause() <= 0.05
    for _ in range(29):
        lane.release()
    assert lane.read_pause() == 0
