"""The tool calls of one turn: carried out, bounded, and recorded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from roundtable_tui.engine.calls.context_window import CHARS_PER_TOKEN
from roundtable_tui.engine.events import Event, ToolCalled, ToolPermission, ToolReturned, TurnQueued
from roundtable_tui.engine.tools.permission import PermissionQuestion
from roundtable_tui.engine.tools.requests import (
    MAX_CALLS,
    ParsedCall,
    is_only_calls,
    parse_request,
    read_requests,
)
from roundtable_tui.engine.tools.tool import CallContext, Tool, ToolResult
from roundtable_tui.engine.tools.toolbox import Toolbox
from roundtable_tui.llm.types import ChatRequest, Finished, ToolExchange, ToolRequest
from roundtable_tui.utils.text import single_line

MAX_RESULT_CHARS = 24_000
"""Characters of one result."""
_MAX_TURN_CHARS = 96_000
"""Characters of all results of a turn."""
_WINDOW_SHARE = 0.4
"""Share of a model's context that the results of a turn may fill."""
_MIN_RESULT_CHARS = 200
_MAX_ID_CHARS = 200
_REPEATED = "not called again: this is the call before, and its result stands above"
_TOO_MANY = f"not called: at most {MAX_CALLS} calls at once"
_NO_ROOM = "not called: the results of this turn are as long as they may be"
_SHORTENED = "\n(shortened: {left:,} more characters)"


class TurnTools:
    """Answers the calls of one turn. After `is_closed`, the turn is asked for its answer without tools."""

    def __init__(self, toolbox: Toolbox, queued: TurnQueued, find_window: Callable[[], int | None]) -> None:
        """Create the tools of a turn; `find_window` returns the tokens that its model can hold, if known."""
        self._toolbox, self._queued, self._find_window = toolbox, queued, find_window
        self._chars_used = 0
        self._trips = 0
        self._call_count = 0
        self._last_keys: list[str] = []
        self.results: list[ToolReturned] = []
        """The results so far."""
        self.is_closed = False
        """No further call is answered."""

    @property
    def _chars_left(self) -> int:
        """Characters of further results; fewer once a refusal has shown a small context."""
        window = self._find_window()
        limit = _MAX_TURN_CHARS if window is None else int(window * CHARS_PER_TOKEN * _WINDOW_SHARE)
        return min(_MAX_TURN_CHARS, limit) - self._chars_used

    def read(self, end: Finished) -> tuple[ToolRequest, ...]:
        """Return the calls in a reply; none once the tools are closed."""
        return () if self.is_closed else read_requests(end, self._toolbox.tools)

    def is_unanswered(self, text: str) -> bool:
        """Return whether the last reply only calls tools and does not answer."""
        return is_only_calls(text, self._toolbox.tools)

    async def extend(self, request: ChatRequest, end: Finished) -> ChatRequest:
        """Carry out the calls of a reply and return the next request, with their results."""
        exchange = await self._answer(end.text, self.read(end))
        tools = () if self.is_closed else request.tools
        return replace(request, tools=tools, exchanges=(*request.exchanges, exchange))

    def undo(self) -> None:
        """Forget the last reply: it is asked for again."""
        self._trips, self._last_keys, self.is_closed = self._trips - 1, [], False

    async def end(self) -> None:
        """Free what the turn has used."""
        if self._trips and self._toolbox.plan.end_turn is not None:
            with suppress(Exception):
                await self._toolbox.plan.end_turn(self._queued.turn)

    async def _answer(self, text: str, requests: Sequence[ToolRequest]) -> ToolExchange:
        self._trips += 1
        requests = self._with_ids(requests)
        calls = [self._parse(request) for request in requests]
        keys = [call.key for call in calls]
        is_repeated = keys == self._last_keys
        self._last_keys = keys
        if self._trips >= self._toolbox.plan.max_trips or is_repeated:
            self.is_closed = True
        first: dict[str, int] = {}
        for at, key in enumerate(keys[:MAX_CALLS]):
            first.setdefault(key, at)
        numbers = [str(self._call_count + at + 1) for at in range(len(calls))]
        self._call_count += len(calls)
        for at, (number, call) in enumerate(zip(numbers, calls, strict=True)):
            if at >= MAX_CALLS or first[call.key] == at:  # An equal call beside another is not made.
                self._toolbox.emit(
                    ToolCalled(
                        turn=self._queued.turn, seat=self._queued.seat, call=number, tool=call.request.name,
                        arguments=call.arguments, trip=self._trips,
                    )
                )  # fmt: skip
        running = {
            at: asyncio.create_task(self._run(calls[at], numbers[at], is_repeated)) for at in first.values()
        }
        try:
            await asyncio.gather(*running.values())
        except asyncio.CancelledError:
            for task in running.values():
                task.cancel()
            await asyncio.gather(*running.values(), return_exceptions=True)
            raise
        results: list[str] = []
        for at, key in enumerate(keys):
            if at < MAX_CALLS:
                results.append(running[first[key]].result())
            else:
                results.append(self._deliver(calls[at], numbers[at], ToolResult(_TOO_MANY, ok=False)))
        return ToolExchange(text.strip(), tuple(requests), tuple(results))

    def _with_ids(self, requests: Sequence[ToolRequest]) -> list[ToolRequest]:
        """Give calls without a usable id one of nine letters and digits, which all servers accept."""
        seen: set[str] = set()
        given: list[ToolRequest] = []
        for at, request in enumerate(requests):
            usable = request.id and len(request.id) <= _MAX_ID_CHARS and request.id not in seen
            ident = request.id if usable else f"call{self._call_count + at + 1:05d}"
            seen.add(ident)
            given.append(replace(request, id=ident))
        return given

    def _parse(self, request: ToolRequest) -> ParsedCall:
        tool = self._toolbox.tools.get(request.name)
        if tool is None:
            known = ", ".join(self._toolbox.tools)
            return ParsedCall(request, {}, f"there is no tool of this name; the tools are: {known}")
        return parse_request(request, tool.spec.parameters)

    async def _run(self, call: ParsedCall, number: str, is_repeated: bool) -> str:
        began = self._toolbox.now()
        scope = ""
        if call.problem:
            result = ToolResult(f"not called: {call.problem}", ok=False)
        elif is_repeated:
            result = ToolResult(_REPEATED, ok=False)
        elif self._chars_left < _MIN_RESULT_CHARS:
            result = ToolResult(_NO_ROOM, ok=False)
        else:
            tool = self._toolbox.tools[call.request.name]
            restricts = self._toolbox.gate.restricts
            context = CallContext(self._queued.turn, self._queued.seat, round_key(self._queued), restricts)
            refusal = await self._check_permission(tool, call.arguments)
            result = refusal or await self._call(tool, call, context)
            scope = context.round_key if tool.is_shared and refusal is None else ""
        return self._deliver(call, number, result, self._toolbox.now() - began, scope)

    async def _check_permission(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolResult | None:
        """Return the result of a call that is not allowed; None for one that is."""
        queued, (subject, *aliases) = self._queued, tool.subject(arguments)
        as_json = json.dumps(arguments, ensure_ascii=False)
        question = PermissionQuestion(
            tool.name, subject, queued.seat, as_json, tuple(aliases), tuple(tool.mentions(arguments))
        )
        permission = await self._toolbox.gate.check(question, tool.default)
        if permission.answer is not None:
            self._toolbox.emit(
                ToolPermission(
                    turn=queued.turn, seat=queued.seat, tool=tool.name, answer=permission.answer,
                    subject=single_line(subject, 300),
                )
            )  # fmt: skip
        return None if permission.allowed else ToolResult(f"not called: {permission.why}", ok=False)

    async def _call(self, tool: Tool, call: ParsedCall, context: CallContext) -> ToolResult:
        async def run() -> ToolResult:
            try:
                async with asyncio.timeout(tool.timeout_s):
                    return await tool.run(call.arguments, context)
            except TimeoutError:
                return ToolResult(f"failed: no result after {tool.timeout_s:g} s", ok=False)
            except Exception as error:  # A tool must not end a turn.
                name = type(error).__name__
                return ToolResult(single_line(f"failed: {error or name}", 500), ok=False)

        return await self._toolbox.run(tool, call.key, lambda: asyncio.ensure_future(run()), context)

    def _deliver(
        self, call: ParsedCall, number: str, result: ToolResult, elapsed_s: float = 0.0, scope: str = ""
    ) -> str:
        """Record a result, shortened to what there is room for, and return it as data for the model."""
        text = result.text
        most = min(MAX_RESULT_CHARS, max(_MIN_RESULT_CHARS, self._chars_left))
        if len(text) > most:
            text = text[:most] + _SHORTENED.format(left=len(text) - most)
        self._chars_used += len(text)
        queued, name = self._queued, call.request.name
        event = ToolReturned(
            turn=queued.turn, seat=queued.seat, call=number, tool=name, text=text, ok=result.ok,
            title=result.title, details=result.details, elapsed_s=round(elapsed_s, 3),
            question=call.key if scope else "", scope=scope,
        )  # fmt: skip
        self.results.append(event)
        self._toolbox.emit(event)
        return self._toolbox.quoter.quote(single_line(f"result of {name} {result.title}", 200), text)


def list_used(recorded: Iterable[Event]) -> tuple[str, ...]:
    """Return the names of the tools that gave a result."""
    return tuple(dict.fromkeys(one.tool for one in recorded if isinstance(one, ToolReturned) and one.ok))


def round_key(queued: TurnQueued) -> str:
    """Return what the turns of one round have in common: the stage of a pipeline, the phase and the round."""
    stage = queued.seat.partition("-")[0]
    return f"{stage if stage.isdigit() else ''}/{queued.phase}/{queued.round}"
