"""Classification of error responses and the lines shown to the user."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.llm.errors.classify import classify_error, format_error
from roundtable_tui.utils.redact import redact

PAGE = "<!DOCTYPE html><html><head><title>502 Bad &amp; Gateway</title></head><body><h1>no</h1></body></html>"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "it broke", "type": "x", "code": None}}, "it broke"),
        ({"error": "it broke"}, "it broke"),
        ([{"error": {"code": 500, "message": "it broke", "status": "INTERNAL"}}], "it broke"),
        ({"detail": "it broke"}, "it broke"),
        ({"detail": [{"loc": ["body", "seed"], "msg": "bad", "type": "extra_forbidden"}]}, "seed: bad"),
        ({"object": "error", "message": "it broke", "type": "InternalServerError", "code": 500}, "it broke"),
        ('{"error": {"message": "it broke", "type": "inter', "it broke"),
        ("it broke", "it broke"),
        ('"it broke"', "it broke"),
        ({"message": "it broke", "error": {"code": 1}}, "it broke"),
        ({"error": "no", "message": "because of that"}, "no: because of that"),
        ({"error": {"message": '{"error": {"message": "it broke"}}'}}, "it broke"),
        (
            {"error": {"message": "Provider returned error", "metadata": {"raw": '{"detail": "it broke"}'}}},
            "Provider returned error: it broke",
        ),
        ({"errors": [{"message": "one"}, {"message": "two"}]}, "one: two"),
        ({"type": "error", "error": {"type": "api_error", "message": "it broke"}}, "it broke"),
        (b"\xff\xfe it broke", "it broke"),
        ("", ""),
        ({}, ""),
        (PAGE, "“502 Bad & Gateway”"),
        ({"error": {"message": PAGE}}, "502 Bad & Gateway"),
        ("<html><title>it broke", "“it broke”"),
        ("<html><title>it broke<html><title>it broke</title>", "“it broke”"),
        ("<?xml version='1.0'?><Error><Message>it broke</Message></Error>", "“it broke”"),
        ({"error": "it <b>broke</b> at <= 3"}, "it broke at <= 3"),
        ({"error": "it <\u200bb>broke<\0/b>"}, "it broke"),
    ],
)
def test_classify_error_finds_reason_in_every_kind_of_body(body: Any, said: str) -> None:
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    fault = classify_error(500, {}, raw)
    assert fault.kind == "server"
    assert fault.reason.startswith("the server failed (500)")
    assert said in fault.reason and "</" not in fault.reason


def worded(*message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": " ".join(message), **fields}}


CONTEXT = [
    # The words of different servers for a prompt that is too long.
    (
        400,
        worded(
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001",
            "tokens. Please reduce the length of the messages.",
            code="context_length_exceeded",
        ),
        "9,001 tokens, the limit is 8,192",
    ),
    (
        400,
        worded(
            "request (40031 tokens) exceeds the available context size (4096 tokens), try increasing it",
            code=400,
            type="exceed_context_size_error",
            n_prompt_tokens=40031,
            n_ctx=4096,
        ),
        "40,031 tokens, the limit is 4,096",
    ),
    (
        400,
        {
            "object": "error",
            "message": "This model's maximum context length is 2048 tokens. However, you requested 3000 "
            "tokens (2900 in the messages, 100 in the completion).",
            "type": "BadRequestError",
            "code": 400,
        },
        "2,900 tokens, the limit is 2,048",
    ),
    (
        400,
        worded("The decoder prompt (length 5120) is longer than the maximum model length of 4096."),
        "5,120 tokens, the limit is 4,096",
    ),
    (
        400,
        worded("Requested tokens (6000) exceed context window of 4096"),
        "6,000 tokens, the limit is 4,096",
    ),
    (
        400,
        {
            "error": "Trying to keep the first 5000 tokens when context the overflows. "
            "However, the model is loaded with context length of only 4096 tokens"
        },
        "5,000 tokens, the limit is 4,096",
    ),
    (
        422,
        {"error": "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"},
        "5,000 tokens, the limit is 4,096",
    ),
    (
        400,
        [worded("The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).")],
        "1,100,000 tokens, the limit is 1,048,576",
    ),
    (
        400,
        worded("prompt is too long: 210000 tokens > 200000 maximum", type="invalid_request_error"),
        "210,000 tokens, the limit is 200,000",
    ),
    (400, worded("litellm.ContextWindowExceededError: the input is too long"), "too long"),
]


@pytest.mark.parametrize(("status", "body", "said"), CONTEXT)
def test_classify_error_too_long_prompt_gives_numbers(status: int, body: Any, said: str) -> None:
    fault = classify_error(status, {}, json.dumps(body))
    assert fault.kind == "context"
    assert said in fault.reason
    assert "larger context" in fault.hint


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, worded("Incorrect API key provided"), "auth"),
        (403, worded("Country not supported"), "request"),
        (429, worded("You exceeded your current quota, check your plan", code="insufficient_quota"), "quota"),
        (402, worded("Insufficient Balance"), "quota"),
        (429, worded("insufficient quota: too many concurrent requests", code="insufficient_quota"), "rate"),
        (429, worded("Insufficient quota. Limit: 3 RPM", code="insufficient_quota"), "rate"),
        (429, worded("exceeded your current quota: 90000 TPM"), "rate"),
        (429, worded("insufficient_quota: token rate exceeded"), "rate"),
        (429, worded("quota exceeded, requests in flight: 4", code="insufficient_quota"), "rate"),
        (429, worded("hourly quota exceeded", code="insufficient_quota"), "rate"),
        (429, worded("monthly quota exceeded", code="insufficient_quota"), "quota"),
        (429, worded("Quota of simultaneous requests exceeded: insufficient quota"), "rate"),
        (429, worded("insufficient credits for 10 requests/min"), "rate"),
        (429, worded("insufficient quota to generate an answer", code="insufficient_quota"), "quota"),
        (402, worded("insufficient balance for concurrent requests"), "quota"),
        (400, worded("x", type="billing_hard_limit_reached"), "quota"),
        (429, worded("Rate limit reached for x"), "rate"),
        (429, {"message": "You exceeded your current quota of tokens per minute", "error": {}}, "rate"),
        (429, [worded("You exceeded your current quota", details=[{"retryDelay": "34s"}])], "rate"),
        (None, worded("litellm.RateLimitError: slow down", code="429"), "rate"),
        (404, worded("The model `gpt-9` does not exist or you do not have access to it."), "model"),
        (404, worded("no", code="model_not_found"), "model"),
        (404, {"error": "model 'qwen9' not found, try pulling it first"}, "model"),
        (404, {"object": "error", "message": "The model `x` does not exist.", "code": 404}, "model"),
        (400, worded("x/y is not a valid model ID", code=400), "model"),
        (400, worded("Invalid model name passed in model=x"), "model"),
        (400, {"error": "No models loaded. Please load a model."}, "model"),
        (404, "404 page not found", "not_api"),
        (404, {"detail": "Not Found"}, "not_api"),
        (404, "", "not_api"),
        (405, {"detail": "Method Not Allowed"}, "not_api"),
        (200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}, "not_api"),
        (200, PAGE, "not_api"),
        (403, PAGE, "not_api"),
        (404, PAGE, "not_api"),
        (502, PAGE, "server"),
        (524, "error code: 524", "server"),
        (503, worded("Loading model", type="unavailable_error", code=503), "server"),
        (529, worded("Overloaded", type="overloaded_error"), "server"),
        (408, "", "server"),
        (409, "", "server"),
        (400, worded("temperature must be at most 2"), "request"),
        (422, {"detail": [{"loc": ["body", "messages"], "msg": "Field required"}]}, "request"),
        (None, worded("upstream went away", code=502), "server"),
        (None, {"error": "unknown"}, "server"),
        (400, worded("Failed to call", code="tool_use_failed", failed_generation="yes"), "shape"),
    ],
)
def test_classify_error_gives_kind(status: int | None, body: Any, kind: str) -> None:
    raw = body if isinstance(body, str) else json.dumps(body)
    assert classify_error(status, {}, raw).kind == kind


def test_classify_error_hint_names_an_action() -> None:
    assert "proxy" in classify_error(524, {}, "").hint
    assert "base URL" in classify_error(200, {}, PAGE).hint
    assert "web page" in classify_error(200, {}, PAGE).reason
    assert "requires a login" in classify_error(403, {}, PAGE).hint
    assert "https://" in classify_error(400, {}, "Client sent an HTTP request to an HTTPS server.").hint


def test_classify_error_finds_retry_after_in_headers_and_body() -> None:
    assert classify_error(429, {"Retry-After": "7"}, "").retry_after == 7
    assert (
        classify_error(429, {}, json.dumps({"error": {"message": "Please try again in 1m2.5s."}})).retry_after
        == 62.5
    )
    body = [{"error": {"code": 429, "details": [{"@type": "RetryInfo", "retryDelay": "34s"}]}}]
    assert classify_error(429, {}, json.dumps(body)).retry_after == 34


KEY = "sk-proj-Abcdefghij0123456789klmnopqrstuv"


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}.",
        "Incorrect API key provided: sk-proj-********stuv. See the site.",
        f"Authorization: Bearer {KEY}",
        "header 'bearer abcdefgh12345678'",
        "token=8b1a9953c4611296a827abf8c47804d7 refused",
        '{"api_key": "abcdefgh-12345678"}',
        "hash 8b1a9953c4611296a827abf8c47804d78b1a9953",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
        "AbCdEf0123456789AbCdEf0123456789AbCdEf==",
        "gsk_abcdefghijklmnop1234",
    ],
)
def test_classify_error_hides_keys(text: str) -> None:
    masked = redact(text, KEY)
    assert "[key]" in masked
    for part in ("Abcdefghij", "stuv", "abcdefgh", "8b1a9953", "eyJ", "AbCdEf", "1234"):
        assert part not in masked


def test_classify_error_hides_the_sent_key() -> None:
    assert redact("your key 'simple pass' is wrong", "simple pass") == "your key '[key]' is wrong"
    assert redact("see ?k=simple%20pass", "simple pass") == "see ?k=[key]"


@pytest.mark.parametrize(
    "text",
    [
        "model 'meta-llama/Llama-3.3-70B-Instruct-Turbo-Free' not found",
        "the model deepseek-r1-distill-qwen-32b-instruct-awq does not exist",
        "sk-learn is not installed",
        "key-value stores are full",
        "maximum context length is 8192 tokens",
    ],
)
def test_classify_error_keeps_ordinary_text(text: str) -> None:
    assert redact(text, "none") == text


def test_format_error_is_one_short_line_with_hint() -> None:
    fault = classify_error(
        401, {}, json.dumps({"error": f"no\x1b[31m\n{KEY} " + "very long " * 500}), key=KEY
    )
    line = format_error("my\nmodel", "host:1", fault.reason, fault.hint)
    assert line.startswith("my model at host:1: the key was refused (401)")
    assert line.endswith("Check the key of this server")
    assert len(line) <= 300 and "\n" not in line and "\x1b" not in line and KEY not in line


@given(st.none() | st.integers(100, 599), st.binary(max_size=300) | st.text(max_size=300))
def test_classify_error_accepts_any_body(status: int | None, body: bytes | str) -> None:
    fault = classify_error(status, {}, body, key=KEY)
    line = format_error("m", "h", fault.reason, fault.hint)
    assert len(line) <= 300 and "\n" not in line
