"""Runs one model call under the user's controls and turns it into events and a `Turn`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

from roundtable_tui.engine.calls.budget import BUDGET_EXCEEDED, Budget, CallAllowance
from roundtable_tui.engine.calls.in_flight import InFlightCall, Outcome
from roundtable_tui.engine.controls import CancelReason, Controls
from roundtable_tui.engine.events import (
    AnswerDelta,
    Event,
    ReasoningDelta,
    TurnFailed,
    TurnFinished,
    TurnQueued,
    TurnResplit,
    TurnStarted,
    TurnWaiting,
    UsageUpdated,
)
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.tools.turn_tools import TurnTools, list_used
from roundtable_tui.engine.turn import MUTED, Turn
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.errors.response_cut import UNCLEAR_CUT
from roundtable_tui.llm.types import (
    AttemptStarted,
    ChatRequest,
    Failed,
    Finished,
    Limits,
    Paused,
    Resplit,
    Server,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
)

T = TypeVar("T")
_MAX_REFITS = 5
_CUT_BY = {
    "length": "the token limit",
    "context": "the end of the model's context",
    "filter": "the server's content filter",
    "fault": "a fault of the server",
}
_UNCLEAR_CUT_BY = "the token limit of the server, or its context was full"


class ModelClient(Protocol):
    """The interface to the model client: one call as a stream of pieces."""

    def stream(self, server: Server, request: ChatRequest, limits: Limits) -> AsyncIterator[StreamEvent]:
        """Yield pieces, the last of them Finished or Failed; closing the stream closes the socket."""
        ...


class CallRunner:
    """Makes the turns of one run."""

    def __init__(
        self,
        client: ModelClient,
        emit: Callable[[Event], None],
        now: Callable[[], float],
        limits: Limits,
        controls: Controls,
        replay_cache: ReplayCache,
        budget: Budget,
    ) -> None:
        self.client = client
        """Makes the calls."""
        self._emit, self._now = emit, now
        self._limits = limits
        self._controls = controls
        self._finished_count = 0
        self._replay_cache = replay_cache
        self.unneeded_turns: set[str] = set()
        """Ids of turns that are cancelled because the run no longer needs them."""
        self.on_replay: Callable[[str], None] = lambda turn: None
        self.internal_error: Exception | None = None
        """An unexpected exception during a call, for the log; its turn has failed."""
        self._budget = budget
        for call in replay_cache.wasted_calls:
            budget.totals.add(call.outcome)

    async def run(
        self,
        seat: Seat,
        queued: TurnQueued,
        build_request: Callable[[], ChatRequest],
        refit: Callable[[ChatRequest, Failed], ChatRequest | None] | None = None,
        tools: TurnTools | None = None,
    ) -> Turn:
        """Run one call and return its turn; a recorded call is replayed.

        Args:
            seat: who is asked.
            queued: the turn.
            build_request: returns the request when it is sent.
            refit: returns a smaller request after one whose prompt was too long; None if there is none.
            tools: the tools that the seat may call before it answers.
        """
        self._replay_cache.note_turn(queued)
        if cached := self._replay_cache.get_call(queued.turn):
            self.on_replay(queued.turn)
            self._emit(cached.queued)
            for event in cached.tool_events:
                self._emit(event)
            self._emit(cached.outcome)
            turn = self._build_turn(seat, cached.queued, cached.outcome, cached.rank)
            return replace(turn, tools_used=list_used(cached.tool_events)) if cached.tool_events else turn
        self._emit(queued)
        call = InFlightCall(seat, queued, seat.server, seat.model)
        try:
            await self._controls.wait_until_running(lambda: self._emit_waiting(queued, "paused"))
            if tools is None:
                outcome = await self._run_fitted(call, build_request, refit)
            else:
                outcome = await self._run_with_tools(call, build_request, refit, tools)
        except asyncio.CancelledError:
            # The tokens of a call that is cancelled have been paid for.
            is_unneeded = queued.turn in self.unneeded_turns
            cancelled = call.cancelled_unneeded() if is_unneeded else call.interrupted()
            self._emit(cancelled)
            self._count_usage(cancelled)
            raise
        self._finished_count += 1
        self._emit(outcome)
        turn = self._build_turn(seat, queued, outcome, len(self._replay_cache) + self._finished_count)
        return replace(turn, tools_used=list_used(tools.results)) if tools else turn

    async def _run_fitted(
        self,
        call: InFlightCall,
        build_request: Callable[[], ChatRequest],
        refit: Callable[[ChatRequest, Failed], ChatRequest | None] | None,
    ) -> Outcome:
        """Run the call until it ends, again with smaller requests while the prompt is too long."""
        refits = 0
        while True:
            outcome = await self._run_if_allowed(call, build_request)
            if outcome is None:
                call.earlier_usage = call.usage_so_far
                continue
            overflow = call.overflow if refits < _MAX_REFITS else None
            smaller = refit(call.request, overflow) if refit and overflow and call.request else None
            if smaller is None:
                return outcome
            if overflow is not None:
                call.earlier_usage += overflow.usage
            build_request, refits = partial(replace, smaller), refits + 1

    async def _run_with_tools(
        self,
        call: InFlightCall,
        build_request: Callable[[], ChatRequest],
        refit: Callable[[ChatRequest, Failed], ChatRequest | None] | None,
        tools: TurnTools,
    ) -> Outcome:
        """Run the call, and again with the results of the tools that its replies call."""
        started = self._now()
        held: CallAllowance | None = None
        try:
            while True:
                outcome = await self._run_fitted(call, build_request, refit)
                if not isinstance(call.end, Finished) or call.request is None:
                    return outcome
                if not tools.read(call.end):
                    text = outcome.text if isinstance(outcome, TurnFinished) else ""
                    if tools.is_closed and tools.is_unanswered(text):
                        return call.build_failure("empty", "it called tools instead of giving its answer")
                    return outcome
                try:
                    request, reason = await self._run_task(call, tools.extend(call.request, call.end))
                except Exception as error:
                    self.internal_error = error
                    return call.crashed(error)
                if request is None and reason == "retry":
                    tools.undo()
                    call.earlier_usage = call.usage_so_far
                    continue
                if request is None:
                    return call.stopped_by_user(self._now() - started)
                call.begin_trip(self._now() - started)
                if held is not None:
                    self._budget.release(held)
                held = self._budget.hold(call.server, call.model, call.earlier_usage)
                build_request = partial(replace, request)
        finally:
            if held is not None:
                self._budget.release(held)
            await tools.end()

    async def _run_if_allowed(
        self, call: InFlightCall, build_request: Callable[[], ChatRequest]
    ) -> Outcome | None:
        """Run the call if mute and budget allow it; None if the user wants it run again."""
        seat = call.seat
        if seat.muted:
            return call.skipped(MUTED, "not asked: it is muted")
        call.request = request = build_request()
        allowance = self._budget.reserve(seat.server, request)
        if isinstance(allowance, str):
            return call.skipped(BUDGET_EXCEEDED, allowance)
        call.start(allowance)
        try:
            return await self._run_cancellable(call, replace(request, max_tokens=allowance.max_tokens))
        finally:
            self._budget.release(allowance)

    async def _run_cancellable(self, call: InFlightCall, request: ChatRequest) -> Outcome | None:
        """Run the call in a task that the user can cancel; None if the user wants it run again."""
        started = self._now()
        try:
            done, reason = await self._run_task(call, self._stream(call, request))
        except Exception as error:
            self.internal_error = self.internal_error if isinstance(error, RoundtableError) else error
            return call.crashed(error)
        elapsed_s = self._now() - started
        if done is None:
            return None if reason == "retry" else call.stopped_by_user(elapsed_s)
        return call.build_outcome(allow_tool_call=request.shape is not None, elapsed_s=elapsed_s)

    async def _run_task(
        self, call: InFlightCall, work: Coroutine[Any, Any, T]
    ) -> tuple[T | None, CancelReason | None]:
        """Run a part of a turn in a task that the user can cancel: (None, why) if that happened."""
        seat = call.seat.id
        task = asyncio.create_task(work, name=call.queued.turn)
        self._controls.register_call(seat, task)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        finally:
            reason = self._controls.unregister_call(seat, task) if task.done() else None
        return (None, reason) if task.cancelled() else (task.result(), None)

    async def _stream(self, call: InFlightCall, request: ChatRequest) -> bool:
        turn, seat, emit = call.queued.turn, call.seat.id, self._emit
        async with aclosing(self.client.stream(call.server, request, self._limits)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                match piece:
                    case TextDelta(text):
                        call.answer_buffer.append(text)
                        emit(AnswerDelta(turn=turn, seat=seat, text=text))
                    case ThinkingDelta(text):
                        call.reasoning_buffer.append(text)
                        emit(ReasoningDelta(turn=turn, seat=seat, text=text))
                    case AttemptStarted():
                        call.attempt, call.request_sent = call.attempt + 1, True
                        call.replace_text()
                        emit(TurnStarted(turn=turn, seat=seat, attempt=call.attempt))
                    case Paused(why, seconds):
                        self._emit_waiting(call.queued, why, seconds)
                    case Resplit(reasoning, answer):
                        call.replace_text(reasoning, answer)
                        emit(TurnResplit(turn=turn, seat=seat, reasoning=reasoning, text=answer))
                    case Finished() | Failed():
                        call.end = piece
                if call.allowance and isinstance(piece, TextDelta | ThinkingDelta):
                    call.budget_exceeded = self._budget.exceeds_limit(call.allowance, piece.text)
                if call.budget_exceeded:
                    break
        return True

    def _emit_waiting(self, queued: TurnQueued, why: str, seconds: float | None = None) -> None:
        until = None if seconds is None else self._now() + seconds
        self._emit(TurnWaiting(turn=queued.turn, seat=queued.seat, why=why, until=until))

    def _count_usage(self, outcome: Outcome) -> None:
        self._budget.totals.add(outcome)
        self._emit(UsageUpdated(**vars(self._budget.totals)))

    def _build_turn(self, seat: Seat, queued: TurnQueued, outcome: Outcome, rank: int) -> Turn:
        self._count_usage(outcome)
        turn = Turn(
            id=queued.turn, seat=queued.seat, label=queued.label, text=outcome.text,
            reasoning=outcome.reasoning, phase=queued.phase, round=queued.round, usage=outcome.usage,
            ttft_s=outcome.ttft_s, elapsed_s=outcome.elapsed_s, attempts=outcome.attempts, rank=rank,
            decides=queued.decides,
        )  # fmt: skip
        if isinstance(outcome, TurnFailed):
            return replace(turn, ok=False, kind=outcome.kind, error=outcome.error, cut=outcome.cut_by)
        turn = replace(
            turn,
            tool_arguments=outcome.tool_arguments,
            finish_reason=outcome.finish_reason,
            warnings=outcome.warnings,
            cut=outcome.cut_by,
        )
        if (cut := outcome.cut_by) and not queued.decides:
            is_unclear = any(said.startswith(UNCLEAR_CUT) for said in outcome.warnings)
            by = _UNCLEAR_CUT_BY if is_unclear else _CUT_BY.get(cut, cut)
            error = f"{seat.name}: the answer was cut off by {by}"
            return replace(turn, ok=False, kind="cut", error=error)
        return turn
