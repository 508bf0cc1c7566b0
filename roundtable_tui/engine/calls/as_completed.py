"""Turns in the order in which they arrive, for modes that act on each as it comes.

The order is part of the record: a run that is resumed is given the recorded turns first, in the
order in which they came, and asks no server before it has heard them all. So it stops, or goes on,
where it did before.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from types import TracebackType
from typing import TYPE_CHECKING, Any

from roundtable_tui.engine.calls.forecast import foresee
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import MUTED, UNNEEDED, Turn

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table


@dataclass(frozen=True, slots=True)
class _Call:
    seat: Seat
    prompt: str
    how: Mapping[str, Any]


class Arrivals:
    """`async with table.arrivals() as arriving`, then `arriving.ask(...)` and `async for turn in arriving`.

    More may be asked while turns arrive; a seat has one call at a time. Leaving the block ends what
    still runs, with its sockets: those turns fail as "unneeded", which makes no run a partial one.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._recorded: list[tuple[int, str, _Call]] = []
        self._excused: list[_Call] = []
        self._waiting: list[_Call] = []
        self._running: dict[asyncio.Task[Turn], str] = {}
        self._busy: set[str] = set()

    def ask(self, seat: Seat, prompt: str, **how: Any) -> None:
        """Have `seat` asked, as `table.ask` does; its turn will arrive. ValueError while one is due."""
        if seat.id in self._busy:
            raise ValueError(f"{seat.id} has not answered yet")
        self._busy.add(seat.id)
        call = _Call(seat, prompt, how)
        turn = self._next_turn(seat)
        recalled = self._table.calls.memory.call(turn)
        if recalled is None:
            self._waiting.append(call)
        elif recalled.outcome.type == "turn_failed" and getattr(recalled.outcome, "kind", "") == UNNEEDED:
            self._excused.append(call)
        else:
            heappush(self._recorded, (recalled.rank, turn, call))

    async def __aenter__(self) -> Arrivals:
        return self

    def __aiter__(self) -> Arrivals:
        return self

    async def __anext__(self) -> Turn:
        if self._recorded:
            return await self._recall(heappop(self._recorded)[2])
        for call in self._excused:  # The run goes otherwise than recorded: they are needed now.
            self._table.calls.memory.forget(self._next_turn(call.seat))
        calls = [*self._excused, *self._waiting]
        foresee(self._table, [(call.seat, call.prompt, call.how) for call in calls])
        for call in calls:
            turn = self._next_turn(call.seat)
            asking = self._table.ask(call.seat, call.prompt, **call.how)
            self._running[asyncio.create_task(asking, name=turn)] = turn
        self._excused, self._waiting = [], []
        if not self._running:
            raise StopAsyncIteration
        done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if (error := task.exception()) is not None:
                raise error
        first = min(done, key=lambda task: task.result().rank)
        del self._running[first]
        self._busy.discard(first.result().seat)
        return first.result()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._table.calls.unneeded.update(self._running.values())
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        if error is None:
            for call in [*(call for _, _, call in sorted(self._recorded)), *self._excused]:
                await self._recall(call)
            for call in self._waiting:  # The next call of the seat has the next number, as it had before.
                call.seat.calls += 1

    async def _recall(self, call: _Call) -> Turn:
        self._busy.discard(call.seat.id)
        return await self._table.ask(call.seat, call.prompt, **call.how)

    def _next_turn(self, seat: Seat) -> str:
        return f"{seat.id}.{seat.calls + 1}"


async def spread(
    table: Table,
    seats: Sequence[Seat],
    jobs: Collection[int],
    prompt: Callable[[int], str],
    *,
    label: str,
    hand_over: bool = False,
    **how: Any,
) -> AsyncGenerator[tuple[int, Turn], None]:
    """Work through numbered jobs, one a seat at a time, whoever is free taking the next; yield (job, turn).

    Job n is asked as `LABEL n` with `prompt(n)`. With `hand_over` a failed one goes to another seat, and
    is yielded as failed only once every seat has failed on it. A seat that turns out to be muted takes no
    part any more; where all are, jobs are left over. Close the generator to end it early.
    """
    todo = deque(jobs)
    failed: dict[int, set[str]] = {}
    taken: dict[str, int] = {}
    out: set[str] = set()

    def take(seat: Seat) -> None:
        fit = next((job for job in todo if seat.id not in failed.get(job, ())), None)
        if fit is not None:
            todo.remove(fit)
            taken[seat.id] = fit
            arriving.ask(seat, prompt(fit), label=f"{label} {fit}", **how)

    async with table.arrivals() as arriving:
        for seat in seats:
            take(seat)
        async for turn in arriving:
            job = taken.pop(turn.seat)
            if turn.kind == MUTED:
                out.add(turn.seat)
                todo.appendleft(job)
            elif not turn.ok and hand_over:
                failed.setdefault(job, set()).add(turn.seat)
                if len(failed[job]) < len(seats):
                    todo.appendleft(job)
                else:
                    yield job, turn
            else:
                yield job, turn
            for seat in seats:
                if seat.id not in taken and seat.id not in out:
                    take(seat)
