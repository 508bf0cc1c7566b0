"""Retries: which errors, how often, after which delay."""

from __future__ import annotations

from random import Random

import pytest

from roundtable_tui.llm.http.reset_time import find_reset
from roundtable_tui.llm.http.retry import BackoffPolicy, RetryBudget, RetryCounter
from roundtable_tui.llm.types import CallError, FailureKind, Limits

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("headers", "words", "seconds"),
    [
        ({"retry-after": "12"}, "", 12),
        ({"Retry-After": " 1.5 "}, "", 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, "", 0.25),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}, "", 10),
        ({"retry-after": "Tue, 14 Nov 2023 22:00:00 GMT"}, "", 0),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "-3"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "99999999999999999999"}, "", None),
        ({"retry-after": ""}, "Please try again in 20s.", 20),
        ({"retry-after": "junk"}, "try again in 1h2m3s", 3723),
        ({}, "Please retry in 500ms", 0.5),
        ({}, "Please wait for 2 minutes", 120),
        ({}, "34s", 34),
        ({}, "try again later", None),
        ({}, "", None),
    ],
)
def test_find_reset_reads_headers_and_text(
    headers: dict[str, str], words: str, seconds: float | None
) -> None:
    assert find_reset(headers, message=words, now=NOW) == seconds


def test_backoff_grows_with_jitter_up_to_maximum() -> None:
    waits, random = BackoffPolicy(base_delay_s=1.0, max_delay_s=10.0), Random(1)
    fault = CallError("server", "no")
    for attempt, most in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (50, 10)]:
        drawn = [waits.delay(attempt, fault, random) for _ in range(50)]
        assert most / 2 <= min(drawn) < max(drawn) <= most


def test_backoff_is_never_shorter_than_retry_after() -> None:
    drawn = [BackoffPolicy().delay(1, CallError("rate", "no", retry_after=20), Random(n)) for n in range(50)]
    assert min(drawn) >= 20 and max(drawn) <= 21 and len(set(drawn)) > 10


def test_backoff_of_a_moment_that_has_passed_is_not_zero() -> None:
    fault = CallError("rate", "no", retry_after=0.0)
    assert BackoffPolicy(base_delay_s=1.0).delay(1, fault, Random(1)) >= 0.5


def test_backoff_same_seed_gives_same_delays() -> None:
    fault = CallError("server", "no")
    assert BackoffPolicy().delay(2, fault, Random(7)) == BackoffPolicy().delay(2, fault, Random(7))


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("rate", 3), ("server", 3), ("unreachable", 1), ("cut", 1), ("timeout", 1), ("empty", 1),
        ("auth", 0), ("quota", 0), ("model", 0), ("context", 0), ("request", 0), ("not_api", 0),
    ],
)  # fmt: skip
def test_retry_counter_limits_each_kind(kind: FailureKind, times: int) -> None:
    tries = RetryCounter(Limits(retries=3), None)
    assert [tries.should_retry(CallError(kind, "no")) for _ in range(5)] == [True] * times + [False] * (
        5 - times
    )


def test_retry_counter_proxy_timeout_is_retried_once() -> None:
    tries = RetryCounter(Limits(retries=3), None)
    assert [tries.should_retry(CallError("server", "no", status=524)) for _ in range(3)] == [
        True,
        False,
        False,
    ]


def test_retry_counter_limits_all_kinds_together() -> None:
    tries = RetryCounter(Limits(retries=2), None)
    kinds: list[FailureKind] = ["cut", "server", "empty", "rate"]
    assert [tries.should_retry(CallError(kind, "no")) for kind in kinds] == [True, True, False, False]
    assert not RetryCounter(Limits(retries=0), None).should_retry(CallError("server", "no"))
    assert not RetryCounter(Limits(), None).should_retry(CallError("timeout", "no", is_final=True))


def test_retry_budget_is_shared_by_calls() -> None:
    allowance = RetryBudget(retries_left=2)
    calls = [RetryCounter(Limits(), allowance) for _ in range(3)]
    assert [call.should_retry(CallError("server", "no")) for call in calls] == [True, True, False]
