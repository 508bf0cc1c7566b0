"""Yields turns in the order in which they complete, for modes that act on each one at once.

The order is part of the record. A resumed run yields the recorded turns first, in their recorded
order, and calls no server before the last of them: so a mode stops where it stopped before.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from types import TracebackType
from typing import Any

from roundtable_tui.engine.calls.forecast import emit_forecast
from roundtable_tui.engine.calls.turn_runner import AskOptions, TurnRunner
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import MUTED, UNNEEDED, Turn


@dataclass(frozen=True, slots=True)
class _PendingCall:
    seat: Seat
    prompt: str
    options: AskOptions


class CompletionStream:
    """`async with table.arrivals() as stream`, then `stream.ask(...)` and `async for turn in stream`.

    More calls may be added while turns complete; a seat has one call at a time. Leaving the block
    cancels running calls and closes their sockets: those turns fail as "unneeded", which does not
    make the run a partial one.
    """

    def __init__(self, turns: TurnRunner) -> None:
        self._turns = turns
        self._recorded: list[tuple[int, str, _PendingCall]] = []
        """A heap of recorded calls by rank of completion."""
        self._skipped: list[_PendingCall] = []
        """Calls that the recorded run cancelled as unneeded."""
        self._unstarted: list[_PendingCall] = []
        self._running: dict[asyncio.Task[Turn], str] = {}
        self._busy: set[str] = set()

    def ask(self, seat: Seat, prompt: str, **options: Any) -> None:
        """Add a call; `options` are the keyword arguments of `Table.ask`.

        Raises:
            ValueError: the seat has a call that has not completed.
        """
        if seat.id in self._busy:
            raise ValueError(f"{seat.id} has not answered yet")
        self._busy.add(seat.id)
        call = _PendingCall(seat, prompt, AskOptions(**options))
        cached = self._turns.replay_cache.get_call(seat.next_turn_id)
        if cached is None:
            self._unstarted.append(call)
        elif cached.outcome.type == "turn_failed" and getattr(cached.outcome, "kind", "") == UNNEEDED:
            self._skipped.append(call)
        else:
            heappush(self._recorded, (cached.rank, seat.next_turn_id, call))

    @property
    def has_recorded_end(self) -> bool | None:
        """Whether the recorded run left these calls unneeded; None if the record does not say."""
        if self._recorded:
            return False
        return True if self._skipped else None

    async def __aenter__(self) -> CompletionStream:
        return self

    def __aiter__(self) -> CompletionStream:
        return self

    async def __anext__(self) -> Turn:
        if self._recorded:
            return await self._replay(heappop(self._recorded)[2])
        for call in self._skipped:  # This run differs from the recorded one: it needs these calls.
            self._turns.replay_cache.invalidate(call.seat.next_turn_id)
        calls = [*self._skipped, *self._unstarted]
        emit_forecast(self._turns, [(call.seat, call.prompt, call.options) for call in calls])
        for call in calls:
            turn_id = call.seat.next_turn_id
            coroutine = self._turns.ask(call.seat, call.prompt, call.options)
            self._running[asyncio.create_task(coroutine, name=turn_id)] = turn_id
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
            self._turns.calls.unneeded_turns.update(self._running.values())
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        if error is None:
            for call in [*(call for _, _, call in sorted(self._recorded)), *self._skipped]:
                await self._replay(call)
            for call in self._unstarted:  # Keeps the numbers of the seat's next calls as recorded.
                call.seat.call_count += 1

    async def _replay(self, call: _PendingCall) -> Turn:
        self._busy.discard(call.seat.id)
        return await self._turns.ask(call.seat, call.prompt, call.options)


async def work_queue(
    turns: TurnRunner,
    seats: Sequence[Seat],
    jobs: Collection[int],
    prompt: Callable[[int], str],
    *,
    label: str,
    reassign_failed: bool = False,
    ends_queue: Callable[[int, Turn], bool] = lambda job, turn: False,
    **options: Any,
) -> AsyncGenerator[tuple[int, Turn], None]:
    """Run numbered jobs, one per seat at a time; each free seat takes the next job.

    A muted seat takes no further jobs; if all are muted, jobs are left over. Close the generator to
    end it early.

    Args:
        turns: asks the seats.
        seats: the seats that share the jobs.
        jobs: numbers of the jobs, in order.
        prompt: builds the prompt of a job.
        label: label of the turns; job n has `LABEL n`.
        reassign_failed: give a failed job to another seat; it is yielded as failed only after every seat
            has failed on it.
        ends_queue: asked about each failed turn; once it returns True, no further turn begins, and what the
            turns under way come to is still yielded.
        options: further keyword arguments of `Table.ask`.

    Yields:
        The job and its turn, in order of completion.
    """
    todo = deque(jobs)
    failed_seats: dict[int, set[str]] = {}
    assigned: dict[str, int] = {}
    muted: set[str] = set()
    is_ended = False

    def assign_next_job(seat: Seat) -> None:
        job = next((job for job in todo if seat.id not in failed_seats.get(job, ())), None)
        if job is not None:
            todo.remove(job)
            assigned[seat.id] = job
            stream.ask(seat, prompt(job), label=f"{label} {job}", **options)

    async with CompletionStream(turns) as stream:
        for seat in seats:
            assign_next_job(seat)
        async for turn in stream:
            job = assigned.pop(turn.seat)
            is_ended = is_ended or (not turn.ok and ends_queue(job, turn))
            if is_ended:
                yield job, turn
                continue
            if turn.kind == MUTED:
                muted.add(turn.seat)
                todo.appendleft(job)
            elif not turn.ok and reassign_failed:
                failed_seats.setdefault(job, set()).add(turn.seat)
                if len(failed_seats[job]) < len(seats):
                    todo.appendleft(job)
                else:
                    yield job, turn
            else:
                yield job, turn
            for seat in seats:
                if seat.id not in assigned and seat.id not in muted:
                    assign_next_job(seat)
