"""The concurrency limit of a server: fair, bounded, without lost slots."""

from __future__ import annotations

import asyncio

import pytest

from roundtable_tui.llm.http.concurrency import AdaptiveLimiter

pytestmark = pytest.mark.anyio


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_limiter_serves_first_in_first_out() -> None:
    lane, order = AdaptiveLimiter(1), list[int]()

    async def call(n: int) -> None:
        await lane.acquire()
        order.append(n)
        await asyncio.sleep(0)
        lane.release()

    await asyncio.gather(*(call(n) for n in range(6)))
    assert order == [0, 1, 2, 3, 4, 5]


async def test_limiter_new_call_does_not_pass_waiting_calls() -> None:
    lane = AdaptiveLimiter(1)
    assert lane.try_acquire()
    waiting = asyncio.create_task(lane.acquire())
    await turn()
    lane.release()
    assert not lane.try_acquire(), "the slot is his who waited"
    await waiting
    lane.release()
    assert lane.try_acquire()


async def test_limiter_cancelled_waiter_loses_no_slot() -> None:
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


async def test_limiter_waiter_cancelled_with_slot_passes_it_on() -> None:
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


async def test_limiter_halves_on_overload_and_grows_on_success() -> None:
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


async def test_limiter_raised_limit_starts_waiting_calls() -> None:
    lane = AdaptiveLimiter(1)
    await lane.acquire()
    waiting = asyncio.create_task(lane.acquire())
    await turn()
    lane.set_limit(2)
    await waiting
