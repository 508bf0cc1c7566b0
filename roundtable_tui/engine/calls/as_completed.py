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

from roundtable_tui.engine.calls.forecast import emit_forecast
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import MUTED, UNNEEDED, Turn

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table


@dataclass(frozen=True, slots=True)
class _PendingCall:
    seat: Seat
    prompt: str
    options: Mapping[str, Any]


class CompletionStream:
    """`async with table.arrivals() as arriving`, then `arriving.ask(...)` and `async for turn in arriving`.

    More may be asked while turns arrive; a seat has one call at a time. Leaving the block ends what
    still runs, with its sockets: those turns fail as "unneeded", which makes no run a partial one.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._recorded: list[tuple[int, str, _PendingCall]] = []
        self._skipped: list[_PendingCall] = []
        self._unstarted: list[_PendingCall] = []
        self._running: dict[asyncio.Task[Turn], str] = {}
        self._busy: set[str] = set()

    def ask(self, seat: Seat, prompt: str, **how: Any) -> None:
        """Have `seat` asked, as `table.ask` does; its turn will arrive. ValueError while one is due."""
        if seat.id in self._busy:
            raise ValueError(f"{seat.id} has not answered yet")
        self._busy.add(seat.id)
        call = _PendingCall(seat, prompt, how)
        turn = self._next_turn_id(seat)
        recalled = self._table.calls.memory.get_call(turn)
        if recalled is None:
            self._unstarted.append(call)
        elif recalled.outcome.type == "turn_failed" and getattr(recalled.outcome, "kind", "") == UNNEEDED:
            self._skipped.append(call)
        else:
            heappush(self._recorded, (recalled.rank, turn, call))

    async def __aenter__(self) -> CompletionStream:
        return self

    def __aiter__(self) -> CompletionStream:
        return self

    async def __anext__(self) -> Turn:
        if self._recorded:
            return await self._replay(heappop(self._recorded)[2])
        for call in self._skipped:  # The run goes otherwise than recorded: they are needed now.
            self._table.calls.memory.invalidate(self._next_turn_id(call.seat))
        calls = [*self._skipped, *self._unstarted]
        emit_forecast(self._table, [(call.seat, call.prompt, call.options) for call in calls])
        for call in calls:
            turn = self._next_turn_id(call.seat)
            asking = self._table.ask(call.seat, call.prompt, **call.options)
            self._running[asyncio.create_task(asking, name=turn)] = turn
        self._skipped, self._unstarted = [], []
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
            self._table.calls.unneeded_turns.update(self._running.values())
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        if error is None:
            for call in [*(call for _, _, call in sorted(self._recorded)), *self._skipped]:
                await self._replay(call)
            for call in self._unstarted:  # The next call of the seat has the next number, as it had before.
                call.seat.call_count += 1

    async def _replay(self, call: _PendingCall) -> Turn:
        self._busy.discard(call.seat.id)
        return await self._table.ask(call.seat, call.prompt, **call.options)

    def _next_turn_id(self, seat: Seat) -> str:
        return f"{seat.id}.{seat.call_count + 1}"


async def work_queue(
    table: Table,
    seats: Sequence[Seat],
    jobs: Collection[int],
    prompt: Callable[[int], str],
    *,
    label: str,
    reassign_failed: bool = False,
    **how: Any,
) -> AsyncGenerator[tuple[int, Turn], None]:
    """Work through numbered jobs, one a seat at a time, whoever is free taking the next; yield (job, turn).

    Job n is asked as `LABEL n` with `prompt(n)`. With `reassign_failed` a failed one goes to another seat, and
    is yielded as failed only once every seat has failed on it. A seat that turns out to be muted takes no
    part any more; where all are, jobs are left over. Close the generator to end it early.
    """
    todo = deque(jobs)
    failed: dict[int, set[str]] = {}
    taken: dict[str, int] = {}
    out: set[str] = set()

    def assign_next_job(seat: Seat) -> None:
        fit = next((job for job in todo if seat.id not in failed.get(job, ())), None)
        if fit is not None:
            todo.remove(fit)
            taken[seat.id] = fit
            arriving.ask(seat, prompt(fit), label=f"{label} {fit}", **how)

    async with table.arrivals() as arriving:
        for seat in seats:
            assign_next_job(seat)
        async for turn in arriving:
            job = taken.pop(turn.seat)
            if turn.kind == MUTED:
                out.add(turn.seat)
                todo.appendleft(job)
            elif not turn.ok and reassign_failed:
                failed.setdefault(job, set()).add(turn.seat)
                if len(failed[job]) < len(seats):
                    todo.appendleft(job)
                else:
                    yield job, turn
            else:
                yield job, turn
            for seat in seats:
                if seat.id not in taken and seat.id not in out:
                    assign_next_job(seat)
