"""Decisions by seats: one seat, many at once, or a choice from a numbered list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, create_model

from roundtable_tui.engine.calls.forecast import emit_forecast
from roundtable_tui.engine.calls.turn_runner import AskOptions, TurnRunner
from roundtable_tui.engine.decisions.fallbacks import Decision, StructuredOutputFallback
from roundtable_tui.engine.events import Verdict
from roundtable_tui.engine.seat import Seat

D = TypeVar("D", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class DecisionRequest(Generic[D]):
    """A decision to ask a seat for."""

    seat: Seat
    prompt: str
    form: type[D]
    default: Callable[[], D]
    """Builds the decision that counts if the seat makes none."""


class Decider:
    """Asks seats for decisions and emits them as verdicts.

    Remembers for the run which output method works for each server and model.
    """

    def __init__(self, turns: TurnRunner) -> None:
        self._turns = turns
        self._fallback = StructuredOutputFallback(turns)

    async def decide(
        self,
        seat: Seat,
        prompt: str,
        form: type[D],
        *,
        label: str,
        words: Mapping[str, D] | None,
        default: Callable[[], D],
    ) -> Decision[D]:
        """Ask `seat` for a decision, see `Table.decide`."""
        decision = await self._fallback.run(seat, prompt, form, label=label, words=words, default=default)
        self.emit_verdict(seat, label, decision)
        return decision

    async def decide_all(self, requests: Sequence[DecisionRequest[D]], *, label: str) -> list[Decision[D]]:
        """Ask many seats at once; return their decisions in the order of `requests`.

        Each seat starts from what the run knew before: a refusal met by one seat does not change the
        methods tried with another, so that a resumed run makes the same calls.
        """
        emit_forecast(self._turns, [(one.seat, one.prompt, AskOptions()) for one in requests])
        fallbacks = [self._fallback.copy() for _ in requests]

        async def decide_one(request: DecisionRequest[D], fallback: StructuredOutputFallback) -> Decision[D]:
            decision = await fallback.run(
                request.seat, request.prompt, request.form, label=label, words=None, default=request.default
            )
            self.emit_verdict(request.seat, label, decision)
            return decision

        async with asyncio.TaskGroup() as group:
            pairs = zip(requests, fallbacks, strict=True)
            tasks = [group.create_task(decide_one(request, fallback)) for request, fallback in pairs]
        for fallback in fallbacks:
            self._fallback.merge(fallback)
        return [task.result() for task in tasks]

    async def choose(
        self, seat: Seat, prompt: str, count: int, *, label: str, default: int, authors: Sequence[str] = ()
    ) -> tuple[int, str]:
        """Have `seat` choose one of `count` items that the prompt numbers from 1. See `Table.choose`.

        Returns:
            The index of the choice, from 0 (`default` if the seat makes none), and the method that gave it.
        """
        form: Any = create_model(
            "Choice",
            reason=(str, Field("", max_length=600, description="what decides it, in one or two sentences")),
            choice=(int, Field(ge=1, le=count, description=f"the one you choose, from 1 to {count}")),
        )
        decision = await self._fallback.run(
            seat, prompt, form, label=label, words={str(n): form(choice=n) for n in range(1, count + 1)},
            default=lambda: form(choice=default + 1),
        )  # fmt: skip
        index = int(decision.value.choice) - 1
        self.emit_verdict(seat, label, decision, picked=authors[index] if authors else "")
        return index, decision.method

    def emit_verdict(self, seat: Seat, label: str, decision: Decision[D], *, picked: str = "") -> None:
        """Emit what a seat has decided."""
        self._turns.emit(
            Verdict(
                seat=seat.id,
                label=label,
                decision=decision.value.model_dump(mode="json"),
                rung=decision.method,
                round=self._turns.round_number,
                picked=picked,
            )
        )
