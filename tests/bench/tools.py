"""What tools cost a turn that calls none: the engine's own time of a turn, without a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from statistics import median
from typing import Any

from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.table import Table
from roundtable_tui.llm.types import AttemptStarted, Finished, Limits, Server, StreamEvent, TextDelta
from roundtable_tui.resources import Persona

TURNS, REPEATS, PIECES = 200, 7, 20


def rows() -> list[tuple[str, ...]]:
    """Return the row of the table; each figure is the best of several, in turn with the other."""
    without, offered = asyncio.run(measure())
    what = "engine's time of a turn that calls no tool: tools offered, against none"
    return [(what, f"{offered * 1e6:.0f} µs", f"{without * 1e6:.0f} µs", f"{offered / without:.2f}", "1.5")]


async def measure() -> tuple[float, float]:
    """Return the median seconds of a turn without tools, and of one to which tools are offered."""
    without: list[float] = []
    offered: list[float] = []
    for _ in range(REPEATS):
        without.append(await time_turns(make_table()))
        offered.append(await time_turns(offer_tools(make_table())))
    return median(without), median(offered)


class Client:
    """Answers at once."""

    async def stream(self, server: Server, request: Any, limits: Limits) -> AsyncIterator[StreamEvent]:
        """Yield a short answer."""
        yield AttemptStarted(1)
        for _ in range(PIECES):
            yield TextDelta("word ")
        yield Finished("word " * PIECES)


def make_table() -> Table:
    """Return a table with one seat."""
    seat = Seat("ada", Persona(name="Ada", prompt="You are Ada."), Server("none", "http://none.test/v1"), "m")
    return Table(
        question="Why?", seats=[seat], captain=None, client=Client(), emit=lambda event: None,
        now=time.monotonic,
    )  # fmt: skip


def offer_tools(table: Table) -> Table:
    """Give the table the tools over files."""
    from pathlib import Path

    from roundtable_tui.engine.tools.tool import ToolPlan
    from roundtable_tui.engine.tools.toolbox import Toolbox
    from roundtable_tui.tools.files.roots import FileRoot, FileRoots
    from roundtable_tui.tools.files.tools import GUIDANCE, file_tools

    plan = ToolPlan(file_tools(FileRoots([FileRoot(Path.cwd(), "here")])), GUIDANCE)
    table.turns.toolbox = Toolbox(plan, table.quoter, table.emit, time.monotonic)
    return table


async def time_turns(table: Table) -> float:
    """Return the seconds of one turn, the mean of many."""
    began = time.perf_counter()
    for _ in range(TURNS):
        await table.ask(table.seats[0], "Why?", fresh=True)
    return (time.perf_counter() - began) / TURNS


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="  ")
