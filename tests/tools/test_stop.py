"""The user stops a seat, or the run, while a tool runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.tools.tool import CallContext, Tool, ToolPlan, ToolResult
from roundtable_tui.llm.types import ToolSpec
from tests.support.fake_server import Reply
from tests.support.mode_run import room

pytestmark = pytest.mark.anyio
CALL = Reply(calls=[("slow", {})])


class Slow:
    """A tool that waits until it is let go."""

    def __init__(self, *, is_shared: bool) -> None:
        self.began, self.go, self.ended = asyncio.Event(), asyncio.Event(), 0
        self.closed = False
        spec = ToolSpec("slow", "Wait.", {"type": "object"})
        tool = Tool(spec, self._run, default="allow", is_shared=is_shared)
        self.plan = ToolPlan((tool,), close=self._close)

    async def _run(self, arguments: Mapping[str, Any], context: CallContext) -> ToolResult:
        self.began.set()
        try:
            await self.go.wait()
        finally:
            self.ended += 1
        return ToolResult("late")

    async def _close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("is_shared", [True, False])
async def test_stopped_seat_fails_and_the_others_get_the_result(tmp_path: Path, is_shared: bool) -> None:
    slow = Slow(is_shared=is_shared)
    script = {"Ada": [CALL, "no"], "Ben": [CALL, "It is 14."], "Captain": "It is 14."}
    async with room(script, tmp_path) as table:
        run = table.run(replace(table.plan("pro", ("Ada", "Ben")), tools=slow.plan))
        task = asyncio.ensure_future(run.execute())
        async with asyncio.timeout(30):
            await slow.began.wait()
            while not run.table.controls.stop("ada"):
                await asyncio.sleep(0)
            while not [one for one in run.events if isinstance(one, events.TurnFailed)]:
                await asyncio.sleep(0)
        slow.go.set()
        outcome = await task
        (failed,) = table.told(events.TurnFailed)
        assert (failed.seat, failed.kind) == ("ada", "stopped") and failed.usage["prompt_tokens"] > 0
        assert [one.seat for one in table.told(events.ToolReturned)] == ["ben"]
    assert outcome.answer.text == "It is 14." and slow.closed


@pytest.mark.parametrize("is_shared", [True, False])
async def test_stopped_run_ends_its_tools(tmp_path: Path, is_shared: bool) -> None:
    slow = Slow(is_shared=is_shared)
    async with room(CALL, tmp_path) as table:
        run = table.run(replace(table.plan("single", ("Ada",), captain=False), tools=slow.plan))
        task = asyncio.ensure_future(run.execute())
        async with asyncio.timeout(30):
            await slow.began.wait()
            task.cancel()
            await asyncio.wait({task})
            await asyncio.sleep(0)
        assert run.result is not None and run.result.status == "cancelled"
        assert slow.closed and slow.ended == 1
