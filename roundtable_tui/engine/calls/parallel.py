"""Asks many seats at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from roundtable_tui.engine.calls.forecast import emit_forecast
from roundtable_tui.engine.calls.turn_runner import AskOptions, TurnRunner
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn


async def ask_all(
    turns: TurnRunner,
    prompts: Sequence[tuple[Seat, str]],
    options: AskOptions,
    on_turn: Callable[[Seat, Turn], None] = lambda seat, turn: None,
) -> list[Turn]:
    """Ask many seats at once and return their turns in the order of `prompts`.

    The user may retry a failed seat as long as another seat is still answering. The seats do not affect
    each other: one failure never cancels another call.

    Args:
        turns: makes the turns.
        prompts: the seats, each with its prompt.
        options: how all of them are asked.
        on_turn: called with each answer when it is complete, while others are still being written.
    """
    emit_forecast(turns, [(seat, prompt, options) for seat, prompt in prompts])
    still_running = len(prompts)
    waiting: set[asyncio.Future[bool]] = set()

    def mark_done() -> None:
        nonlocal still_running
        still_running -= 1
        for future in waiting if not still_running else ():
            if not future.done():
                future.set_result(False)

    async def wait_for_retry(seat: Seat) -> bool:
        """Wait until the user retries the seat (True) or all others are done (False)."""
        nonlocal still_running
        waiting.add(future := turns.controls.offer_retry(seat.id))
        mark_done()
        try:
            is_retried = await asyncio.shield(future)
        finally:
            waiting.discard(future)
            turns.controls.withdraw_retry(seat.id)
        still_running += is_retried
        return is_retried

    async def ask_until_done(seat: Seat, prompt: str) -> Turn:
        turn = await turns.ask(seat, prompt, options)
        while not turn.ok:
            # A recorded retry is repeated without waiting for the user.
            was_retried = turns.replay_cache.was_retried_as(turn.id, seat.next_turn_id)
            if not was_retried and not await wait_for_retry(seat):
                return turn
            turns.discard_failures([turn])
            turn = await turns.ask(seat, prompt, replace(options, retry_of=turn.id))
        on_turn(seat, turn)
        mark_done()
        return turn

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask_until_done(seat, prompt)) for seat, prompt in prompts]
    return [task.result() for task in tasks]
