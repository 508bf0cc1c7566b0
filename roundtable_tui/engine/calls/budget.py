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

OVER = "budget"
"""The kind of failure of a turn that the budget has no room for: no request was made."""
CUT = "cut short by the budget"
"""The warning on an answer that the budget ended."""
GUESS = 400
"""Tokens an answer is taken to have before any has come."""
OPEN = 8192
"""Where so much is left, a call without a limit of its own is given none: models refuse too large ones."""
_BYTES = 4


@dataclass
class Totals:
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
class Share:
    """What one running call takes of the purse."""

    prompt: int
    """Its estimated tokens."""
    expected: int
    """Tokens of the answer."""
    most: int | None = None
    """What the request's own limit is to be."""
    capped: bool = False
    """`most` is lower than what was asked for."""
    base: float = 0.0
    """USD for the prompt; 0 where no price is known."""
    per_token: float = 0.0
    """USD for a token of the answer."""
    said: int = 0
    """Bytes that have come."""

    @property
    def completion(self) -> int:
        """Tokens of the answer: as expected, or as many as have come."""
        return max(self.expected, self.said // _BYTES)

    @property
    def usage(self) -> Usage:
        """What the call has used so far, as far as can be told from here."""
        return Usage(prompt_tokens=self.prompt, completion_tokens=self.said // _BYTES, estimated=True)

    def cost(self, completion: int) -> float:
        """Return USD for the call with an answer of so many tokens."""
        return self.base + self.per_token * completion


@dataclass
class Purse:
    """What one run may use and has used. The limits may change while it runs; None is no limit."""

    tokens: int | None = None
    cost: float | None = None
    """USD."""
    totals: Totals = field(default_factory=Totals)
    _running: list[Share] = field(default_factory=list)

    @property
    def typical(self) -> int:
        """The mean of the answers so far, in tokens."""
        calls = self.totals.calls
        return max(1, round(self.totals.completion_tokens / calls)) if calls else GUESS

    def share(self, server: Server, model: str, texts: Iterable[str], most: int | None = None) -> Share:
        """Return what a call with these texts would take."""
        prompt = estimate_tokens(*texts)
        share = Share(prompt, min(self.typical, most or self.typical), most)
        base = pricing.cost_of(server, model, prompt, 0)
        thousand = pricing.cost_of(server, model, prompt, 1000)
        if base is not None and thousand is not None:
            share.base, share.per_token = base, (thousand - base) / 1000
        return share

    def enter(self, server: Server, request: ChatRequest) -> Share | str:
        """Return the share of a call that may start, to be given to `leave`; else why it may not."""
        texts = (message["content"] for message in request.messages)
        share = self.share(server, request.model, texts, request.max_tokens)
        if why := self._no_room(share):
            return why
        self._running.append(share)
        return share

    def leave(self, share: Share) -> None:
        """The call has ended; what it used is for `totals` to count."""
        self._running.remove(share)

    def outgrown(self, share: Share, text: str) -> bool:
        """Note a piece of an answer; True when more has come by now than the budget has."""
        share.said += len(text.encode("utf-8", "replace"))
        if self.tokens is None and self.cost is None:
            return False
        came = [(one, one.said // _BYTES) for one in self._running]
        if self.tokens is not None and self.tokens < self.totals.tokens + sum(
            one.prompt + said for one, said in came
        ):
            return True
        if self.cost is None or not share.per_token:
            return False
        return (self.totals.cost or 0.0) + sum(one.cost(said) for one, said in came) > self.cost

    def story(self, told: Iterable[Event], failed: Iterable[Turn]) -> str:
        """Return what the budget did to a run; "" for nothing."""
        refused = sum(turn.kind == OVER for turn in failed)
        cut = sum(isinstance(event, TurnFinished) and CUT in event.warnings for event in told)
        parts = [f"had no room for {refused} {'turn' if refused == 1 else 'turns'}"] if refused else []
        parts += [f"cut {cut} {'answer' if cut == 1 else 'answers'} short"] if cut else []
        return f"the budget ({in_words(self.tokens, self.cost)}) {' and '.join(parts)}" if parts else ""

    def _no_room(self, share: Share) -> str:
        """Return why a call cannot start; "" where it can, with its limit cut to what is left."""
        room: list[int] = []
        kept = " or kept for running calls" if self._running else ""
        if self.tokens is not None:
            taken = self.totals.tokens + sum(one.prompt + one.completion for one in self._running)
            left = self.tokens - taken - share.prompt
            if left < share.expected:
                used = f"{taken:,} of {self.tokens:,} tokens are used{kept}"
                return f"not asked: {used}, and about {share.prompt + share.expected:,} more would be needed"
            room.append(left)
        if self.cost is not None and share.per_token:
            spent = (self.totals.cost or 0.0) + sum(one.cost(one.completion) for one in self._running)
            needed = share.cost(share.expected)
            if spent + needed > self.cost:
                used = f"{pricing.dollars(spent)} of {pricing.dollars(self.cost)} is spent{kept}"
                return f"not asked: {used}, and about {pricing.dollars(needed)} more would be needed"
            room.append(share.expected + int((self.cost - spent - needed) / share.per_token))
        if room and min(room) < (share.most or OPEN):
            share.most, share.capped = max(1, min(room)), True
        return ""


def with_cost(usage: Mapping[str, Any], server: Server, model: str) -> dict[str, Any]:
    """Return the usage of a call with its cost in USD, where a price is known."""
    prompt, completion = int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0))
    out = dict(usage)
    if prompt or completion:
        cost = pricing.cost_of(server, model, prompt, completion, int(usage.get("cached_tokens", 0)))
        if cost is not None:
            out["cost"] = round(cost, 9)
    return out


def in_words(tokens: int | None, cost: float | None) -> str:
    """Return a budget as a person reads it."""
    parts = [f"{tokens:,} tokens"] if tokens is not None else []
    return " and ".join([*parts, *([pricing.dollars(cost)] if cost is not None else [])]) or "no limit"
