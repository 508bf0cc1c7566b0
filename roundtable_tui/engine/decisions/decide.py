"""Decisions of many seats at once, each down a ladder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, Field, create_model

from roundtable_tui.engine.calls.forecast import foresee
from roundtable_tui.engine.decisions.fallbacks import Decision
from roundtable_tui.engine.seat import Seat

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table


D = TypeVar("D", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Wanted(Generic[D]):
    """A decision that is wanted of a seat; `otherwise` stands in where it can make none."""

    seat: Seat
    prompt: str
    form: type[D]
    otherwise: Callable[[], D]


async def decide_all(table: Table, wanted: Sequence[Wanted[D]], *, label: str) -> list[Decision[D]]:
    """Have many seats decide at once; return their decisions in the given order.

    Every ladder begins where the run's own stood: what one seat's server refuses meanwhile changes
    nothing for another, so that a resumed run climbs as the first one did.
    """
    foresee(table, [(one.seat, one.prompt, {}) for one in wanted])
    ladders = [table.ladder.copy() for _ in wanted]

    async def one(number: int) -> Decision[D]:
        one = wanted[number]
        decision = await ladders[number].climb(
            table, one.seat, one.prompt, one.form, label=label, words=None, otherwise=one.otherwise
        )
        table.verdict(one.seat, label, decision)
        return decision

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number)) for number in range(len(wanted))]
    for ladder in ladders:
        table.ladder.learn(ladder)
    return [task.result() for task in tasks]


async def choose(
    table: Table, seat: Seat, prompt: str, count: int, *, label: str, otherwise: int
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
        otherwise=lambda: form(choice=otherwise + 1),
    )  # fmt: skip
    return int(decision.value.choice) - 1, decision.rung
