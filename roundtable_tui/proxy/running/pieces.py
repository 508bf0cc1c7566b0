"""What a run sends to its listeners: pieces while it lasts, and its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.proxy.errors import ProxyError


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the reply. At least one field is set."""

    reasoning: str = ""
    content: str = ""
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    """Deltas of tool calls as the server sent them."""


@dataclass(frozen=True, slots=True)
class UsageSum:
    """Tokens of all calls of a run."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    """All tokens that were written but those of the answer itself."""

    @property
    def answer_tokens(self) -> int:
        """Tokens of the answer itself."""
        return self.completion_tokens - self.reasoning_tokens

    @property
    def total_tokens(self) -> int:
        """Prompt and completion tokens."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended: with an answer, or with an error."""

    answer: str = ""
    reasoning: str = ""
    """All reasoning that was sent."""
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    """Whole tool calls."""
    finish_reason: str = "stop"
    usage: UsageSum = field(default_factory=UsageSum)
    report: Mapping[str, Any] = field(default_factory=dict)
    """The field `roundtable` of the reply."""
    error: ProxyError | None = None


def sum_usage(recorded: Iterable[events.Event], answer: str, by: str) -> UsageSum:
    """Return the tokens of all calls, failed ones included.

    Args:
        recorded: the events of the run.
        answer: the answer of the run.
        by: the seat that wrote it, "" for none.
    """
    ended = [event for event in recorded if isinstance(event, events.TurnFinished | events.TurnFailed)]

    def total(name: str) -> int:
        return sum(int(event.usage.get(name, 0) or 0) for event in ended)

    completion = total("completion_tokens")
    own = max(1, estimate_tokens(answer)) if answer else 0
    for event in ended:
        if event.seat == by and isinstance(event, events.TurnFinished) and event.text == answer:
            used = event.usage
            own = int(used.get("completion_tokens", 0) or 0) - int(used.get("reasoning_tokens", 0) or 0)
    return UsageSum(
        prompt_tokens=total("prompt_tokens"),
        completion_tokens=completion,
        cached_tokens=total("cached_tokens"),
        reasoning_tokens=completion - min(completion, max(0, own)),
    )
