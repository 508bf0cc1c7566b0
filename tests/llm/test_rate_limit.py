"""Requests and tokens per minute of a server: never more in any 60 seconds, first in, first out."""

from __future__ import annotations

from random import Random

import pytest

from roundtable_tui.llm.http.rate_limit import WINDOW_S, RateLimiter
from roundtable_tui.llm.types import Limits, Paused, Server
from tests.support.fake_server import FakeServer
from tests.support.llm_call import a_client, request

pytestmark = pytest.mark.anyio


def starts(limiter: RateLimiter, calls: list[tuple[float, int]]) -> list[float]:
    """Return when calls that ask at these times may start."""
    found = []
    for now, tokens in calls:
        booking = limiter.book(now, tokens)
        assert booking is not None
        found.append(booking.start)
    return found


def test_rate_limiter_without_limits_books_nothing() -> None:
    assert RateLimiter().book(0.0, 100) is None


def test_rate_limiter_requests_wait_for_the_window() -> None:
    limiter = RateLimiter()
    limiter.set_limits(2, 0)
    assert starts(limiter, [(0, 1), (5, 1), (6, 1), (7, 1), (8, 1)]) == [0, 5, 60, 65, 120]


def test_rate_limiter_tokens_wait_for_the_window() -> None:
    limiter = RateLimiter()
    limiter.set_limits(0, 100)
    assert starts(limiter, [(0, 60), (1, 40), (2, 1), (3, 500), (4, 1)]) == [0, 1, 60, 120, 180]


def test_rate_limiter_usage_replaces_the_estimate() -> None:
    limiter = RateLimiter()
    limiter.set_limits(0, 100)
    booking = limiter.book(0.0, 100)
    assert booking is not None
    booking.tokens = 10
    assert starts(limiter, [(1, 90)]) == [1]


def test_rate_limiter_cancelled_booking_frees_its_place() -> None:
    limiter = RateLimiter()
    limiter.set_limits(1, 0)
    limiter.book(0.0, 1)
    waiting = limiter.book(1.0, 1)
    assert waiting is not None and waiting.start == WINDOW_S
    limiter.cancel(waiting)
    assert starts(limiter, [(2, 1)]) == [WINDOW_S]


@pytest.mark.parametrize("seed", range(20))
def test_rate_limiter_never_allows_more_in_any_window(seed: int) -> None:
    random, limiter = Random(seed), RateLimiter()
    limiter.set_limits(5, 300)
    now, calls = 0.0, []
    for _ in range(200):
        now += random.expovariate(0.3)
        calls.append((now, random.randint(1, 200)))
    begins = starts(limiter, calls)
    assert begins == sorted(begins) and all(at >= asked for at, (asked, _) in zip(begins, calls, strict=True))
    for at in begins:
        window = [n for n, other in enumerate(begins) if at <= other < at + WINDOW_S]
        assert len(window) <= 5 and sum(calls[n][1] for n in window) <= 300


async def test_call_over_the_limit_waits_and_says_so() -> None:
    async with FakeServer("Yes.") as fake, a_client() as client:
        server = Server("fake", fake.url, requests_per_minute=1)
        async for _ in client.stream(server, request(), Limits()):
            pass
        second = client.stream(server, request(), Limits())
        first_piece = await anext(second)
        assert isinstance(first_piece, Paused) and "the limit per minute of 127.0.0.1" in first_piece.reason
        assert first_piece.seconds is not None and 0 < first_piece.seconds <= 60
        assert len(fake.requests) == 1
        await second.aclose()
        third = client.stream(server, request(), Limits())
        piece = await anext(third)
        assert isinstance(piece, Paused) and piece.seconds is not None and piece.seconds <= 60, (
            "a cancelled call gives its place back"
        )
        await third.aclose()


async def test_limits_belong_to_one_server() -> None:
    async with FakeServer("Yes.") as fake, FakeServer("No.") as other, a_client() as client:
        limited, free = Server("fake", fake.url, requests_per_minute=1), Server("other", other.url)
        for server in (limited, free, free):
            async for _ in client.stream(server, request(), Limits()):
                pass
        assert len(other.requests) == 2
