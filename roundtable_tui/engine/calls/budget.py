"""A hard budget in tokens and in money: what a run may use, has used, and has on its way.

A call is let through if what is used, what running calls are expected to come to, and its own
estimate fit. Its own limit of tokens is cut to what is left, and a stream that outgrows all that is
left is ended. Estimates are UTF-8 bytes / 4; what a server says of a call takes their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.engine.calls import pricing
from roundtable_tui.engine.events import Event, TurnFailed, TurnFinished
from roundtable_tui.engine.turn import Turn
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.types import ChatRequest, Server, Usage

BUDGET_EXCEEDED = "budget"
"""The kind of failure of a turn that the budget has no room for: no request was made."""
TRUNCATED_BY_BUDGET = "cut short by the budget"
"""The warning on an answer that the budget ended."""
DEFAULT_ANSWER_TOKENS = 400
"""Tokens an answer is taken to have before any has come."""
UNLIMITED_ABOVE_TOKENS = 8192
"""Where so much is left, a call without a limit of its own is given none: models refuse too large ones."""
_BYTES_PER_TOKEN = 4


@dataclass
class UsageTotals:
    """What a run has used so far. `cost` is USD, of the calls whose price is known; None where none is."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False
    cost: float | None = None
    unpriced: int = 0
    """Calls that used tokens of no known price."""

    @property
    def tokens(self) -> int:
        """Prompts and answers together."""
        return self.prompt_tokens + self.completion_tokens

    def add(self, outcome: TurnFinished | TurnFailed) -> None:
        """Count a turn that has ended; one for which nothing was asked is no call."""
        usage = outcome.usage
        prompt, completion = int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0))
        self.calls += outcome.attempts > 0
        self.prompt_tokens += prompt
        self.completion_tokens += completion
        self.estimated |= bool(usage.get("estimated", False))
        cost = usage.get("cost")
        if cost is not None:
            self.cost = (self.cost or 0.0) + float(cost)
        elif prompt or completion:
            self.unpriced += 1


@dataclass(eq=False, slots=True)
class CallAllowance:
    """What one running call takes of the purse."""

    prompt_tokens: int
    """Its estimated tokens."""
    expected_tokens: int
    """Tokens of the answer."""
    max_tokens: int | None = None
    """What the request's own limit is to be."""
    is_capped: bool = False
    """`most` is lower than what was asked for."""
    prompt_cost: float = 0.0
    """USD for the prompt; 0 where no price is known."""
    cost_per_token: float = 0.0
    """USD for a token of the answer."""
    received_bytes: int = 0
    """Bytes that have come."""

    @property
    def completion_tokens(self) -> int:
        """Tokens of the answer: as expected, or as many as have come."""
        return max(self.expected_tokens, self.received_bytes // _BYTES_PER_TOKEN)

    @property
    def usage(self) -> Usage:
        """What the call has used so far, as far as can be told from here."""
        return Usage(
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.received_bytes // _BYTES_PER_TOKEN,
            estimated=True,
        )

    def estimate_cost(self, completion_tokens: int) -> float:
        """Return USD for the call with an answer of so many tokens."""
        return self.prompt_cost + self.cost_per_token * completion_tokens


@dataclass
class Budget:
    """What one run may use and has used. The limits may change while it runs; None is no limit."""

    max_tokens: int | None = None
    max_cost: float | None = None
    """USD."""
    totals: UsageTotals = field(default_factory=UsageTotals)
    _active: list[CallAllowance] = field(default_factory=list)

    @property
    def mean_answer_tokens(self) -> int:
        """The mean of the answers so far, in tokens."""
        calls = self.totals.calls
        return max(1, round(self.totals.completion_tokens / calls)) if calls else DEFAULT_ANSWER_TOKENS

    def estimate_call(
        self, server: Server, model: str, texts: Iterable[str], max_tokens: int | None = None
    ) -> CallAllowance:
        """Return what a call with these texts would take."""
        prompt = estimate_tokens(*texts)
        share = CallAllowance(
            prompt, min(self.mean_answer_tokens, max_tokens or self.mean_answer_tokens), max_tokens
        )
        base = pricing.cost_of(server, model, prompt, 0)
        thousand = pricing.cost_of(server, model, prompt, 1000)
        if base is not None and thousand is not None:
            share.prompt_cost, share.cost_per_token = base, (thousand - base) / 1000
        return share

    def reserve(self, server: Server, request: ChatRequest) -> CallAllowance | str:
        """Return the share of a call that may start, to be given to `leave`; else why it may not."""
        texts = (message["content"] for message in request.messages)
        share = self.estimate_call(server, request.model, texts, request.max_tokens)
        if why := self._refusal_reason(share):
            return why
        self._active.append(share)
        return share

    def release(self, allowance: CallAllowance) -> None:
        """The call has ended; what it used is for `totals` to count."""
        self._active.remove(allowance)

    def exceeds_limit(self, allowance: CallAllowance, text: str) -> bool:
        """Note a piece of an answer; True when more has come by now than the budget has."""
        allowance.received_bytes += len(text.encode("utf-8", "replace"))
        if self.max_tokens is None and self.max_cost is None:
            return False
        came = [(one, one.received_bytes // _BYTES_PER_TOKEN) for one in self._active]
        if self.max_tokens is not None and self.max_tokens < self.totals.tokens + sum(
            one.prompt_tokens + said for one, said in came
        ):
            return True
        if self.max_cost is None or not allowance.cost_per_token:
            return False
        return (self.totals.cost or 0.0) + sum(one.estimate_cost(said) for one, said in came) > self.max_cost

    def summary(self, run_events: Iterable[Event], failed_turns: Iterable[Turn]) -> str:
        """Return what the budget did to a run; "" for nothing."""
        refused = sum(turn.kind == BUDGET_EXCEEDED for turn in failed_turns)
        cut = sum(
            isinstance(event, TurnFinished) and TRUNCATED_BY_BUDGET in event.warnings for event in run_events
        )
        parts = [f"had no room for {refused} {'turn' if refused == 1 else 'turns'}"] if refused else []
        parts += [f"cut {cut} {'answer' if cut == 1 else 'answers'} short"] if cut else []
        return (
            f"the budget ({describe_budget(self.max_tokens, self.max_cost)}) {' and '.join(parts)}"
            if parts
            else ""
        )

    def _refusal_reason(self, allowance: CallAllowance) -> str:
        """Return why a call cannot start; "" where it can, with its limit cut to what is left."""
        room: list[int] = []
        kept = " or kept for running calls" if self._active else ""
        if self.max_tokens is not None:
            taken = self.totals.tokens + sum(
                one.prompt_tokens + one.completion_tokens for one in self._active
            )
            left = self.max_tokens - taken - allowance.prompt_tokens
            if left < allowance.expected_tokens:
                used = f"{taken:,} of {self.max_tokens:,} tokens are used{kept}"
                needed_tokens = allowance.prompt_tokens + allowance.expected_tokens
                return f"not asked: {used}, and about {needed_tokens:,} more would be needed"
            room.append(left)
        if self.max_cost is not None and allowance.cost_per_token:
            spent = (self.totals.cost or 0.0) + sum(
                one.estimate_cost(one.completion_tokens) for one in self._active
            )
            needed = allowance.estimate_cost(allowance.expected_tokens)
            if spent + needed > self.max_cost:
                dollars = pricing.format_dollars
                used = f"{dollars(spent)} of {dollars(self.max_cost)} is spent{kept}"
                return f"not asked: {used}, and about {dollars(needed)} more would be needed"
            room.append(
                allowance.expected_tokens + int((self.max_cost - spent - needed) / allowance.cost_per_token)
            )
        if room and min(room) < (allowance.max_tokens or UNLIMITED_ABOVE_TOKENS):
            allowance.max_tokens, allowance.is_capped = max(1, min(room)), True
        return ""


def add_cost(usage: Mapping[str, Any], server: Server, model: str) -> dict[str, Any]:
    """Return the usage of a call with its cost in USD, where a price is known."""
    prompt, completion = int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0))
    out = dict(usage)
    if prompt or completion:
        cost = pricing.cost_of(server, model, prompt, completion, int(usage.get("cached_tokens", 0)))
        if cost is not None:
            out["cost"] = round(cost, 9)
    return out


def describe_budget(tokens: int | None, cost: float | None) -> str:
    """Return a budget as a person reads it."""
    parts = [f"{tokens:,} tokens"] if tokens is not None else []
    return " and ".join([*parts, *([pricing.format_dollars(cost)] if cost is not None else [])]) or "no limit"
