"""Refusals whose status alone would mislead: what the line for the user says about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roundtable_tui.llm.errors.classify import classify_error
from roundtable_tui.llm.types import Limits, OutputSchema
from tests.support.fake_server import FakeServer, Reply, chunk, error
from tests.support.llm_call import a_client, failed, finished, forgetful, pieces_of, request

OPENROUTER = "https://openrouter.ai/docs/api/reference/errors-and-debugging"  # read 2026-11-26


def worded(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


NAMED = [
    # OpenRouter: OPENROUTER, "Moderation Errors".
    (
        403,
        worded("Your input was flagged", code=403, metadata={"reasons": ["violence", "self-harm"]}),
        ("request", "moderation refused the prompt (403)", "(violence, self-harm)", "Rephrase"),
    ),
    # Azure: https://github.com/compl-ai/compl-ai/issues/20, 2025-02-27.
    (
        400,
        worded(
            "The response was filtered due to the prompt triggering the content management policy.",
            code="content_filter",
            param="prompt",
            innererror={
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": {
                    "violence": {"filtered": True, "severity": "medium"},
                    "hate": {"filtered": False, "severity": "safe"},
                },
            },
        ),
        ("request", "moderation refused the prompt (400)", "(violence)", "Rephrase"),
    ),
    (
        421,
        worded("Moderation Block", code="421", type="content_filter"),
        ("request", "moderation refused the prompt (421)", "Moderation Block", "Rephrase"),
    ),
    # OpenAI: https://github.com/home-assistant/core/issues/120072, 2024-06-21.
    (
        403,
        worded("Country, region, or territory not supported", code="unsupported_country_region_territory"),
        ("request", "does not serve this country or region (403)", "", "Choose another server"),
    ),
    (
        400,
        worded("User location is not supported for the API use.", status="FAILED_PRECONDITION", code=400),
        ("request", "does not serve this country or region (400)", "", "Choose another server"),
    ),
    (
        403,
        worded("Project `proj_1` does not have access to model `gpt-5`", code="model_not_found"),
        ("auth", "this key has no access to this model (403)", "gpt-5", "that the key may use"),
    ),
    (
        404,
        worded("Your organization must be verified to use the model `gpt-5`.", code="model_not_found"),
        ("auth", "the organization of this key must be verified", "gpt-5", "account's settings"),
    ),
    # OpenRouter: https://github.com/truefoundry/models/pull/826 (the account's settings),
    # https://github.com/zed-industries/zed/issues/36094, 2025-08-13 (parameters).
    (
        404,
        worded("No endpoints found matching your data policy (Free model publication).", code=404),
        ("request", "allowed by the account's settings (404)", "data policy", "settings/privacy"),
    ),
    (
        404,
        worded("No endpoints available matching your guardrail restrictions and data policy.", code=404),
        ("request", "allowed by the account's settings (404)", "guardrail", "settings/privacy"),
    ),
    (
        404,
        worded("No endpoints found that support the provided 'tool_choice' value.", code=404),
        ("request", "no provider of this model accepts these parameters (404)", "tool_choice", ""),
    ),
    (
        404,
        worded("No endpoints found that can handle the requested parameters.", code=404),
        ("request", "no provider of this model accepts these parameters (404)", "", "fewer parameters"),
    ),
    (
        404,
        worded("No endpoints found for far/away.", code=404),
        ("model", "does not have this model", "", ""),
    ),
    # MiniMax: https://platform.minimax.io/docs/api-reference/errorcode.md, read 2026-11-26.
    (
        200,
        {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
        ("quota", "the quota is used up (402)", "insufficient balance", "Top up"),
    ),
    (
        200,
        {"choices": None, "base_resp": {"status_code": 2049, "status_msg": "invalid api key"}},
        ("auth", "the key was refused (401)", "invalid api key", "Check the key"),
    ),
    (
        200,
        {"choices": None, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}},
        ("rate", "too many requests (429)", "rate limit", ""),
    ),
    (
        200,
        {"choices": None, "base_resp": {"status_code": "1027", "status_msg": "output new_sensitive"}},
        ("request", "moderation refused the prompt (403)", "output new_sensitive", "Rephrase"),
    ),
    (
        200,
        {"choices": None, "base_resp": {"status_code": 1042, "status_msg": "illegal invisible character"}},
        ("request", "the request was refused (400)", "illegal invisible character", ""),
    ),
    # https://github.com/MiniMax-AI/MiniMax-M2/issues/62, 2025-12-23.
    (
        500,
        {"type": "error", "error": {"type": "api_error", "message": "insufficient balance (1008)"}},
        ("quota", "the quota is used up (500)", "insufficient balance", "Top up"),
    ),
    # Baidu and Tencent, in their own formats with status 200.
    (
        200,
        {"error_code": 110, "error_msg": "Access token invalid or no longer valid"},
        ("auth", "the key was refused", "Access token invalid", "Check the key"),
    ),
    (
        200,
        {"Response": {"Error": {"Code": "AuthFailure", "Message": "the secret is wrong"}}},
        ("auth", "the key was refused", "the secret is wrong", "Check the key"),
    ),
    # LiteLLM: https://github.com/BerriAI/litellm/issues/12273, 2025-07-03.
    (
        400,
        worded("No connected db.", type="no_db_connection", param=None, code="400"),
        ("auth", "the server wants a key (400)", "No connected db", "Check the key"),
    ),
]


@pytest.mark.parametrize(("status", "body", "said"), NAMED)
def test_classify_error_names_the_cause(
    status: int, body: dict[str, Any], said: tuple[str, str, str, str]
) -> None:
    kind, label, detail, hint = said
    fault = classify_error(status, {}, json.dumps(body), key="sk-12345678")
    assert (fault.kind, label in fault.reason, detail in fault.reason) == (kind, True, True), fault
    assert hint in fault.hint


def test_litellm_without_a_key_says_that_none_is_set() -> None:
    body = worded("No connected db.", type="no_db_connection", param=None, code="400")
    fault = classify_error(400, {}, json.dumps(body))
    assert (fault.kind, fault.hint.startswith("No key is set")) == ("auth", True)


@pytest.mark.parametrize(("status", "body", "said"), NAMED)
@pytest.mark.anyio
async def test_call_ends_with_the_named_cause_in_one_line(
    status: int, body: dict[str, Any], said: tuple[str, str, str, str]
) -> None:
    reply = Reply(status=status, body=body)
    async with FakeServer(reply) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, limits=Limits(retries=0), key=lambda: "sk-12345678"))
    assert last.kind == said[0] and said[1] in last.message
    assert len(fake.requests) == 1


def test_402_with_a_time_to_wait_passes_and_one_without_does_not() -> None:
    # OpenRouter: OPENROUTER, "Retry-After header": its budget for calls in flight.
    body = json.dumps(worded("In-flight spending budget", code=402, metadata={"limit_source": "in_flight"}))
    waits = classify_error(402, {"retry-after": "3"}, body)
    assert (waits.kind, waits.retry_after) == ("rate", 3.0)
    assert classify_error(402, {}, body).kind == "quota"


GATEWAY = "<html><head><title>{} Bad Gateway</title></head><body>nginx</body></html>"


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (502, GATEWAY, "the server behind it does not run"),
        (502, "Bad Gateway", "the server behind it does not run"),
        (504, GATEWAY, "gave up waiting"),
        (524, "", "gave up waiting"),
        # OpenRouter: OPENROUTER, "Provider returned error"; and an API that fails by itself.
        (
            502,
            json.dumps(worded("Provider returned error", code=502, metadata={"provider_name": "Far"})),
            "The provider behind it failed (Far)",
        ),
        (502, json.dumps(worded("upstream gone", code=502)), ""),
        (504, json.dumps({"detail": "timed out"}), ""),
    ],
)
def test_status_of_a_gateway_is_a_proxy_s_unless_the_body_is_that_of_an_api(
    status: int, body: str, hint: str
) -> None:
    fault = classify_error(status, {}, body)
    assert fault.kind == "server" and hint in fault.hint
    assert ("proxy" in fault.hint) == ("{" not in body or "html" in body)


@pytest.mark.anyio
async def test_verified_organization_for_streams_is_met_without_streaming() -> None:
    refusal = error(
        400,
        "Your organization must be verified to stream this model.",
        param="stream",
        code="unsupported_value",
    )

    def answer(body: dict[str, Any], nth: int) -> Reply:
        return refusal if body["stream"] else Reply(body=Reply("Oak.").whole(body))

    async with FakeServer(answer) as fake, a_client() as client:
        assert finished(await pieces_of(client, fake.url)).text == "Oak."


@pytest.mark.anyio
async def test_router_without_a_provider_for_the_parameters_gets_fewer_and_this_is_learned(
    tmp_path: Any,
) -> None:
    def route(body: dict[str, Any], nth: int) -> Any:
        refused = {"top_k", "seed"} & body.keys()
        return error(404, "No endpoints found that can handle the requested parameters.", code=404) \
            if refused else "Oak."  # fmt: skip

    asked = request(seed=3, temperature=0.5, params={"top_k": 20})
    async with FakeServer(route) as fake, a_client(cache=forgetful(tmp_path)) as client:
        end = finished(await pieces_of(client, fake.url, asked))
        again = finished(await pieces_of(client, fake.url, asked))
    assert end.text == again.text == "Oak."
    assert end.warnings == (
        "the server refused top_k: sent without",
        "no provider of this model accepts seed: sent without",
    )
    assert [sorted({"top_k", "seed", "temperature"} & one.body.keys()) for one in fake.requests] == [
        ["seed", "temperature", "top_k"],
        ["seed", "temperature"],
        ["temperature"],
        ["temperature"],
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("status", [200, 502])
async def test_compression_that_was_not_asked_for_is_named(status: int) -> None:
    squeezed = b"\x1b\x0e\x00\xf8\xa5\xb0\xf4J\xc3"
    for coding in ("br", "zstd"):
        reply = Reply(status=status, headers={"content-encoding": coding}, body=squeezed)
        async with FakeServer(reply) as fake, a_client() as client:
            last = failed(await pieces_of(client, fake.url, limits=Limits(retries=0)))
        if status == 200:
            assert f"compressed its answer ({coding})" in last.message and last.kind == "not_api"
        else:
            assert last.message.startswith("fake at 127.0.0.1") and "the server failed (502)" in last.message
            assert "\ufffd" not in last.message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("delta", "said"),
    [
        ({"content": "", "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iV"}}]},
         "answered with a picture, without text"),
        ({"content": [{"type": "output_image", "image_url": "data:image/png;base64,iVB"}]},
         "answered with a picture, without text"),
        ({"audio": {"id": "a1", "data": "AAAA"}}, "answered with audio, without text"),
    ],
)  # fmt: skip
async def test_answer_without_text_says_what_it_is(delta: dict[str, Any], said: str) -> None:
    reply = Reply(chunks=[chunk({}, delta), chunk({}, {}, "stop")])
    async with FakeServer(reply) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url))
    assert said in last.message and (last.kind, len(fake.requests)) == ("empty", 1)


@pytest.mark.anyio
async def test_transcript_of_an_audio_answer_is_its_text() -> None:
    pieces = [{"content": None}, {"audio": {"transcript": "Oak is "}}, {"audio": {"transcript": "best."}}]
    reply = Reply(chunks=[*(chunk({}, piece) for piece in pieces), chunk({}, {}, "stop")])
    async with FakeServer(reply) as fake, a_client() as client:
        assert finished(await pieces_of(client, fake.url)).text == "Oak is best."


@pytest.mark.anyio
async def test_refusal_under_a_schema_is_a_failure_and_without_one_an_answer() -> None:
    # https://github.com/openclaw/openclaw/pull/102334, 2026-07-09.
    reply = Reply(chunks=[chunk({}, {"content": None, "refusal": "I cannot help."}), chunk({}, {}, "stop")])
    shape = OutputSchema("answer", {"type": "object", "properties": {}}, "json_schema")
    async with FakeServer(reply) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, request(shape=shape)))
        plain = finished(await pieces_of(client, fake.url))
    assert (last.kind, last.attempts) == ("refused", 1)
    assert "the model refused to answer: “I cannot help.”" in last.message
    assert plain.text == "I cannot help." and "the model refused" in plain.warnings
