"""One call of a seat, whose prompt is made to fit the context of its model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from roundtable_tui.engine.calls.context_fitting import (
    RESULTS_SHORTENED,
    FittedPrompt,
    PromptParts,
    list_texts,
)
from roundtable_tui.engine.calls.prompt_fitting import PromptFitting
from roundtable_tui.engine.calls.runner import CallRunner
from roundtable_tui.engine.events import TurnQueued
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.round_summary import RoundSummary
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn
from roundtable_tui.llm.types import ChatRequest, Failed, Message

SUMMARY_LABEL = "older rounds"
"""The label of turns in which a seat summarises older rounds for itself."""
SUMMARY_SUFFIX = "s"
"""Ends the id of such a turn, after the id of the turn that it prepares."""


@dataclass(frozen=True, slots=True)
class TurnPlace:
    """Where a turn belongs in the run."""

    turn_id: str
    phase: str
    round: int


class FittedCall:
    """Fits the prompt before the call, and again after a refusal; learns from what the server counts."""

    def __init__(
        self,
        fitting: PromptFitting,
        calls: CallRunner,
        replay_cache: ReplayCache,
        seat: Seat,
        parts: PromptParts,
        max_tokens: int | None,
    ) -> None:
        self._fitting, self._calls, self._replay_cache = fitting, calls, replay_cache
        self._seat, self._parts, self._max_tokens = seat, parts, max_tokens
        self._fitted = FittedPrompt(list(parts.history), parts.message)
        self._texts: list[str] = []
        """The texts of the messages that were sent last."""

    async def fit(self, place: TurnPlace) -> None:
        """Fit the prompt; the seat may be asked for a summary of older rounds first.

        A recorded summary is taken from the record; the prompt of a recorded call is not fitted.
        """
        if self._replay_cache.get_call(place.turn_id + SUMMARY_SUFFIX) is not None:
            await self._summarise(place, "", 0)
        if self._replay_cache.get_call(place.turn_id) is not None:
            return
        fitting, seat = self._fitting, self._seat
        self._fitted = fitting.fit(seat, self._parts, self._max_tokens)
        if request := fitting.summary_request(seat, self._parts.system, self._fitted):
            await self._summarise(place, *request)
            self._fitted = fitting.fit(seat, self._parts, self._max_tokens)
        fitting.notify(seat, self._fitted)

    def messages(self) -> list[Message]:
        """Return the messages to send."""
        messages = build_messages(self._parts.system, self._fitted.history, self._fitted.message)
        self._texts = [message["content"] for message in messages]
        return messages

    def overflow_hint(self, request: ChatRequest) -> str:
        """Return the hint for the case that this request is refused as too long."""
        return self._fitting.overflow_hint(self._seat, request)

    def refit(self, sent: ChatRequest, refusal: Failed) -> ChatRequest | None:
        """Return a smaller request after one whose prompt was too long; None if there is none."""
        before, seat, fitting = [*self._texts, *list_texts(sent.exchanges)], self._seat, self._fitting
        fitting.windows.learn_refusal(seat.server, seat.model, before, refusal.window, sent.max_tokens)
        self._fitted = fitting.fit(seat, self._parts, sent.max_tokens)
        messages = self.messages()
        exchanges = fitting.fit_results(seat, self._texts, sent.exchanges, sent.max_tokens)
        if exchanges != sent.exchanges:
            self._fitted = replace(self._fitted, steps=(*self._fitted.steps, RESULTS_SHORTENED))
        texts = [*self._texts, *list_texts(exchanges)]
        max_tokens = fitting.lower_max_tokens(seat, texts, sent.max_tokens)
        if sum(map(len, texts)) >= sum(map(len, before)) and max_tokens == sent.max_tokens:
            return None
        fitting.notify(seat, self._fitted)
        return replace(sent, messages=messages, exchanges=exchanges, max_tokens=max_tokens)

    def learn_count(self, turn: Turn) -> None:
        """Correct the estimate of tokens by the count of the server."""
        if turn.ok and not turn.usage.get("estimated"):
            counted = max(int(turn.usage.get(name, 0)) for name in ("prompt_tokens", "cached_tokens"))
            self._fitting.windows.learn_count(self._seat.server, self._seat.model, self._texts, counted)

    async def _summarise(self, place: TurnPlace, prompt: str, max_tokens: int) -> None:
        """Have the seat summarise older rounds; without a summary they are left out."""
        seat = self._seat
        queued = TurnQueued(
            turn=place.turn_id + SUMMARY_SUFFIX, seat=seat.id, label=SUMMARY_LABEL, phase=place.phase,
            round=place.round, prompt=prompt, heard=seat.seen_messages,
        )  # fmt: skip
        messages = build_messages(self._parts.system, (), prompt)
        turn = await self._calls.run(
            seat, queued, lambda: ChatRequest(seat.model, messages, max_tokens=max_tokens)
        )
        if text := turn.text.strip():
            seat.conversation.summary = RoundSummary(len(self._parts.history) - 1, text)
            self._parts = replace(self._parts, summary=seat.conversation.summary)


def build_messages(system: str, history: Sequence[Message], message: str) -> list[Message]:
    """Return the messages of a request; an empty system prompt is left out."""
    first: list[Message] = [{"role": "system", "content": system}] if system.strip() else []
    return [*first, *history, {"role": "user", "content": message}]
