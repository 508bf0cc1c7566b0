"""Finish reasons: what they mean, and what a call makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.llm.finish_reasons import find_cut, find_former_cut, is_known
from roundtable_tui.llm.types import ChatRequest, Failed, Finished, Limits, StreamEvent
from tests.support.fake_server import FakeServer, Reply, chunk
from tests.support.llm_call import a_client, failed, finished, pieces_of, request

pytestmark = pytest.mark.anyio


async def outcome(
    script: Any, *, asked: ChatRequest | None = None, limits: Limits | None = None
) -> tuple[list[StreamEvent], FakeServer]:
    async with FakeServer(script) as fake, a_client() as client:
        return await pieces_of(client, fake.url, asked, limits), fake


CUTS: dict[str, list[str | None]] = {
    "": ["stop", "STOP", "eos", "end_turn", "tool_calls", "toolUse", "FINISH_REASON_UNSPECIFIED", "", None],
    "length": [
        "length", "max_tokens", "MAX_TOKENS", "maxTokens", "FinishReason.MAX_TOKENS", "max_output_tokens",
    ],
    "context": ["model_length", "model_context_window_exceeded"],
    "filter": ["content_filter", "content-filter", "sensitive", "refusal", "SAFETY", "FINISH_REASON_SAFETY"],
    "fault": [
        "error", "abort", "network_error", "insufficient_system_resource", "timeout", "cancelled",
    ],
}  # fmt: skip
FAULTS = CUTS["fault"]


@pytest.mark.parametrize(("cut", "reason"), [(cut, one) for cut, many in CUTS.items() for one in many])
def test_finish_reason_of_the_table_has_its_cut(cut: str, reason: str | None) -> None:
    assert (find_cut(reason), is_known(reason)) == (cut, True)


def test_finish_reason_outside_the_table_is_unknown() -> None:
    assert (find_cut("out_of_coffee"), is_known("out_of_coffee"), is_known("?")) == ("", False, False)


def test_finish_reason_in_a_former_record_keeps_its_former_meaning() -> None:
    assert [find_former_cut(one) for one in ("length", "content_filter", "error", "model_length")] == [
        "length", "filter", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize("reason", FAULTS)
async def test_call_ended_by_a_server_fault_is_retried(reason: str) -> None:
    pieces, fake = await outcome([Reply(text="half", finish_reason=reason), "Whole."])
    assert (finished(pieces).text, finished(pieces).cut, len(fake.requests)) == ("Whole.", "", 2)


async def test_call_ended_by_a_server_fault_twice_is_cut_and_keeps_its_text() -> None:
    pieces, fake = await outcome(Reply(text="half an answer", finish_reason="network_error"))
    last = failed(pieces)
    assert (last.kind, last.text, len(fake.requests)) == ("cut", "half an answer", 2)
    assert "network_error" in last.message


async def test_call_with_an_unknown_reason_is_whole_and_has_a_notice() -> None:
    pieces, _ = await outcome(Reply(text="Yes.", finish_reason="out_of_coffee"))
    last = finished(pieces)
    assert (last.text, last.cut) == ("Yes.", "")
    assert any("unknown finish reason “out_of_coffee”" in warning for warning in last.warnings)


async def _cut_answer(
    completion: int | None, *, prompt: int = 10, max_tokens: int | None = None, context: int | None = None
) -> Finished | Failed:
    usage = None if completion is None else {"prompt_tokens": prompt, "completion_tokens": completion}
    reply = Reply(text="word " * 40, finish_reason="length", usage=usage)
    async with FakeServer(reply) as fake, a_client() as client:
        pieces = await pieces_of(
            client, fake.url, request(max_tokens=max_tokens), Limits(retries=0), context=context
        )
    last = pieces[-1]
    assert isinstance(last, Finished | Failed)
    return last


@pytest.mark.parametrize(
    ("completion", "prompt", "max_tokens", "context", "cut", "said"),
    [
        (200, 10, 200, None, "length", "cut by max_tokens"),
        (60, 960, 200, None, "context", "cut because the context of the model was full (1,020 tokens)"),
        (60, 960, None, 1024, "context", "cut because the context of the model was full (1,020 tokens)"),
        (60, 10, None, 1024, "length", "cut by the server's token limit"),
        (
            60,
            10,
            None,
            None,
            "length",
            "cut by the server's token limit, or because its context was full (70 tokens with the prompt):"
            " raise --max-tokens or the server's context",
        ),
        (
            96,
            4000,
            None,
            None,
            "context",
            "cut because the context of 4,096 tokens was full: raise the server's",
        ),
        (95, 4000, None, None, "context", "cut because the context of 4,096 tokens was full"),
        (97, 4000, None, None, "context", "cut because the context of 4,096 tokens was full"),
        (90, 4000, None, None, "length", "cut by the server's token limit, or because its context was full"),
        (6000, 144, None, None, "context", "cut because the context of 6,144 tokens was full"),
        (96, 4000, None, 131_072, "context", "cut because the context of 4,096 tokens was full"),
        (96, 4000, 96, None, "length", "cut by max_tokens"),
        (96, 4000, 900, None, "context", "cut because the context of 4,096 tokens was full"),
        (512, 88, None, 8192, "length", "cut by the server's token limit"),
        (None, 0, 60, None, "length", "cut by max_tokens"),
        (None, 0, 600, None, "context", "cut because the context of the model was full"),
    ],
)
async def test_call_cut_by_length_says_which_limit_was_reached(
    completion: int | None, prompt: int, max_tokens: int | None, context: int | None, cut: str, said: str
) -> None:
    last = await _cut_answer(completion, prompt=prompt, max_tokens=max_tokens, context=context)
    assert isinstance(last, Finished) and last.cut == cut
    assert any(warning.startswith(said) for warning in last.warnings), last.warnings


async def test_call_of_unknown_context_that_the_tokens_do_not_fill_names_no_size() -> None:
    last = await _cut_answer(None, prompt=0, max_tokens=None, context=None)
    assert isinstance(last, Finished) and last.cut == "length"
    assert "its context was full (about " in last.warnings[0]


@pytest.mark.parametrize(
    ("completion", "said", "hint"),
    [
        (3996, "the context of 4,096 tokens was full before an answer began", "use a larger context"),
        (
            3000,
            "reasoning used up the token limit of the server, or its context was full, before an answer",
            "Allow more tokens (max_tokens), or use a larger context",
        ),
    ],
)
async def test_call_cut_in_its_reasoning_says_which_limit_was_reached(
    completion: int, said: str, hint: str
) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": completion}
    pieces, fake = await outcome(Reply(reasoning="So then " * 20, finish_reason="length", usage=usage))
    assert said in failed(pieces).message and hint in failed(pieces).message
    assert len(fake.requests) == 1


async def test_call_with_full_context_before_an_answer_says_so_and_is_not_repeated() -> None:
    reply = Reply(finish_reason="model_context_window_exceeded")
    pieces, fake = await outcome(reply, asked=request(max_tokens=500))
    assert (failed(pieces).kind, len(fake.requests)) == ("empty", 1)
    assert "context of the model was full" in failed(pieces).message


@pytest.mark.parametrize(("reasons", "cut"), [(["length", "stop"], "length"), (["stop", "length"], "length")])
async def test_call_second_finish_reason_does_not_make_a_cut_answer_whole(
    reasons: list[str], cut: str
) -> None:
    chunks = [chunk({}, {"content": "half"}), *(chunk({}, {}, reason) for reason in reasons)]
    pieces, _ = await outcome(Reply(chunks=chunks))
    assert (finished(pieces).text, finished(pieces).cut) == ("half", cut)
