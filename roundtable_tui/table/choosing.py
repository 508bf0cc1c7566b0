"""One of a numbered list chosen by a seat: a decision that a bare number makes too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model

from roundtable_tui.table.seat import Seat

if TYPE_CHECKING:
    from roundtable_tui.table.table import Table


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
