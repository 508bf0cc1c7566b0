"""Retry policy: which errors are retried, how often, and after which delay (backoff)."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from roundtable_tui.llm.errors.token_limit import LearnedTokenLimit
from roundtable_tui.llm.types import CallError, FailureKind, Limits

_RETRIED_ONCE: frozenset[FailureKind] = frozenset({"unreachable", "cut", "timeout", "empty", "shape"})
_RETRIED_OFTEN: frozenset[FailureKind] = frozenset({"rate", "server"})
_PROXY_TIMEOUT_STATUSES = frozenset({504, 524})
"""A proxy timed out while the model was working: further retries would time out too, and cost tokens."""


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """Delays before retries: exponential backoff with jitter, or what the server asks for."""

    base_delay_s: float = 0.5
    max_delay_s: float = 30.0
    max_wait_s: float = 600.0
    """A call whose server asks for a longer wait than this fails."""
    outage_s: float = 30.0
    """How long a server that has answered before is tried again after a lost connection: a restart."""

    def delay(self, attempt: int, fault: CallError, random: Random) -> float:
        """Return the seconds to wait after failed attempt number `attempt` (from 1)."""
        if fault.retry_after:  # 0: the moment has passed, and the server still refuses.
            # All seats got the same Retry-After: jitter keeps them from returning at the same moment.
            return fault.retry_after + random.uniform(
                0.0, min(1.0, self.base_delay_s, 0.1 * fault.retry_after + 0.05)
            )
        if fault.kind in ("cut", "empty"):
            return 0.0
        longest: float = min(self.max_delay_s, self.base_delay_s * 2 ** min(attempt - 1, 16))
        return random.uniform(0.5, 1.0) * longest


@dataclass
class RetryBudget:
    """The retries that all calls of one run share, and the models whose quota is used up."""

    retries_left: int = 50
    exhausted_models: dict[tuple[str, str], str] = field(default_factory=dict)
    """(base URL, model) -> reason. No more requests are sent to these in this run. Each model of a gateway
    may have a quota of its own, so that the others are still asked.
    """
    token_limits: dict[tuple[str, str], LearnedTokenLimit] = field(default_factory=dict)
    """(base URL, model) -> what refusals said about its token limits."""

    def consume(self) -> bool:
        """Use one retry; return False if none is left."""
        if self.retries_left <= 0:
            return False
        self.retries_left -= 1
        return True


class RetryCounter:
    """Counts the failed attempts of one call and decides whether to retry."""

    def __init__(self, limits: Limits, budget: RetryBudget | None) -> None:
        self._limits = limits
        self._budget = budget
        self._by_kind: dict[FailureKind, int] = {}

    @property
    def max_retries(self) -> int:
        """Attempts allowed after the first."""
        return self._limits.retries

    @property
    def loading_s(self) -> float:
        """How long a server may load a model: as long as it may take for the first token."""
        return self._limits.first_token_s

    def consume(self) -> bool:
        """Use one retry for a changed request; return False if none is left."""
        return self._limits.retries > 0 and (self._budget is None or self._budget.consume())

    def should_retry(self, fault: CallError) -> bool:
        """Count a failed attempt; return whether to retry."""
        if fault.is_final:
            return False
        used = self._by_kind.get(fault.kind, 0)
        self._by_kind[fault.kind] = used + 1
        allowed = self._limits.retries if fault.kind in _RETRIED_OFTEN else 0
        if fault.kind in _RETRIED_ONCE or fault.status in _PROXY_TIMEOUT_STATUSES:
            allowed = 1
        if used >= min(allowed, self._limits.retries) or sum(self._by_kind.values()) > self._limits.retries:
            return False
        return self._budget is None or self._budget.consume()
