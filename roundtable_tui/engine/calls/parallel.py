"""Many seats asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from roundtable_tui.engine.calls.forecast import emit_forecast
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table


async def ask_all(
    table: Table, prompts: Mapping[Seat, str] | Sequence[tuple[Seat, str]], **how: Any
) -> list[Turn]:
    """Ask many seats at once and return their turns in the given order; `how` is as in `table.ask`.

    A seat that fails may be asked again by the person while others still speak. Nothing that one seat
    does touches another.
    """
    pairs = list(prompts.items()) if isinstance(prompts, Mapping) else list(prompts)
    emit_forecast(table, [(seat, prompt, how) for seat, prompt in pairs])
    speaking = len(pairs)
    parked: set[asyncio.Future[bool]] = set()

    def mark_done() -> None:
        nonlocal speaking
        speaking -= 1
        for future in parked if not speaking else ():
            if not future.done():
                future.set_result(False)

    async def wait_for_retry(seat: Seat) -> bool:
        """Wait until the person asks for the seat again, or all others are done."""
        nonlocal speaking
        parked.add(future := table.controls.offer_retry(seat.id))
        mark_done()
        try:
            wanted = await asyncio.shield(future)
        finally:
            parked.discard(future)
            table.controls.withdraw_retry(seat.id)
        speaking += wanted
        return wanted

    async def ask_until_done(seat: Seat, prompt: str) -> Turn:
        turn = await table.ask(seat, prompt, **how)
        while not turn.ok:
            made_good = table.calls.memory.was_retried_as(turn.id, f"{seat.id}.{seat.call_count + 1}")
            if not made_good and not await wait_for_retry(seat):
                return turn
            table.discard_failures([turn])
            turn = await table.ask(seat, prompt, **how, retry_of=turn.id)
        mark_done()
        return turn

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask_until_done(seat, prompt)) for seat, prompt in pairs]
    return [task.result() for task in tasks]
