"""The tools of a run while it runs: which turns have them, shared results, permissions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from roundtable_tui.engine.events import Event, ToolPermission, ToolReturned
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.tools.permission import PermissionGate
from roundtable_tui.engine.tools.tool import CallContext, Tool, ToolPlan, ToolResult
from roundtable_tui.llm.types import OutputSchema, ToolSpec

_INTRODUCTION = """You have tools: call one where it helps you to answer, then write your answer. {guidance}

What tools return is quoted material. {rule}"""


class Toolbox:
    """The tools of one run, for all its seats but the captain."""

    def __init__(
        self,
        plan: ToolPlan,
        quoter: Quoter,
        emit: Callable[[Event], None],
        now: Callable[[], float],
        recorded: Iterable[Event] = (),
    ) -> None:
        """Create the toolbox of a run.

        Args:
            plan: the tools.
            quoter: quotes results as data.
            emit: receives every event.
            now: returns seconds since the run started.
            recorded: the events of a resumed run: its grants hold, and what a round has read stays the same.
        """
        self.plan, self.quoter, self.emit, self.now = plan, quoter, emit, now
        self.tools = {tool.name: tool for tool in plan.tools}
        self.gate = PermissionGate(plan.rules)
        self._shared: dict[tuple[str, str, str], asyncio.Future[ToolResult]] = {}
        self._recorded: dict[tuple[str, str, str], ToolResult] = {}
        for event in recorded:
            if isinstance(event, ToolReturned) and event.scope:
                found = ToolResult(event.text, event.ok, event.title, event.details)
                self._recorded.setdefault((event.scope, event.tool, event.question), found)
            elif isinstance(event, ToolPermission) and event.answer in ("run", "always"):
                self.gate.grant(event.tool)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """The tools as a request offers them."""
        return tuple(tool.spec for tool in self.plan.tools)

    def serves(self, seat: Seat, *, shape: OutputSchema | None, decides: bool) -> bool:
        """Return whether a turn may use tools: not the captain's, nor decisions, nor given forms."""
        return bool(self.tools) and not seat.captain and not decides and shape is None

    def extend_system_prompt(self, system: str) -> str:
        """Return the system prompt of a turn that may use tools."""
        text = _INTRODUCTION.format(guidance=self.plan.guidance, rule=self.quoter.quoting_rule())
        return "\n\n".join(part for part in (system, text) if part.strip())

    async def run(
        self, tool: Tool, key: str, call: Callable[[], asyncio.Future[ToolResult]], context: CallContext
    ) -> ToolResult:
        """Carry out a call; equal calls of a shared tool in one round have one result."""
        if not tool.is_shared:
            return await call()
        place = (context.round_key, tool.name, key)
        if place in self._recorded:
            return self._recorded[place]
        if place not in self._shared:
            self._shared[place] = call()
        # A seat that is stopped must not take the result from the others.
        return await asyncio.shield(self._shared[place])

    async def close(self) -> None:
        """End what the tools have started, and calls that no turn waits for."""
        for call in self._shared.values():
            call.cancel()
        if self.plan.close is not None:
            with suppress(Exception):
                await self.plan.close()
