"""The slots of a server: fair, bounded, and never lost."""

from __future__ import annotations

import asyncio

import pytest

from roundtable_tui.llm.http.concurrency import Lane

pytestmark = pytest.mark.anyio


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_first_come_first_served() -> None:
    lane, order = Lane(1), list[int]()

    async def call(n: int) -> None:
        await lane.enter()
        order.append(n)
        await asyncio.sleep(0)
        lane.leave()

    await asyncio.gather(*(call(n) for n in range(6)))
    assert order == [0, 1, 2, 3, 4, 5]


async def test_nobody_jumps_the_line() -> None:
    lane = Lane(1)
    assert lane.enter_at_once()
    waiting = asyncio.create_task(lane.enter())
    await turn()
    lane.leave()
    assert not lane.enter_at_once(), "the slot is his who waited"
    await waiting
    lane.leave()
    assert lane.enter_at_once()


async def test_who_leaves_the_line_loses_no_slot() -> None:
    lane = Lane(1)
    await lane.enter()
    first, second = (asyncio.create_task(lane.enter()) for _ in range(2))
    await turn()
    first.cancel()
    await turn()
    lane.leave()
    await second
    lane.leave()
    assert lane.enter_at_once()


async def test_who_leaves_as_the_slot_is_given_passes_it_on() -> None:
    lane = Lane(1)
    await lane.enter()
    first, second = (asyncio.create_task(lane.enter()) for _ in range(2))
    await turn()
    lane.leave()
    first.cancel()
    await asyncio.wait([first])
    await second
    lane.leave()
    assert lane.enter_at_once()


async def test_it_narrows_when_overrun_and_widens_with_success() -> None:
    lane = Lane(8)
    for _ in range(8):
        assert lane.enter_at_once()
    lane.narrow()
    assert lane.width == 4
    for _ in range(5):
        lane.leave()
    assert lane.enter_at_once() and not lane.enter_at_once()
    lane.narrow()
    lane.narrow()
    lane.narrow()
    assert lane.width == 1
    lane.widen()
    assert lane.width == 2
    lane.widen()
    assert lane.width == 2, "one more, once all that may be made at once have succeeded"
    for _ in range(40):
        lane.widen()
    assert lane.width == 8


async def test_a_wider_setting_lets_people_in() -> None:
    lane = Lane(1)
    await lane.enter()
    waiting = asyncio.create_task(lane.enter())
    await turn()
    lane.set_width(2)
    await waiting


async def test_readers_of_a_crowd_rest_and_the_last_of_it_do_not() -> None:
    lane = Lane(32)
    for _ in range(7):
        await lane.enter()
    assert lane.rest() == 0
    for _ in range(25):
        await lane.enter()
    assert 0 < lane.rest() <= 0.05
    for _ in range(29):
        lane.leave()
    assert lane.rest() == 0
