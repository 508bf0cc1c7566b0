"""Limits the requests and tokens per minute of one server; calls start in the order in which they asked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW_S = 60.0
DEFAULT_ANSWER_TOKENS = 1024
"""Tokens assumed for an answer without a token limit, until its usage is known."""


@dataclass(slots=True, eq=False)
class Booking:
    """One request: when it may be sent (time of the loop), and its tokens: an estimate, later its usage."""

    start: float
    tokens: int


class RateLimiter:
    """A sliding window: in no 60 seconds are there more requests or tokens than allowed.

    A request with more tokens than the limit is sent alone in its window.
    """

    def __init__(self) -> None:
        self._requests = 0
        self._tokens = 0
        self._bookings: deque[Booking] = deque()

    def set_limits(self, requests: int, tokens: int) -> None:
        """Set the requests and the tokens per minute; 0 for no limit."""
        self._requests, self._tokens = requests, tokens

    def book(self, now: float, tokens: int) -> Booking | None:
        """Book a request of about `tokens` tokens at the earliest time; None if there is no limit."""
        if not (self._requests or self._tokens):
            return None
        while self._bookings and self._bookings[0].start <= now - WINDOW_S:
            self._bookings.popleft()
        start = max(now, self._bookings[-1].start) if self._bookings else now
        if self._requests and len(self._bookings) >= self._requests:
            start = max(start, self._bookings[-self._requests].start + WINDOW_S)
        if self._tokens:
            total = tokens
            for earlier in reversed(self._bookings):
                total += earlier.tokens
                if total > self._tokens:
                    start = max(start, earlier.start + WINDOW_S)
                    break
        booking = Booking(start, tokens)
        self._bookings.append(booking)
        return booking

    def cancel(self, booking: Booking) -> None:
        """Remove a booking whose request was not sent."""
        if booking in self._bookings:
            self._bookings.remove(booking)
