"""Turns as they are made: a model call becomes events and a `Turn`, under the person's controls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.request import estimate_tokens
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
from roundtable_tui.table.controls import Controls
from roundtable_tui.table.events import (
    AnswerDelta,
    Budget,
    Event,
    ReasoningDelta,
    TurnFailed,
    TurnFinished,
    TurnQueued,
    TurnRestated,
    TurnStarted,
    TurnWaiting,
)
from roundtable_tui.table.memory import Memory
from roundtable_tui.table.seat import Seat
from roundtable_tui.table.turn import UNNEEDED, Turn
from roundtable_tui.text import one_line


class Caller(Protocol):
    """What the table needs of the floor below: one model call as a stream of pieces."""

    def stream(self, server: Server, request: ChatRequest, limits: Limits) -> AsyncIterator[Piece]:
        """Yield pieces, last of all Finished or Failed; closing it closes the socket."""
        ...


@dataclass
class Totals:
    """What a run has used so far."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False

    def add(self, outcome: TurnFinished | TurnFailed) -> None:
        """Count a call that has ended."""
        self.calls += 1
        self.prompt_tokens += int(outcome.usage.get("prompt_tokens", 0))
        self.completion_tokens += int(outcome.usage.get("completion_tokens", 0))
        self.estimated |= bool(outcome.usage.get("estimated", False))


@dataclass(slots=True)
class _Live:
    """The text of a running call, and how it ended."""

    answer: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    attempt: int = 0
    end: Finished | Failed | None = None

    @property
    def text(self) -> str:
        return "".join(self.answer)

    @property
    def reasoning(self) -> str:
        return "".join(self.thought)

    def restate(self, reasoning: str = "", text: str = "") -> None:
        """Start over with these."""
        self.thought, self.answer = [reasoning], [text]


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
        self.totals = Totals()
        for outcome in memory.spent:
            self.totals.add(outcome)

    async def make(self, seat: Seat, queued: TurnQueued, request: ChatRequest) -> Turn:
        """Take one call from the queue to its end; from the record, where it is there."""
        if recalled := self.memory.call(queued.turn):
            self.on_recall(queued.turn)
            self._emit(recalled.asked)
            self._emit(recalled.outcome)
            return self._turn(recalled.asked, recalled.outcome, recalled.rank)
        self._emit(queued)
        live = _Live()
        try:
            await self._controls.gate(lambda: self._waiting(queued, "paused"))
            while (outcome := await self._attempt(seat, queued, request, live)) is None:
                live.end = None
        except asyncio.CancelledError:
            if queued.turn in self.unneeded:
                self._excuse(seat, queued, live)
            raise
        self._ranks += 1
        self._emit(outcome)
        return self._turn(queued, outcome, len(self.memory) + self._ranks)

    async def _attempt(
        self, seat: Seat, queued: TurnQueued, request: ChatRequest, live: _Live
    ) -> TurnFinished | TurnFailed | None:
        """Run the call in a task of its own, which the person may end; None when it is to be run again."""
        started = self._now()
        task = asyncio.create_task(self._stream(seat, queued, request, live), name=queued.turn)
        self._controls.enter(seat.id, task)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        finally:
            wish = self._controls.leave(seat.id, task) if task.done() else None
        if task.cancelled():
            if wish == "retry":
                return None
            return TurnFailed(
                turn=queued.turn, seat=seat.id, kind="stopped", error="stopped by you", text=live.text,
                reasoning=live.reasoning, elapsed_s=self._now() - started, attempts=max(1, live.attempt),
            )  # fmt: skip
        if (error := task.exception()) is not None:
            return self._faulted(seat, queued, live, error)
        return self._outcome(seat, queued, live, may_call=request.shape is not None)

    async def _stream(self, seat: Seat, queued: TurnQueued, request: ChatRequest, live: _Live) -> None:
        turn, emit = queued.turn, self._emit
        async with aclosing(self._caller.stream(seat.server, request, self._limits)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                match piece:
                    case AnswerPiece(text):
                        live.answer.append(text)
                        emit(AnswerDelta(turn=turn, seat=seat.id, text=text))
                    case ReasoningPiece(text):
                        live.thought.append(text)
                        emit(ReasoningDelta(turn=turn, seat=seat.id, text=text))
                    case Attempt():
                        live.attempt += 1
                        live.restate()
                        emit(TurnStarted(turn=turn, seat=seat.id, attempt=live.attempt))
                    case Waiting(why, seconds):
                        self._waiting(queued, why, seconds)
                    case Restated(reasoning, answer):
                        live.restate(reasoning, answer)
                        emit(TurnRestated(turn=turn, seat=seat.id, reasoning=reasoning, text=answer))
                    case Finished() | Failed():
                        live.end = piece

    def _excuse(self, seat: Seat, queued: TurnQueued, live: _Live) -> None:
        """Tell that a call was ended because the run could do without it; what it said was paid for."""
        usage = {"completion_tokens": estimate_tokens(live.text, live.reasoning), "estimated": True}
        outcome = TurnFailed(
            turn=queued.turn, seat=seat.id, kind=UNNEEDED, error=f"{seat.name}: not needed any more",
            text=live.text, reasoning=live.reasoning, usage=usage, attempts=max(1, live.attempt),
        )  # fmt: skip
        self._emit(outcome)
        self._count(outcome)

    def _waiting(self, queued: TurnQueued, why: str, seconds: float | None = None) -> None:
        until = None if seconds is None else self._now() + seconds
        self._emit(TurnWaiting(turn=queued.turn, seat=queued.seat, why=why, until=until))

    def _outcome(
        self, seat: Seat, queued: TurnQueued, live: _Live, *, may_call: bool
    ) -> TurnFinished | TurnFailed:
        """Return how a call ended; one without a word is no answer, unless it `may_call` a tool instead."""
        match live.end:
            case Finished() as end if end.text.strip() or (may_call and end.tool_arguments):
                return TurnFinished(
                    turn=queued.turn, seat=seat.id, text=end.text, reasoning=end.reasoning,
                    finish_reason=end.finish_reason, usage=asdict(end.usage), ttft_s=end.ttft_s,
                    # Of several calls all are kept: contrary ones decide nothing.
                    tool_arguments="\n".join(end.tool_calls) or end.tool_arguments,
                    elapsed_s=end.elapsed_s, attempts=max(1, live.attempt), warnings=end.warnings,
                )  # fmt: skip
            case Finished() as end:
                kind, error = "empty", f"{seat.name}: {seat.model} gave no answer"
            case Failed() as end:
                kind, error = end.kind, f"{seat.name}: {end.message}"
            case None:
                error = f"{seat.name}: the call to {seat.model} ended without a word"
                return TurnFailed(turn=queued.turn, seat=seat.id, kind="cut", error=error, text=live.text)
        return TurnFailed(
            turn=queued.turn, seat=seat.id, kind=kind, error=error, text=end.text, reasoning=end.reasoning,
            usage=asdict(end.usage), ttft_s=end.ttft_s, elapsed_s=end.elapsed_s,
            attempts=max(1, live.attempt),
        )  # fmt: skip

    def _faulted(self, seat: Seat, queued: TurnQueued, live: _Live, error: BaseException) -> TurnFailed:
        """Return the failed turn that a fault of our own is: it must not take the other seats with it."""
        if not isinstance(error, Exception):
            raise error
        known = isinstance(error, RoundtableError)
        self.fault = self.fault if known else error
        return TurnFailed(
            turn=queued.turn, seat=seat.id, kind="fault", text=live.text, reasoning=live.reasoning,
            error=one_line(f"{seat.name}: {error if known else repr(error)}"), attempts=max(1, live.attempt),
        )  # fmt: skip

    def _count(self, outcome: TurnFinished | TurnFailed) -> None:
        self.totals.add(outcome)
        self._emit(Budget(**asdict(self.totals)))

    def _turn(self, queued: TurnQueued, outcome: TurnFinished | TurnFailed, rank: int) -> Turn:
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
