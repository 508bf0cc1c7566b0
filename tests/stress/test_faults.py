"""One fault at every possible place: the k-th request of a run, the j-th word of its stream.

The invariants of every run are checked, not messages: see `run_invariants`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import Limits, Server
from tests.support.fake_server import Reply, error
from tests.support.stress.run_invariants import hold
from tests.support.stress.runs import (
    CASES,
    MOST_S,
    WORDS,
    Brain,
    Caller,
    Change,
    NothingLeft,
    Taken,
    house,
    nth_case,
    plan,
    seat_of,
    take,
)
from tests.support.torture import share

pytestmark = pytest.mark.anyio
AT_ONCE = 8
SHORT_S = 0.4
AT_A_TIME = {"vote": 1}
"""Whose vote comes first is asked again in a tie: so that this is always the same one."""
SIDE_BY_SIDE = ("debate", "pro", "pro, picked", "vote", "council")
"""Modes in which all are asked at once, Bob among them."""
HURRIED = Limits(retries=0, first_token_s=SHORT_S, idle_s=SHORT_S)
FAILS: Mapping[str, Change] = {
    "refused": lambda reply: error(400, "no <b>such</b>\nthing"),
    "500": lambda reply: error(500, "out of order"),
    "empty": lambda reply: Reply(),
    "not whole": lambda reply: replace(reply, finish_reason=None, done=False),
    **{f"cut at {j}": lambda reply, j=j: replace(reply, cut_after=j) for j in range(WORDS)},
}
HANGS: Mapping[str, Change] = {
    "no answer": lambda reply: replace(reply, stall_after=0),
    "silence": lambda reply: replace(reply, stall_after=2),
    "comments": lambda reply: replace(reply, stall_after=1, comments_every=SHORT_S / 8),
}


@dataclass(frozen=True)
class Case:
    """A fault at one place: the n-th request of a seat, or that one and all after it."""

    fault: str
    seat: str
    nth: int
    on: bool

    def brain(self, faults: Mapping[str, Change]) -> Brain:
        last = self.nth + (99 if self.on else 1)
        return Brain({(self.seat, n): faults[self.fault] for n in range(self.nth, last)})


ASKED: dict[str, Counter[str]] = {}
"""How often each seat is asked in an honest run, by mode, once that is known."""


async def cases(mode: str, folder: Path, faults: Mapping[str, Change]) -> list[Case]:
    """Return every fault at every request of a run without faults of a mode."""
    if mode not in ASKED:
        honest = await take(mode, Brain(), folder / "honest", concurrency=AT_A_TIME.get(mode, 32))
        hold(honest, Limits(retries=0))
        assert honest.run.result is not None and honest.run.result.status == "complete", honest.run.result
        ASKED[mode] = honest.brain.asked
    places = [(seat, n) for seat, count in ASKED[mode].items() for n in range(1, count + 1)]
    return [Case(f, seat, n, on) for f in faults for seat, n in places for on in (False, True)]


async def all_of(
    mode: str, picked: list[Case], folder: Path, limits: Limits, faults: Mapping[str, Change]
) -> list[Taken]:
    """Run every case, several at a time, and check each."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Case) -> Taken:
        async with slots:
            calls = AT_A_TIME.get(mode, 32)
            taken = await take(mode, case.brain(faults), folder / str(number), limits, concurrency=calls)
        try:
            hold(taken, limits)
        except AssertionError as wrong:
            wrong.add_note(f"{mode}: {case}")
            raise
        return taken

    return list(await asyncio.gather(*(one(number, case) for number, case in enumerate(picked))))


@pytest.mark.parametrize("mode", CASES)
async def test_run_with_any_failed_or_cut_request_holds_invariants(mode: str, tmp_path: Path) -> None:
    async with NothingLeft():
        every = await cases(mode, tmp_path, FAILS)
        for taken in await all_of(
            mode, share(every, 61, 5 * nth_case(mode)), tmp_path, Limits(retries=0), FAILS
        ):
            assert taken.told(events.TurnFailed), "the fault was felt"


@pytest.mark.parametrize("mode", CASES)
async def test_run_with_any_hanging_request_holds_invariants(mode: str, tmp_path: Path) -> None:
    async with NothingLeft():
        every = await cases(mode, tmp_path, HANGS)
        for taken in await all_of(mode, share(every, 41, 5 * nth_case(mode)), tmp_path, HURRIED, HANGS):
            assert any("silent" in e.error or "after" in e.error for e in taken.told(events.TurnFailed))


@pytest.mark.parametrize("mode", SIDE_BY_SIDE)
async def test_run_with_hanging_seat_leaves_other_seats_unchanged(mode: str, tmp_path: Path) -> None:
    """Bob fails after the others have ended: their requests and replies do not change."""
    async with NothingLeft():
        honest = await take(mode, Brain(), tmp_path / "honest")
        gate = asyncio.Event()
        brain = Brain({("Bob", 1): lambda reply: Reply(status=400, body="no", gate=gate)})
        async with house(brain) as (fake, client):
            run = Run(plan(mode, Server("fake", fake.url)), Caller(client), run_dir=tmp_path / "run")
            ended: set[str] = set()

            def told(event: events.Event) -> None:
                if isinstance(event, events.TurnFinished):
                    ended.add(event.seat)
                    if ended >= {"ada", "eve"}:
                        gate.set()  # If they waited for Bob, this would never happen.

            run.add_listener(told)
            async with asyncio.timeout(MOST_S):
                result = await run.execute()
        assert result.status == "partial"

        def first(taken: Any, seat: str) -> Any:
            return next(seen.body for seen in taken.requests if seat_of(seen.body) == seat)

        for seat in ("Ada", "Eve"):
            assert first(fake, seat) == first(honest.fake, seat)
            assert said(run, seat) == said(honest.run, seat)


def said(run: Run, seat: str) -> str:
    """Return the first text of a seat."""
    ends = (event for event in run.events if isinstance(event, events.TurnFinished))
    return next(end.text for end in ends if end.seat == seat.lower())


@pytest.mark.parametrize("mode", CASES)
async def test_run_with_temporary_fault_completes_without_repeated_text(mode: str, tmp_path: Path) -> None:
    """With one retry, every run ends as without the fault, and no text is there twice."""
    passing = {name: change for name, change in FAILS.items() if name != "refused"}
    limits = Limits(retries=1)
    async with NothingLeft():
        once = [case for case in await cases(mode, tmp_path, passing) if not case.on]
        for case, taken in zip(
            picked := share(once, 29, 5 * nth_case(mode)),
            await all_of(mode, picked, tmp_path, limits, passing),
            strict=True,
        ):
            assert taken.run.result is not None and taken.run.result.status == "complete", case
            assert len(taken.fake.requests) == ASKED[mode].total() + 1
            assert [e for e in taken.recorded if isinstance(e, events.TurnStarted) and e.attempt == 2], case
