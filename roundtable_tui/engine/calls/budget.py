"""A hard budget of a run, in tokens and in USD.

A call may start if usage so far, the expected usage of running calls and its own estimate fit the
budget. Its token limit is lowered to what is left, and a stream that exceeds the budget is ended.
Estimates are UTF-8 bytes / 4, replaced by the usage that the server reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.engine.calls import pricing
from roundtable_tui.engine.events import Event, TurnFailed, TurnFinished
from roundtable_tui.engine.turn import Turn
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.request.tools import prompt_texts
from roundtable_tui.llm.types import PICTURE_TOKENS, ChatRequest, Server, Usage
from roundtable_tui.utils.format import count_of

BUDGET_EXCEEDED = "budget"
"""Kind of failure: the budget did not allow the turn; no request was made."""
TRUNCATED_BY_BUDGET = "cut short by the budget"
"""Warning on an answer that the budget ended."""
DEFAULT_ANSWER_TOKENS = 400
"""Expected tokens of an answer before any call has finished."""
UNLIMITED_ABOVE_TOKENS = 8192
"""With more left, a call without a token limit gets none: models refuse limits that are too large."""
_BYTES_PER_TOKEN = 4


@dataclass
class UsageTotals:
    """Usage of a run so far. `cost` in USD, of calls with a known price; None if there are none."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False
    cost: float | None = None
    unpriced: int = 0
    """Calls without a known price."""

    @property
    def tokens(self) -> int:
        """Tokens of prompts and answers."""
        return self.prompt_tokens + self.completion_tokens

    def add(self, outcome: TurnFinished | TurnFailed) -> None:
        """Add a finished turn; a turn without a request does not count as a call."""
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
    """The part of the budget reserved for one running call."""

    prompt_tokens: int
    """Estimated tokens of the prompt."""
    expected_tokens: int
    """Expected tokens of the answer."""
    max_tokens: int | None = None
    """The token limit to send with the request."""
    is_capped: bool = False
    """True if `max_tokens` was lowered by the budget."""
    prompt_cost: float = 0.0
    """USD for the prompt; 0 if the price is unknown."""
    cost_per_token: float = 0.0
    """USD per token of the answer; 0 if the price is unknown."""
    received_bytes: int = 0
    """Bytes of the answer received so far."""

    @property
    def completion_tokens(self) -> int:
        """Tokens of the answer: the expected or the received ones, whichever is more."""
        return max(self.expected_tokens, self.received_bytes // _BYTES_PER_TOKEN)

    @property
    def usage(self) -> Usage:
        """Estimated usage of the call so far."""
        return Usage(
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.received_bytes // _BYTES_PER_TOKEN,
            estimated=True,
        )

    def estimate_cost(self, completion_tokens: int) -> float:
        """Return the cost of the call in USD for an answer of this length."""
        return self.prompt_cost + self.cost_per_token * completion_tokens


@dataclass
class Budget:
    """What one run may use and has used. The limits can change while it runs; None means unlimited."""

    max_tokens: int | None = None
    max_cost: float | None = None
    """USD."""
    totals: UsageTotals = field(default_factory=UsageTotals)
    _active: list[CallAllowance] = field(default_factory=list)

    @property
    def mean_answer_tokens(self) -> int:
        """The mean length of the answers so far, in tokens."""
        calls = self.totals.calls
        return max(1, round(self.totals.completion_tokens / calls)) if calls else DEFAULT_ANSWER_TOKENS

    def estimate_call(
        self, server: Server, model: str, texts: Iterable[str], max_tokens: int | None = None
    ) -> CallAllowance:
        """Estimate a call with these prompt texts; nothing is reserved."""
        prompt = estimate_tokens(*texts)
        allowance = CallAllowance(
            prompt, min(self.mean_answer_tokens, max_tokens or self.mean_answer_tokens), max_tokens
        )
        base = pricing.cost_of(server, model, prompt, 0)
        thousand = pricing.cost_of(server, model, prompt, 1000)
        if base is not None and thousand is not None:
            allowance.prompt_cost, allowance.cost_per_token = base, (thousand - base) / 1000
        return allowance

    def reserve(self, server: Server, request: ChatRequest) -> CallAllowance | str:
        """Reserve budget for a call; return its allowance, to be released later, or why it cannot start."""
        allowance = self.estimate_call(server, request.model, prompt_texts(request), request.max_tokens)
        allowance.prompt_tokens += PICTURE_TOKENS * len(request.pictures)
        if why := self._refusal_reason(allowance):
            return why
        self._active.append(allowance)
        return allowance

    def hold(self, server: Server, model: str, usage: Usage) -> CallAllowance:
        """Reserve what a running turn has used, until it counts in `totals`; to be released then."""
        price = pricing.cost_of(server, model, usage.prompt_tokens, usage.completion_tokens)
        cost = usage.cost if usage.cost is not None else price or 0.0
        allowance = CallAllowance(usage.prompt_tokens, usage.completion_tokens, prompt_cost=cost)
        allowance.received_bytes = usage.completion_tokens * _BYTES_PER_TOKEN
        self._active.append(allowance)
        return allowance

    def release(self, allowance: CallAllowance) -> None:
        """Release the allowance of an ended call; its usage is added to `totals` separately."""
        self._active.remove(allowance)

    def exceeds_limit(self, allowance: CallAllowance, text: str) -> bool:
        """Count a piece of an answer; True if the running calls have now exceeded the budget."""
        allowance.received_bytes += len(text.encode("utf-8", "replace"))
        if self.max_tokens is None and self.max_cost is None:
            return False
        received = [(one, one.received_bytes // _BYTES_PER_TOKEN) for one in self._active]
        if self.max_tokens is not None and self.max_tokens < self.totals.tokens + sum(
            one.prompt_tokens + tokens for one, tokens in received
        ):
            return True
        if self.max_cost is None or not allowance.cost_per_token:
            return False
        return (self.totals.cost or 0.0) + sum(one.estimate_cost(n) for one, n in received) > self.max_cost

    def summary(self, run_events: Iterable[Event], failed_turns: Iterable[Turn]) -> str:
        """Describe which turns the budget refused or cut short; "" for none."""
        refused = sum(turn.kind == BUDGET_EXCEEDED for turn in failed_turns)
        cut = sum(
            isinstance(event, TurnFinished) and TRUNCATED_BY_BUDGET in event.warnings for event in run_events
        )
        parts = [f"did not allow {count_of(refused, 'turn')}"] if refused else []
        parts += [f"cut {count_of(cut, 'answer')} short"] if cut else []
        return (
            f"the budget ({describe_budget(self.max_tokens, self.max_cost)}) {' and '.join(parts)}"
            if parts
            else ""
        )

    def _refusal_reason(self, allowance: CallAllowance) -> str:
        """Return why a call cannot start; "" if it can, after lowering its token limit to what is left."""
        limits: list[int] = []
        reserved = " or reserved for running calls" if self._active else ""
        if self.max_tokens is not None:
            taken = self.totals.tokens + sum(
                one.prompt_tokens + one.completion_tokens for one in self._active
            )
            left = self.max_tokens - taken - allowance.prompt_tokens
            if left < allowance.expected_tokens:
                used = f"{taken:,} of {self.max_tokens:,} tokens are used{reserved}"
                needed_tokens = allowance.prompt_tokens + allowance.expected_tokens
                return f"not asked: {used}, and about {needed_tokens:,} more would be needed"
            limits.append(left)
        if self.max_cost is not None and allowance.cost_per_token:
            spent = (self.totals.cost or 0.0) + sum(
                one.estimate_cost(one.completion_tokens) for one in self._active
            )
            needed = allowance.estimate_cost(allowance.expected_tokens)
            if spent + needed > self.max_cost:
                dollars = pricing.format_dollars
                used = f"{dollars(spent)} of {dollars(self.max_cost)} is spent{reserved}"
                return f"not asked: {used}, and about {dollars(needed)} more would be needed"
            limits.append(
                allowance.expected_tokens + int((self.max_cost - spent - needed) / allowance.cost_per_token)
            )
        if limits and min(limits) < (allowance.max_tokens or UNLIMITED_ABOVE_TOKENS):
            allowance.max_tokens, allowance.is_capped = max(1, min(limits)), True
        return ""


def add_cost(usage: Mapping[str, Any], server: Server, model: str) -> dict[str, Any]:
    """Return a copy of `usage` with the cost in USD: as the server reports it, else if the price is known."""
    prompt, completion = int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0))
    out = {name: value for name, value in usage.items() if name != "cost" or value is not None}
    if "cost" in out:
        out["cost_reported"] = True
    elif prompt or completion:
        cost = pricing.cost_of(server, model, prompt, completion, int(usage.get("cached_tokens", 0)))
        if cost is not None:
            out["cost"] = round(cost, 9)
    return out


def describe_budget(tokens: int | None, cost: float | None) -> str:
    """Format a budget: `20,000 tokens and $0.50`."""
    parts = [f"{tokens:,} tokens"] if tokens is not None else []
    return " and ".join([*parts, *([pricing.format_dollars(cost)] if cost is not None else [])]) or "no limit"
