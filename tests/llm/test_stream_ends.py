"""How a stream ends: what comes after the end of an answer, what is no end, and faults in the middle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from roundtable_tui.llm.stream import reader
from roundtable_tui.llm.types import Limits, StreamEvent
from tests.support.fake_server import FakeServer, Reply, chunk, event
from tests.support.llm_call import a_client, failed, finished, pieces_of

pytestmark = pytest.mark.anyio

WORDS = Reply(text="one two")
AFTER_END = 3
"""Pieces of WORDS, its finish reason included."""


async def outcome(script: Any, limits: Limits | None = None) -> tuple[list[StreamEvent], FakeServer]:
    async with FakeServer(script) as fake, a_client() as client:
        return await pieces_of(client, fake.url, None, limits), fake


def said(*texts: str, finish: str | None = None) -> list[dict[str, Any]]:
    chunks = [chunk({}, {"content": text}) for text in texts]
    return chunks if finish is None else [*chunks, chunk({}, {}, finish)]


# --- after the end of an answer --------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"cut_after": AFTER_END}, {"error_after": AFTER_END}])
async def test_call_fault_after_the_finish_reason_takes_nothing_from_the_answer(how: dict[str, int]) -> None:
    pieces, fake = await outcome(replace(WORDS, **how))  # type: ignore[arg-type]
    last = finished(pieces)
    assert (last.text, last.cut, len(fake.requests)) == ("one two", "", 1)
    assert last.usage.estimated and last.usage.completion_tokens
    told = any("error after the answer: the server failed (500)" in one for one in last.warnings)
    assert told is ("error_after" in how)


@pytest.mark.parametrize("comments", [None, 0.02])
async def test_call_silence_after_the_finish_reason_ends_the_answer_soon(
    comments: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_END_TIMEOUT_S", 0.1)
    reply = replace(WORDS, stall_after=AFTER_END, comments_every=comments)
    pieces, fake = await outcome(reply, Limits(idle_s=1e6, turn_s=1e6))
    assert (finished(pieces).text, len(fake.requests)) == ("one two", 1)


async def test_call_whole_body_shorter_than_announced_is_whole() -> None:
    body = b'{"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]}'
    wire = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n" + body
    pieces, fake = await outcome(Reply(wire=wire))
    assert (finished(pieces).text, len(fake.requests)) == ("Yes.", 1)


async def test_call_text_after_the_finish_reason_needs_its_own_end() -> None:
    chunks = [*said("one ", finish="stop"), *said("two")]
    pieces, fake = await outcome(Reply(raw=[*map(event, chunks), b": and then\n\n"], cut_after=3))
    assert (failed(pieces).kind, failed(pieces).text, len(fake.requests)) == ("cut", "one two", 2)


async def test_call_error_with_a_finish_reason_of_its_own_is_an_error() -> None:
    fault = {"error": {"message": "gone", "code": 502}, **chunk({}, {}, "stop")}
    pieces, _ = await outcome(Reply(chunks=[*said("one "), fault], done=False), Limits(retries=0))
    assert (failed(pieces).kind, failed(pieces).text, failed(pieces).cut) == ("server", "one ", "fault")
    body = {"choices": [{"message": {"content": "one"}, "finish_reason": "stop", "error": {"code": 502}}]}
    pieces, _ = await outcome(Reply(body=body), Limits(retries=0))
    assert (failed(pieces).kind, failed(pieces).text) == ("server", "one")


# --- what is no end --------------------------------------------------------------------------------


@pytest.mark.parametrize("none", ["null", "None", ""])
async def test_call_finish_reason_that_names_none_is_no_end(none: str) -> None:
    chunks = [{**chunk({}, {"content": text}, none)} for text in ("one ", "two")]
    pieces, fake = await outcome(Reply(chunks=chunks, done=False))
    assert (failed(pieces).kind, failed(pieces).text, len(fake.requests)) == ("cut", "one two", 2)
    pieces, _ = await outcome(Reply(chunks=[*chunks, chunk({}, {}, "stop")], done=False))
    assert (finished(pieces).text, finished(pieces).warnings) == ("one two", ())
    pieces, _ = await outcome(Reply(chunks=chunks))
    assert (finished(pieces).text, finished(pieces).finish_reason) == ("one two", None)


# --- faults in the middle --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"message": "Output data may contain inappropriate content.", "code": "data_inspection_failed"},
        {"message": "The response was filtered", "code": "content_filter", "status": 400},
    ],
)
async def test_call_moderation_in_the_middle_is_a_cut_by_the_filter(fault: dict[str, Any]) -> None:
    pieces, fake = await outcome(Reply(chunks=[*said("one ", "two"), {"error": fault}], done=False))
    last = finished(pieces)
    assert (last.text, last.cut, len(fake.requests)) == ("one two", "filter", 1)
    assert last.warnings == ("cut by the server's content filter",)
    pieces, _ = await outcome(Reply(chunks=[{"error": fault}], done=False))
    assert (failed(pieces).kind, failed(pieces).cut) == ("request", "")


@pytest.mark.parametrize(
    "fault",
    [
        {"message": "Overloaded", "code": 529},
        {"message": "rate limit", "code": 429},
        {"message": "bad gateway", "code": 502},
        {"message": "unavailable", "code": 503},
        {"message": "please try again in 1ms", "code": 429},
        {"message": "the model is still loading", "code": 503},
    ],
)
@pytest.mark.parametrize("is_burst", [True, False])
async def test_call_fault_after_text_is_retried_a_counted_number_of_times(
    fault: dict[str, Any], is_burst: bool
) -> None:
    chunks = [*said("one ", "two"), {"error": fault}]
    reply = Reply(chunks=chunks, done=False, burst=is_burst)
    pieces, fake = await outcome(reply, Limits(retries=2))
    last = failed(pieces)
    assert (last.text, last.cut, last.attempts, len(fake.requests)) == ("one two", "fault", 3, 3)
    assert last.usage.completion_tokens >= 3, "each attempt has been paid for"
