"""Turns as they are made: a model call becomes events and a `Turn`, under the person's controls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Protocol

from roundtable_tui.engine.calls.budget import OVER, Purse, Totals
from roundtable_tui.engine.calls.in_flight import Live, Outcome
from roundtable_tui.engine.controls import Controls
from roundtable_tui.engine.events import (
    AnswerDelta,
    Budget,
    Event,
    ReasoningDelta,
    TurnFailed,
    TurnQueued,
    TurnRestated,
    TurnStarted,
    TurnWaiting,
)
from roundtable_tui.engine.record.replay_cache import Memory
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import MUTED, Turn
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.types import (
    AnswerPiece,
    Attempt,
    ChatRequest,
    Failed,
    Finished,
    Limits,
    Piece,
    ReasoningPiece,
    Restated,
    Server,
    Waiting,
)


class Caller(Protocol):
    """What the table needs of the floor below: one model call as a stream of pieces."""

    def stream(self, server: Server, request: ChatRequest, limits: Limits) -> AsyncIterator[Piece]:
        """Yield pieces, last of all Finished or Failed; closing it closes the socket."""
        ...


class Calls:
    """Makes the turns of one run."""

    def __init__(
        self,
        caller: Caller,
        emit: Callable[[Event], None],
        now: Callable[[], float],
        limits: Limits,
        controls: Controls,
        memory: Memory,
        purse: Purse,
    ) -> None:
        self._caller, self._emit, self._now = caller, emit, now
        self._limits = limits
        self._controls = controls
        self._ranks = 0
        self.memory = memory
        self.unneeded: set[str] = set()
        """Turns that are ended because the run can do without them."""
        self.on_recall: Callable[[str], None] = lambda turn: None
        self.fault: Exception | None = None
        """An unforeseen fault on the way to a model, for the log; the turn it ended has failed."""
        self.purse = purse
        for outcome in memory.spent:
            self.totals.add(outcome)

    @property
    def totals(self) -> Totals:
        """What the run has used so far."""
        return self.purse.totals

    async def make(self, seat: Seat, queued: TurnQueued, request: ChatRequest) -> Turn:
        """Take one call from the queue to its end; from the record, where it is there."""
        if recalled := self.memory.call(queued.turn):
            self.on_recall(queued.turn)
            self._emit(recalled.asked)
            self._emit(recalled.outcome)
            return self._turn(recalled.asked, recalled.outcome, recalled.rank)
        self._emit(queued)
        live = Live(seat, queued, seat.server, seat.model)
        try:
            await self._controls.gate(lambda: self._waiting(queued, "paused"))
            while (outcome := await self._started(live, request)) is None:
                live.lost = live.used
        except asyncio.CancelledError:
            if queued.turn in self.unneeded:
                excused = live.excused()
                self._emit(excused)
                self._count(excused)
            raise
        self._ranks += 1
        self._emit(outcome)
        return self._turn(queued, outcome, len(self.memory) + self._ranks)

    async def _started(self, live: Live, request: ChatRequest) -> Outcome | None:
        """Run the call if it may start, with what the seat has by now; None when it is to be run again."""
        seat = live.seat
        if seat.muted:
            return live.unasked(MUTED, "not asked: it is muted")
        request = replace(request, model=seat.model)
        share = self.purse.enter(seat.server, request)
        if isinstance(share, str):
            return live.unasked(OVER, share)
        live.start(share)
        try:
            return await self._attempt(live, replace(request, max_tokens=share.most))
        finally:
            self.purse.leave(share)

    async def _attempt(self, live: Live, request: ChatRequest) -> Outcome | None:
        """Run the call in a task of its own, which the person may end; None when it is to be run again."""
        started, seat = self._now(), live.seat.id
        task = asyncio.create_task(self._stream(live, request), name=live.queued.turn)
        self._controls.enter(seat, task)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        finally:
            wish = self._controls.leave(seat, task) if task.done() else None
        elapsed_s = self._now() - started
        if task.cancelled():
            return None if wish == "retry" else live.stopped(elapsed_s)
        if (error := task.exception()) is None:
            return live.outcome(may_call=request.shape is not None, elapsed_s=elapsed_s)
        if not isinstance(error, Exception):
            raise error
        self.fault = self.fault if isinstance(error, RoundtableError) else error
        return live.faulted(error)

    async def _stream(self, live: Live, request: ChatRequest) -> None:
        turn, seat, emit = live.queued.turn, live.seat.id, self._emit
        async with aclosing(self._caller.stream(live.server, request, self._limits)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                match piece:
                    case AnswerPiece(text):
                        live.answer.add(text)
                        emit(AnswerDelta(turn=turn, seat=seat, text=text))
                    case ReasoningPiece(text):
                        live.thought.add(text)
                        emit(ReasoningDelta(turn=turn, seat=seat, text=text))
                    case Attempt():
                        live.attempt, live.sent = live.attempt + 1, True
                        live.restate()
                        emit(TurnStarted(turn=turn, seat=seat, attempt=live.attempt))
                    case Waiting(why, seconds):
                        self._waiting(live.queued, why, seconds)
                    case Restated(reasoning, answer):
                        live.restate(reasoning, answer)
                        emit(TurnRestated(turn=turn, seat=seat, reasoning=reasoning, text=answer))
                    case Finished() | Failed():
                        live.end = piece
                if live.share and isinstance(piece, AnswerPiece | ReasoningPiece):
                    live.over = self.purse.outgrown(live.share, piece.text)
                if live.over:
                    return

    def _waiting(self, queued: TurnQueued, why: str, seconds: float | None = None) -> None:
        until = None if seconds is None else self._now() + seconds
        self._emit(TurnWaiting(turn=queued.turn, seat=queued.seat, why=why, until=until))

    def _count(self, outcome: Outcome) -> None:
        self.totals.add(outcome)
        self._emit(Budget(**asdict(self.totals)))

    def _turn(self, queued: TurnQueued, outcome: Outcome, rank: int) -> Turn:
        self._count(outcome)
        turn = Turn(
            id=queued.turn, seat=queued.seat, label=queued.label, text=outcome.text,
            reasoning=outcome.reasoning, phase=queued.phase, round=queued.round, usage=outcome.usage,
            ttft_s=outcome.ttft_s, elapsed_s=outcome.elapsed_s, attempts=outcome.attempts, rank=rank,
        )  # fmt: skip
        if isinstance(outcome, TurnFailed):
            return replace(turn, ok=False, kind=outcome.kind, error=outcome.error)
        return replace(
            turn,
            tool_arguments=outcome.tool_arguments,
            finish_reason=outcome.finish_reason,
            warnings=outcome.warnings,
        )
