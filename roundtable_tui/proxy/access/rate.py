"""A limit on requests per minute of each client."""

from __future__ import annotations

import math
from collections.abc import Callable

from roundtable_tui.proxy.errors import ProxyError

MAX_CLIENTS = 1_000


class RequestRate:
    """A bucket of requests for each client, refilled steadily."""

    def __init__(self, per_minute: int, now: Callable[[], float]) -> None:
        """`now` returns seconds of a clock that never goes back."""
        self._per_minute = per_minute
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}
        """Client -> requests left, and when that was so."""

    def take(self, client: str) -> None:
        """Count a request. Raises ProxyError 429 for one too many."""
        now = self._now()
        left, since = self._buckets.pop(client, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - since) * self._per_minute / 60)
        if len(self._buckets) >= MAX_CLIENTS:  # The one that has been silent longest.
            del self._buckets[next(iter(self._buckets))]
        if left < 1:
            self._buckets[client] = (left, now)
            seconds = math.ceil((1 - left) * 60 / self._per_minute)
            what = f"more than {self._per_minute} requests a minute"
            raise ProxyError(429, what, code="rate_limit_exceeded", retry_after_s=seconds)
        self._buckets[client] = (left - 1, now)
