"""When a call is tried again, and after how long."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from roundtable_tui.llm.types import FailureKind, Fault, Limits

_IN_WORDS = re.compile(
    r"(?:try again|retry|wait)[^.\d]{0,40}?(?:in|after|for)?\s*((?:\d+(?:\.\d+)?\s*(?:ms|h|m|s)[a-z]*\s*)+)",
    re.I,
)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|h|m|s)", re.I)

_ONCE: frozenset[FailureKind] = frozenset({"unreachable", "cut", "timeout", "empty", "shape"})
_OFTEN: frozenset[FailureKind] = frozenset({"rate", "server"})
_PROXY_GAVE_UP = frozenset({504, 524})
"""A proxy lost patience while the model thought: it would do so again, at the price of each answer."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait before trying again."""

    base_s: float = 0.5
    cap_s: float = 30.0
    longest_s: float = 600.0
    """A server that asks for more than this is given up for this call."""

    def before(self, attempt: int, fault: Fault, random: Random) -> float:
        """Return the seconds to wait after failed attempt `attempt` (from 1): as told, or growing."""
        if fault.retry_after is not None:
            # All seats were told the same time: they must not come back at the same moment.
            return fault.retry_after + random.uniform(
                0.0, min(1.0, self.base_s, 0.1 * fault.retry_after + 0.05)
            )
        if fault.kind in ("cut", "empty"):
            return 0.0
        longest: float = min(self.cap_s, self.base_s * 2 ** min(attempt - 1, 16))
        return random.uniform(0.5, 1.0) * longest


@dataclass
class Allowance:
    """What all calls of one run may spend on trying again, and the servers this run has given up on."""

    retries: int = 50
    spent_servers: dict[str, str] = field(default_factory=dict)
    """Base URL -> why nothing more is asked there in this run (its quota is used up)."""

    def take(self) -> bool:
        """Spend one retry; False when none is left."""
        if self.retries <= 0:
            return False
        self.retries -= 1
        return True


class Tries:
    """Counts the attempts of one call and says whether there may be another."""

    def __init__(self, limits: Limits, allowance: Allowance | None) -> None:
        self._limits = limits
        self._allowance = allowance
        self._by_kind: dict[FailureKind, int] = {}

    def spend(self) -> bool:
        """Take one attempt out of turn; False when none is left."""
        return self._limits.retries > 0 and (self._allowance is None or self._allowance.take())

    def again(self, fault: Fault) -> bool:
        """Take note of a failed attempt; return whether to try again."""
        if fault.final:
            return False
        used = self._by_kind.get(fault.kind, 0)
        self._by_kind[fault.kind] = used + 1
        most = self._limits.retries if fault.kind in _OFTEN else 0
        if fault.kind in _ONCE or fault.status in _PROXY_GAVE_UP:
            most = 1
        if used >= min(most, self._limits.retries) or sum(self._by_kind.values()) > self._limits.retries:
            return False
        return self._allowance is None or self._allowance.take()


def read_retry_after(headers: Mapping[str, str], words: str = "", now: float | None = None) -> float | None:
    """Return the seconds a server asks to wait: from its headers, else from its `words`; None if it does not.

    Retry-After may be seconds or a date; junk counts as missing.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    milliseconds = _seconds(lower.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = lower.get("retry-after", "").strip()
    if (seconds := _seconds(value)) is not None:
        return seconds
    if value:
        try:
            then = email.utils.parsedate_to_datetime(value).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            pass
        else:
            return max(0.0, then - (time.time() if now is None else now))
    return _in_words(words)


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e7 else None


def _in_words(words: str) -> float | None:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)s\s*", words) or _IN_WORDS.search(words[:4000])
    if match is None:
        return None
    if match.re is not _IN_WORDS:
        return float(match[1])
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in _PART.findall(match[1]))
