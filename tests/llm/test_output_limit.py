"""Answers that become longer than they may."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.llm.output_limit import OutputMeter, choose_output_limit
from roundtable_tui.llm.types import ChatRequest, Limits, StreamEvent
from tests.support.fake_server import FakeServer, Reply
from tests.support.llm_call import a_client, failed, finished, pieces_of, request

pytestmark = pytest.mark.anyio


async def outcome(
    script: Any, *, asked: ChatRequest | None = None, limits: Limits | None = None
) -> tuple[list[StreamEvent], FakeServer]:
    async with FakeServer(script) as fake, a_client() as client:
        return await pieces_of(client, fake.url, asked, limits), fake


def numbers(count: int) -> list[str]:
    return [f"{n} " for n in range(count)]


async def test_call_ignoring_max_tokens_is_stopped_in_proportion() -> None:
    endless = Reply(pieces=numbers(60_000), burst=True)
    lengths = {}
    for most in (200, 2000):
        pieces, _ = await outcome(endless, asked=request(max_tokens=most))
        last = failed(pieces)
        assert last.kind == "too_long" and f"max_tokens ({most:,}), which the server ignores" in last.message
        lengths[most] = len(last.text)
    assert 200 < lengths[200] < 4 * 200 * 5
    assert lengths[2000] > 5 * lengths[200]


async def test_call_within_max_tokens_of_long_tokens_is_not_stopped() -> None:
    pieces, _ = await outcome(
        Reply(pieces=["characteristically "] * 15 + numbers(185)), asked=request(max_tokens=200)
    )
    assert len(finished(pieces).text) > 800


async def test_call_has_a_limit_without_max_tokens_which_is_not_sent() -> None:
    limits = Limits(answer_tokens=1000)
    pieces, fake = await outcome(Reply(pieces=numbers(3000), burst=True), limits=limits)
    assert "about 1,000 tokens" in failed(pieces).message and "--answer-tokens" in failed(pieces).message
    assert 4000 <= len(failed(pieces).text) < 5000
    assert not {"max_tokens", "max_completion_tokens"} & fake.requests[0].body.keys()


async def test_call_counts_the_reasoning_in_its_limit() -> None:
    reply = Reply(reasoning=" ".join(map(str, range(900))), pieces=numbers(900), burst=True)
    pieces, _ = await outcome(reply, limits=Limits(answer_tokens=1500))
    assert failed(pieces).kind == "too_long" and failed(pieces).reasoning.endswith("899")
    pieces, _ = await outcome(reply, limits=Limits(answer_tokens=2500))
    assert finished(pieces).text.endswith("899 ")


def test_default_limit_is_32768_tokens() -> None:
    limit = choose_output_limit(Limits().answer_tokens, None, None)
    assert (limit.tokens, limit.max_bytes) == (32_768, 131_072)


def test_limit_is_capped_by_the_known_window() -> None:
    limit = choose_output_limit(32_768, None, 1024)
    assert limit.tokens == 1024 and limit.max_bytes < 131_072 and "1,024 tokens" in limit.reason
    assert choose_output_limit(32_768, 200, 1024).tokens == 200


def test_meter_counts_bytes_of_all_scripts() -> None:
    meter = OutputMeter(choose_output_limit(100, None, None))
    assert meter.add("桥" * 130) == ""
    assert meter.add("桥" * 10) != ""


async def test_call_repeating_a_paragraph_is_stopped_before_4000_characters() -> None:
    paragraph = (
        "The town needs four bridges, because the river divides it twice, and each half must be reached"
        " from both banks.\n"
    )
    repeated = f"{paragraph}The council has said so, and nothing has changed since.\n\n"
    pieces, _ = await outcome(Reply(pieces=[repeated] * 200, burst=True))
    assert failed(pieces).kind == "too_long" and len(failed(pieces).text) < 4000


async def test_answers_are_not_stopped_by_an_unlisted_window() -> None:
    async with FakeServer(Reply(pieces=numbers(2000))) as fake, a_client() as client:
        pieces = await pieces_of(client, fake.url, request(), Limits(), context=1_000_000)
    assert finished(pieces).text.endswith("1999 ")
