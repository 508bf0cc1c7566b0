"""Retry policy: which errors are retried, how often, and after which delay (backoff)."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from roundtable_tui.llm.types import CallError, FailureKind, Limits

_WAIT_TEXT = re.compile(
    r"(?:try again|retry|wait)[^.\d]{0,40}?(?:in|after|for)?\s*"
    r"((?:\d{1,9}(?:\.\d{1,9})?\s*(?:ms|h|m|s)[a-z]*\s*){1,4})",
    re.I,
)
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|h|m|s)", re.I)

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

    def delay(self, attempt: int, fault: CallError, random: Random) -> float:
        """Return the seconds to wait after failed attempt number `attempt` (from 1)."""
        if fault.retry_after is not None:
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


def parse_retry_after(
    headers: Mapping[str, str], message: str = "", now: float | None = None
) -> float | None:
    """Return the seconds that a server asks to wait, from its headers or its error message, or None.

    Retry-After may be a number of seconds or an HTTP date (RFC 9110); invalid values count as missing.
    `now` is the current Unix time.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    milliseconds = _parse_seconds(lower.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = lower.get("retry-after", "").strip()
    if (seconds := _parse_seconds(value)) is not None:
        return seconds
    if value:
        try:
            then = email.utils.parsedate_to_datetime(value).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            pass
        else:
            return max(0.0, then - (time.time() if now is None else now))
    return _parse_wait_text(message)


def _parse_seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e7 else None


def _parse_wait_text(message: str) -> float | None:
    match = _SECONDS.fullmatch(message[:40].strip()) or _WAIT_TEXT.search(message[:4000])
    if match is None:
        return None
    if match.re is not _WAIT_TEXT:
        return float(match[1])
    return sum(
        float(number) * _UNIT_SECONDS[unit.lower()] for number, unit in _DURATION_PART.findall(match[1])
    )
