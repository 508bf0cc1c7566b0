"""A token limit that the model does not allow: lowered or left out once, and named as what it is."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.llm.errors.token_limit import allowed_answer_tokens
from roundtable_tui.llm.http.retry import RetryBudget
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.llm_call import a_client, failed, finished, pieces_of, request

pytestmark = pytest.mark.anyio

# The wording of OpenAI, Groq, Anthropic, DeepSeek, vLLM (newer and older), OpenRouter and
# text-generation-inference, in this order; then SGLang, Bedrock, Cerebras, Zhipu, Groq's limit of a minute
# and Anthropic's context; the last is one without a number that is allowed.
MESSAGES = [
    ("max_tokens is too large: 20000. This model supports at most 16384 completion tokens, whereas you"
     " provided 20000.", 16384),
    ("`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the"
     " `context_window` for this model", 8192),
    ("max_tokens: 20000 > 8192, which is the maximum allowed number of output tokens for"
     " claude-3-5-sonnet", 8192),
    ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
    ("'max_tokens' or 'max_completion_tokens' is too large: 20000. This model's maximum context length is"
     " 4096 tokens and your request has 50 input tokens (20000 > 4096 - 50).", 4030),
    ("This model's maximum context length is 4096 tokens. However, you requested 20050 tokens (50 in the"
     " messages, 20000 in the completion). Please reduce the length of the messages or completion.", 4030),
    ("This endpoint's maximum context length is 4096 tokens. However, you requested about 20050 tokens (50"
     " of text input, 20000 in the output). Please reduce the length of either one.", 4030),
    ("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 50 `inputs` tokens"
     " and 20000 `max_new_tokens`", 4030),
    ("Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total"
     " of 20050 tokens: 50 tokens from the input messages and 20000 tokens for the completion.", 4030),
    ("The maximum tokens you requested exceeds the model limit of 10000. Try again with a maximum tokens"
     " value that is lower than 10000.", 10_000),
    ("Please reduce the length of the messages or completion. Current length is 20050 while limit is 4096",
     4030),
    ("max_tokens参数取值范围[1,4095]", 4095),
    ("Request too large for model `x` on tokens per minute (TPM): Limit 4096, Requested 20050, please reduce"
     " your message size and try again.", 4030),
    ("input length and `max_tokens` exceed context limit: 50 + 20000 > 4096, decrease input length or"
     " `max_tokens` and try again", 4030),
    ("max_tokens is too large", 0),
]  # fmt: skip


@pytest.mark.parametrize(("message", "allowed"), MESSAGES)
def test_allowed_answer_tokens_of_known_servers(message: str, allowed: int) -> None:
    assert allowed_answer_tokens(message, 20_000) == allowed


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens.",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use"
        " 'max_completion_tokens' instead.",
        "This model's maximum context length is 4096 tokens. However, you requested 29000 tokens (9000 in the"
        " messages, 20000 in the completion).",
    ],
)
def test_allowed_answer_tokens_of_other_refusals_is_none(message: str) -> None:
    assert allowed_answer_tokens(message, 20_000) is None


def limited(message: str, most: int, status: int = 400) -> Any:
    def answer(body: dict[str, Any], _: int) -> Reply:
        asked = max(body.get("max_tokens") or 0, body.get("max_completion_tokens") or 0)
        return (
            error(status, message.replace("20000", str(asked)), param="max_tokens")
            if asked > most
            else Reply("Yes.")
        )

    return answer


@pytest.mark.parametrize(("message", "allowed"), MESSAGES)
@pytest.mark.parametrize("status", [400, 422])
async def test_call_too_large_token_limit_is_lowered_once(message: str, allowed: int, status: int) -> None:
    async with FakeServer(limited(message, allowed or 8192, status)) as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url, request(max_tokens=20_000)))
    assert end.attempts == 1 and len(fake.requests) == 2
    assert fake.requests[1].body.get("max_tokens", 0) == allowed
    (warning,) = end.warnings
    assert "20,000" in warning and (f"{allowed:,}" if allowed else "without") in warning


async def test_call_limit_of_a_minute_is_no_passing_one_for_a_request_that_exceeds_it() -> None:
    # OpenAI answers 429, Groq 413: https://github.com/enricoros/big-AGI/issues/636, 2024-09-09.
    message = (
        "Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 4096, Requested"
        " {}. The input or output tokens must be reduced in order to run successfully."
    )
    refusal = limited(message.format(20_050), 4046, 429)
    async with FakeServer(refusal) as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url, request(max_tokens=20_000)))
    assert [seen.body["max_tokens"] for seen in fake.requests] == [20_000, 4030] and end.text == "Yes."
    refusal = error(429, message.format(9000), code="rate_limit_exceeded")
    async with FakeServer(refusal) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, request()))
    assert (last.kind, len(fake.requests)) == ("context", 1)
    assert "accepts in a minute (429): 9,000 tokens with the answer, the limit is 4,096" in last.message
    assert "Lower max_tokens" in last.message


async def test_call_raise_beyond_the_window_is_lowered() -> None:
    """The limit is raised fourfold after reasoning has used it up; the larger one does not fit."""

    def answer(body: dict[str, Any], _: int) -> Reply:
        asked = body["max_tokens"]
        if asked > 4046:
            message = MESSAGES[4][0].replace("20000", str(asked))
            return error(400, message, code=400)
        if asked < 3000:
            return Reply(reasoning=" ".join(map(str, range(asked))), finish_reason="length")
        return Reply("Yes.")

    async with FakeServer(answer) as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url, request(max_tokens=2000)), whole=False)
    assert [seen.body["max_tokens"] for seen in fake.requests] == [2000, 8000, 4030]
    assert end.text == "Yes." and any("4,030" in warning for warning in end.warnings)


async def test_call_raise_beyond_the_limit_of_the_model_is_lowered_although_reasoning_was_short() -> None:
    def answer(body: dict[str, Any], _: int) -> Reply:
        asked = body["max_tokens"]
        if asked > 4096:
            return error(400, MESSAGES[1][0].replace("8192", "4096"), param="max_tokens")
        return Reply(reasoning="Rain.", finish_reason="length") if asked < 4000 else Reply("Yes.")

    async with FakeServer(answer) as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url, request(max_tokens=2000)), whole=False)
    assert [seen.body["max_tokens"] for seen in fake.requests] == [2000, 8000, 4096]
    assert end.text == "Yes."


@pytest.mark.parametrize("message", [MESSAGES[0][0], MESSAGES[4][0]])
async def test_call_later_in_the_run_is_not_refused_for_the_same_limit(message: str) -> None:
    """A limit of the model, and one of its context, which leaves less to a longer prompt."""
    most = 16_384 if "at most" in message else 4030
    budget = RetryBudget()
    asked = request(max_tokens=20_000)
    async with FakeServer(limited(message, most)) as fake, a_client() as client:
        for _ in range(3):
            finished(await pieces_of(client, fake.url, asked, allowance=budget))
        other = finished(await pieces_of(client, fake.url, asked, allowance=RetryBudget()))
    sent = [seen.body["max_tokens"] for seen in fake.requests]
    assert sent[0] == 20_000 and len(sent) == 6
    assert all(4000 < one <= most for one in sent[1:4]), sent
    assert sent[4] == 20_000 and other.warnings, "another run asks again"


async def test_call_limit_that_had_to_be_left_out_stays_out_for_the_run() -> None:
    budget = RetryBudget()
    async with FakeServer(limited("max_tokens is too large", 8192)) as fake, a_client() as client:
        for tokens in (20_000, 20_000, 500):
            finished(await pieces_of(client, fake.url, request(max_tokens=tokens), allowance=budget))
    assert [seen.body.get("max_tokens") for seen in fake.requests] == [20_000, None, None, 500]


CREDITS = (  # OpenRouter: https://github.com/can1357/oh-my-pi/issues/9569, 2026-08-24.
    "This request requires more credits, or fewer max_tokens. You requested up to {} tokens, but can only"
    " afford {}. To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account"
)


def credited(most: int) -> Any:
    """Reserve the whole output of the model for requests without a limit, as OpenRouter does."""

    def answer(body: dict[str, Any], _: int) -> Reply:
        asked = body.get("max_tokens") or 65_536
        return error(402, CREDITS.format(asked, most), code=402) if asked > most else Reply("Yes.")

    return answer


async def test_call_is_sent_with_the_tokens_that_the_credit_pays_for() -> None:
    budget = RetryBudget()
    async with FakeServer(credited(6400)) as fake, a_client() as client:
        ended = [finished(await pieces_of(client, fake.url, allowance=budget)) for _ in range(2)]
        finished(await pieces_of(client, fake.url, request(max_tokens=300), allowance=budget))
    assert [seen.body.get("max_tokens") for seen in fake.requests] == [None, 6400, 6400, 300]
    assert ended[0].warnings == ("the credit of the account pays for 6,400 tokens: sent with this limit",)
    assert not budget.exhausted_models


async def test_call_credit_for_next_to_nothing_is_a_quota() -> None:
    async with FakeServer(credited(0)) as fake, a_client() as client:
        end = failed(await pieces_of(client, fake.url))
    assert (end.kind, len(fake.requests)) == ("quota", 1)
    assert "the credit does not pay for this request (402)" in end.message and "Top up" in end.message


async def test_call_prompt_that_is_too_long_is_still_named() -> None:
    message = (
        "This model's maximum context length is 4096 tokens. However, you requested 29000 tokens (9000 in the"
        " messages, 20000 in the completion)."
    )
    async with FakeServer(error(400, message)) as fake, a_client() as client:
        end = failed(await pieces_of(client, fake.url, request(max_tokens=20_000)))
    assert len(fake.requests) == 1
    assert end.kind == "context" and "9,000 tokens, the limit is 4,096" in end.message
