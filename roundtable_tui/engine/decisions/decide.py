"""Decisions of many seats at once, each down a ladder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, Field, create_model

from roundtable_tui.engine.calls.forecast import emit_forecast
from roundtable_tui.engine.decisions.fallbacks import Decision
from roundtable_tui.engine.seat import Seat

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table


D = TypeVar("D", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class DecisionRequest(Generic[D]):
    """A decision that is wanted of a seat; `otherwise` stands in where it can make none."""

    seat: Seat
    prompt: str
    form: type[D]
    default: Callable[[], D]


async def decide_all(
    table: Table, requests: Sequence[DecisionRequest[D]], *, label: str
) -> list[Decision[D]]:
    """Have many seats decide at once; return their decisions in the given order.

    Every ladder begins where the run's own stood: what one seat's server refuses meanwhile changes
    nothing for another, so that a resumed run climbs as the first one did.
    """
    emit_forecast(table, [(one.seat, one.prompt, {}) for one in requests])
    ladders = [table.fallback.copy() for _ in requests]

    async def decide_one(number: int) -> Decision[D]:
        one = requests[number]
        decision = await ladders[number].run(
            table, one.seat, one.prompt, one.form, label=label, words=None, default=one.default
        )
        table.emit_verdict(one.seat, label, decision)
        return decision

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(decide_one(number)) for number in range(len(requests))]
    for ladder in ladders:
        table.fallback.merge(ladder)
    return [task.result() for task in tasks]


async def choose(
    table: Table, seat: Seat, prompt: str, count: int, *, label: str, default: int
) -> tuple[int, str]:
    """Have `seat` choose one of `count` things that the prompt numbers from 1.

    Return its index, from 0, and the rung of the ladder that gave it; `otherwise` is the index that
    stands where the seat comes to no choice.
    """
    form: Any = create_model(
        "Choice", choice=(int, Field(ge=1, le=count, description="the number of the one you choose"))
    )
    decision = await table.decide(
        seat, prompt, form, label=label, words={str(n): form(choice=n) for n in range(1, count + 1)},
        default=lambda: form(choice=default + 1),
    )  # fmt: skip
    return int(decision.value.choice) - 1, decision.method
