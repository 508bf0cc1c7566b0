"""When a server accepts requests again: every place in which servers announce it, and what a call does."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from roundtable_tui.llm.client import BackoffPolicy, RetryBudget
from roundtable_tui.llm.errors.classify import classify_error
from roundtable_tui.llm.http.reset_time import describe_reset, find_reset
from roundtable_tui.llm.types import Limits
from tests.support.fake_server import FakeServer, Reply, Seen, error
from tests.support.llm_call import HURRY, a_client, failed, finished, pieces_of, waits

NOW = 1_760_000_000.0

# OpenRouter repeats the headers in the body.
OPENROUTER = {
    "error": {
        "message": "Rate limit exceeded: free-models-per-min. ",
        "code": 429,
        "metadata": {
            "headers": {
                "X-RateLimit-Limit": "20",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": str(int((NOW + 9) * 1000)),
            }
        },
    }
}
# Gemini: google.rpc.RetryInfo
GEMINI = [
    {
        "error": {
            "code": 429,
            "status": "RESOURCE_EXHAUSTED",
            "message": "You exceeded your current quota, please check your plan and billing details.",
            "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}],
        }
    }
]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        # OpenAI, Groq: durations as Go writes them
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, 360),
        ({"x-ratelimit-reset-tokens": "120ms"}, 0.12),
        # Only what is used up counts.
        (
            {
                "x-ratelimit-remaining-requests": "59",
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "9s",
            },
            9,
        ),
        # Cerebras: seconds, and a day's beside a minute's
        (
            {
                "x-ratelimit-remaining-requests-day": "900",
                "x-ratelimit-reset-requests-day": "33011.382867",
                "x-ratelimit-remaining-tokens-minute": "0",
                "x-ratelimit-reset-tokens-minute": "11.382867",
            },
            11.382867,
        ),
        # Unix time in seconds, and in milliseconds
        ({"x-ratelimit-reset": str(int(NOW) + 40)}, 40),
        ({"x-ratelimit-reset": str(int(NOW + 40) * 1000)}, 40),
        # Anthropic: RFC 3339
        ({"anthropic-ratelimit-requests-reset": datetime.fromtimestamp(NOW + 7, UTC).isoformat()}, 7),
        # Azure and others: names that contain it, and units
        ({"x-ms-retry-after-ms": "900"}, 0.9),
        ({"X-Retry-After": "9"}, 9),
        ({"x-ratelimit-retry-after": "7 seconds"}, 7),
        ({"x-ratelimit-reset-requests": "500µs"}, 0.0005),
        # draft-ietf-httpapi-ratelimit-headers: version 10, with two policies, and version 6
        ({"RateLimit": '"day";r=99;t=40000, "minute";r=0;t=15'}, 15),
        ({"RateLimit": "limit=100, remaining=0, reset=15"}, 15),
        ({"RateLimit": "none"}, None),
        ({"x-ratelimit-reset": "soon"}, None),
        ({"x-ratelimit-reset": "nan"}, None),
        ({"retry-after": "2", "x-ratelimit-reset": "50"}, 2),
    ],
)
def test_find_reset_in_headers(headers: dict[str, str], seconds: float | None) -> None:
    found = find_reset(headers, now=NOW)
    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (OPENROUTER, 9),
        (json.dumps(OPENROUTER), 9),
        (GEMINI, 3),
        ({"error": {"message": "slow down", "retry_after": 4.5}}, 4.5),
        ({"error": {"type": "usage_limit_reached", "resets_in_seconds": 20}}, 20),
        ({"error": {"type": "usage_limit_reached", "resets_at": int(NOW) + 20}}, 20),
        ({"error": {"metadata": {"raw": json.dumps({"error": {"retry_after_ms": 1500}})}}}, 1.5),
        ({"error": {"metadata": {"raw": json.dumps(GEMINI)}}}, 3),
        ({"error": {"details": [{"retryDelay": {"seconds": 33, "nanos": 500_000_000}}]}}, 33.5),
        ({"error": {"details": [{"retryDelay": {"seconds": "soon"}}]}}, None),
        ({"retryAfterMs": 1200}, 1.2),
        ({"resetAt": int(NOW + 45) * 1000}, 45),
        ({"wait_seconds": 12}, 12),
        ({"error": {"message": "no"}}, None),
        ("{broken", None),
    ],
)
def test_find_reset_in_body(body: Any, seconds: float | None) -> None:
    found = find_reset({}, body, now=NOW)
    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        # Groq
        ("Please try again in 12m3.5s. Need more tokens?", 723.5),
        ("Please retry in 3.2s.", 3.2),
        ("Please wait 30 seconds before retrying.", 30),
        ("Quota resets in 1 hour and 5 minutes", 3900),
        ("resets at 2025-10-09T08:54:20Z (2056)", 60),
        ("Your limit will reset at 2025-10-09 16:54:20", 60),  # Z.AI; without a time zone
        ("Too many requests, retry in a minute", 60),
        ("Please try again in one hour.", 3600),
        ("Limit resets on Thu, 09 Oct 2025 08:54:20 GMT", 60),
        (f"Usage limit reached|{int(NOW) + 45}", 45),
        (f"Your limit resets at {int(NOW) + 45}000.", 45),
        ("请求过于频繁，请 30 秒后重试", 30),
        ("您的限额将在 2025-10-09 16:54:20 重置", 60),
        ("try again later", None),
        ("gpt-5 in 2024-10-21 has limits", None),
    ],
)
def test_find_reset_in_message(message: str, seconds: float | None) -> None:
    found = find_reset({}, message=message, now=NOW)
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_limit_headers_of_other_errors_announce_nothing() -> None:
    """OpenAI sends them with every response: they make no passing limit of a quota that is used up."""
    headers = {"x-ratelimit-reset-requests": "1s", "x-ratelimit-remaining-requests": "9"}
    quota = classify_error(429, headers, {"error": {"message": "no", "code": "insufficient_quota"}})
    assert (quota.kind, quota.retry_after) == ("quota", None)
    assert classify_error(500, headers, {"error": {"message": "no"}}).retry_after is None


def test_describe_reset_names_time_and_distance() -> None:
    now = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert describe_reset(1200, now) == "Its limit is reset at 23:50, in 20 min"
    assert describe_reset(7200, now) == "Its limit is reset at 01:30 on 2026-03-02, in 2 h"


@pytest.mark.parametrize(
    ("message", "period"),
    [
        ("Monthly quota exceeded", "month"),
        ("You have used all tokens per month of your plan", "month"),
        ("Weekly usage limit reached, resets in 3 days", "week"),
        ("Rate limit reached. Upgrade to Pro for $20 per month", ""),
        ("Too many requests. Plans start at $20 a month", ""),
    ],
)
def test_classify_error_names_the_period_of_a_quota(message: str, period: str) -> None:
    fault = classify_error(429, {}, {"error": {"message": message}})
    assert fault.is_final is bool(period)
    assert (f"the limit of a {period} is used up" in fault.reason) is bool(period)


DAILY = [
    "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
    "Rate limit reached for model `m` on tokens per day (TPD): Limit 100000. Please try again in 2.5s.",
]


@pytest.mark.anyio
@pytest.mark.parametrize("message", DAILY)
async def test_call_limit_of_a_day_fails_at_once_for_all_seats(message: str) -> None:
    allowance = RetryBudget()
    async with FakeServer(error(429, message)) as fake, a_client() as client:
        first = failed(await pieces_of(client, fake.url, allowance=allowance))
        second = failed(await pieces_of(client, fake.url, allowance=allowance))
    assert len(fake.requests) == 1
    assert "the limit of a day is used up (429)" in first.message
    assert second.kind == "quota" and "the limit of a day" in second.message


@pytest.mark.anyio
async def test_call_limit_of_a_day_named_by_its_quota_fails_at_once() -> None:
    quota = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}
    body = [{"error": {**GEMINI[0]["error"], "details": [{"violations": [quota]}, {"retryDelay": "0.01s"}]}}]
    async with FakeServer(Reply(status=429, body=body)) as fake, a_client() as client:
        assert "the limit of a day" in failed(await pieces_of(client, fake.url)).message
    assert len(fake.requests) == 1


@pytest.mark.anyio
async def test_call_reset_far_away_fails_with_its_time() -> None:
    allowance = RetryBudget()
    reply = error(429, "slow", headers={"x-ratelimit-reset": str(int(time.time()) + 7210)})
    async with FakeServer(reply) as fake, a_client() as client:
        first = failed(await pieces_of(client, fake.url, allowance=allowance))
        second = failed(await pieces_of(client, fake.url, allowance=allowance))
    assert len(fake.requests) == 1
    assert "in 2 h" in first.message and "Its limit is reset at" in first.message
    assert "Its limit is reset at" in second.message


@pytest.mark.anyio
async def test_calls_beyond_a_limit_wait_for_its_resets_and_all_answer() -> None:
    """A free tier: three requests in each window, for more seats than a call has retries."""
    window = {"began": time.monotonic(), "taken": 0}

    def answer(_: dict[str, Any], __: int) -> Reply:
        now = time.monotonic()
        if now - window["began"] >= 0.1:
            window.update(began=now, taken=0)
        window["taken"] += 1
        if window["taken"] <= 3:
            return Reply("Yes.")
        left = 0.1 - (now - window["began"])
        return error(429, "slow", headers={"x-ratelimit-reset-requests": f"{left * 1000 + 1:.0f}ms"})

    allowance = RetryBudget(retries_left=0)
    async with FakeServer(answer) as fake, a_client(backoff=BackoffPolicy(base_delay_s=0.01)) as client:
        calls = [pieces_of(client, fake.url, None, Limits(retries=1), allowance=allowance) for _ in range(18)]
        ended = await asyncio.gather(*calls)
    assert [finished(pieces).text for pieces in ended] == ["Yes."] * 18
    assert any(wait.seconds for pieces in ended for wait in waits(pieces))


@pytest.mark.anyio
@pytest.mark.parametrize("reply", [error(503, "overloaded"), error(429, "busy"), error(529, "overloaded")])
async def test_calls_to_a_server_with_one_slot_all_answer(reply: Reply) -> None:
    served: list[Seen] = []

    def answer(_: dict[str, Any], nth: int) -> Reply:
        if served and not served[-1].ended.is_set():
            return reply
        served.append(fake.requests[nth - 1])
        return Reply("Yes, it is.", delay=0.02)

    async with FakeServer(answer) as fake, a_client(backoff=HURRY) as client:
        ended = await asyncio.gather(*(pieces_of(client, fake.url) for _ in range(12)))
    assert [finished(pieces).text for pieces in ended] == ["Yes, it is."] * 12
