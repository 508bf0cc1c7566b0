"""Calls to servers that reject, fail, close early, stall or send invalid data."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from roundtable_tui.llm.client import BackoffPolicy, RetryBudget
from roundtable_tui.llm.types import (
    Failed,
    FailureKind,
    Finished,
    Limits,
    OutputSchema,
    Paused,
    Server,
    Usage,
)
from tests.support.fake_server import FakeServer, Reply, chunk, error, event, page
from tests.support.llm_call import a_client, failed, finished, pieces_of, request, shown, waits

pytestmark = pytest.mark.anyio


async def outcome(script: Any, **options: Any) -> tuple[list[Any], FakeServer]:
    asked, limits = options.pop("asked", None), options.pop("limits", None)
    async with FakeServer(script, **options.pop("fake", {})) as fake, a_client() as client:
        return await pieces_of(client, fake.url, asked, limits, **options), fake


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(401, "bad key"), "auth"),
        (error(403, "no"), "auth"),
        (error(429, "quota", code="insufficient_quota"), "quota"),
        (error(402, "Insufficient Balance"), "quota"),
        (error(404, "The model `fake` does not exist"), "model"),
        (error(400, "maximum context length is 4096 tokens, you requested 9000 tokens"), "context"),
        (error(400, "no good"), "request"),
        (error(422, "no good"), "request"),
        (Reply(status=404), "not_api"),
        (page(), "not_api"),
        (page(status=403), "not_api"),
        (Reply(body={"status": "ok"}), "not_api"),
        (Reply(body="It works!"), "not_api"),
        (Reply(raw=[b"It works!\n"], done=False), "not_api"),
    ],
)
async def test_call_permanent_error_is_not_retried(reply: Reply, kind: FailureKind) -> None:
    pieces, fake = await outcome(reply)
    last = failed(pieces)
    assert (last.kind, last.attempts, len(fake.requests)) == (kind, 1, 1)
    assert last.message.startswith("fake at 127.0.0.1:")
    assert last.usage == Usage()


@pytest.mark.parametrize(
    "reply",
    [
        error(429, "slow down"),
        error(500),
        error(502),
        page(status=503),
        error(529, "overloaded"),
        Reply(status=408),
        Reply(status=409),
        Reply(body={"error": {"message": "went away", "code": 502}}),
        Reply(chunks=[{"error": {"message": "went away", "code": 502}}], done=False),
        Reply(raw=[b'event: error\ndata: {"message": "rate limit"}\n\n'], done=False),
    ],
)
async def test_call_temporary_error_is_retried(reply: Reply) -> None:
    pieces, fake = await outcome([reply, reply, "At last."])
    assert finished(pieces).text == "At last."
    assert (finished(pieces).attempts, len(fake.requests)) == (3, 3)
    assert len(waits(pieces)) >= 2
    pieces, fake = await outcome(reply, limits=Limits(retries=3))
    assert failed(pieces).kind in ("rate", "server")
    assert len(fake.requests) == 4


async def test_call_retry_after_is_reported_and_waited_for() -> None:
    pieces, fake = await outcome([error(429, "slow", headers={"retry-after-ms": "30"}), "Yes."])
    assert finished(pieces).text == "Yes."
    (wait,) = waits(pieces)
    assert wait.seconds is not None and wait.seconds >= 0.03
    assert "127.0.0.1" in wait.reason and "429" in wait.reason
    assert fake.requests[1].at - fake.requests[0].at >= 0.03


async def test_call_too_long_retry_after_fails() -> None:
    pieces, fake = await outcome(error(429, "tomorrow", headers={"retry-after": "7200"}))
    assert (failed(pieces).kind, len(fake.requests)) == ("rate", 1)
    pieces, fake = await outcome(error(429, headers={"retry-after": "60"}), limits=Limits(turn_s=30))
    assert (failed(pieces).kind, len(fake.requests)) == ("rate", 1)


async def test_calls_to_one_server_share_its_pause() -> None:
    script = [error(429, "slow", headers={"retry-after-ms": "50"}), "Yes.", "Yes."]
    async with FakeServer(script) as fake, a_client() as client:
        first = client.stream(Server("fake", fake.url), request(), Limits())
        while not isinstance(await anext(first), Paused):
            pass
        second = await pieces_of(client, fake.url)
        assert finished([piece async for piece in first][-1:], whole=False).text == "Yes."
        assert finished(second).text == "Yes."
    assert any("asked for a pause" in wait.reason for wait in waits(second))
    told_at = fake.requests[0].ended_at
    assert told_at is not None and all(seen.at - told_at >= 0.04 for seen in fake.requests[1:])


async def test_retry_budget_ends_the_retries_of_a_run() -> None:
    allowance = RetryBudget(retries_left=1)
    async with FakeServer(error(500)) as fake, a_client() as client:
        for _ in range(2):
            failed(await pieces_of(client, fake.url, allowance=allowance))
    assert len(fake.requests) == 3


async def test_call_quota_error_stops_server_for_this_run_only() -> None:
    allowance = RetryBudget()
    async with FakeServer(error(429, "no", code="insufficient_quota")) as fake, a_client() as client:
        for _ in range(3):
            assert failed(await pieces_of(client, fake.url, allowance=allowance)).kind == "quota"
        assert len(fake.requests) == 1
        failed(await pieces_of(client, fake.url, allowance=RetryBudget()))
        assert len(fake.requests) == 2


# The stream itself.


async def test_call_cut_answer_is_retried_from_the_start() -> None:
    pieces, fake = await outcome([Reply(text="one two three four", cut_after=2), "one two three four"])
    last = finished(pieces)
    assert (last.text, last.attempts, len(fake.requests)) == ("one two three four", 2, 2)
    assert last.usage.estimated, "what the cut attempt cost was not told"


@pytest.mark.parametrize("after", [1, 2, 3])
async def test_call_cut_after_any_chunk_keeps_text(after: int) -> None:
    pieces, fake = await outcome(Reply(text="one two three", cut_after=after))
    last = failed(pieces)
    assert (last.kind, len(fake.requests)) == ("cut", 2)
    assert last.text == ["", "one", "one two", "one two three"][after]
    assert last.text == shown(pieces)[1]


async def test_call_failed_retry_keeps_text_of_first_attempt() -> None:
    pieces, _ = await outcome([Reply(text="one two three", cut_after=2), error(401, "no")])
    last = failed(pieces)
    assert (last.kind, last.text) == ("auth", "one two")
    assert last.usage.completion_tokens > 0


async def test_call_end_without_finish_reason_or_done_is_cut() -> None:
    pieces, fake = await outcome(Reply(text="one two", finish_reason=None, done=False))
    assert (failed(pieces).kind, failed(pieces).text, len(fake.requests)) == ("cut", "one two", 2)


@pytest.mark.parametrize(("reason", "done"), [(None, True), ("stop", False), ("eos", True)])
async def test_call_finish_reason_or_done_completes_answer(reason: str | None, done: bool) -> None:
    pieces, fake = await outcome(Reply(text="one two", finish_reason=reason, done=done))
    assert (finished(pieces).text, finished(pieces).finish_reason, len(fake.requests)) == (
        "one two",
        reason,
        1,
    )


async def test_call_reset_before_first_byte_is_retried_at_once() -> None:
    pieces, _ = await outcome([Reply(wire=b""), "Yes."])
    assert finished(pieces).text == "Yes."
    assert not waits(pieces)
    pieces, fake = await outcome(Reply(wire=b""))
    assert (failed(pieces).kind, len(fake.requests)) == ("cut", 2)


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\ndata: ",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd",
        b"SSH-2.0-Open\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 999 What\r\n\r\n",
    ],
)
async def test_call_invalid_http_fails_in_one_line(wire: bytes) -> None:
    pieces, fake = await outcome(Reply(wire=wire), limits=Limits(retries=1))
    assert failed(pieces).kind in ("cut", "not_api", "server", "empty")
    assert len(fake.requests) <= 2


async def test_call_http_1_0_without_length_is_read() -> None:
    body = b"".join(
        [event(chunk({}, {"content": "Yes."})), event(chunk({}, {}, "stop")), b"data: [DONE]\n\n"]
    )
    pieces, _ = await outcome(Reply(wire=b"HTTP/1.0 200 OK\r\n\r\n" + body))
    assert finished(pieces).text == "Yes."


async def test_call_body_left_open_after_done_is_complete() -> None:
    async with FakeServer(Reply(text="Yes.", linger=True)) as fake, a_client() as client:
        assert finished(await pieces_of(client, fake.url)).text == "Yes."
        await fake.requests[0].ended.wait()
    assert fake.requests[0].left_early


async def test_calls_in_sequence_reuse_the_connection() -> None:
    async with FakeServer("Yes.") as fake, a_client() as client:
        for _ in range(3):
            finished(await pieces_of(client, fake.url))
    assert (len(fake.requests), fake.connections) == (3, 1)


async def test_call_events_after_done_are_ignored() -> None:
    said = [chunk({}, {"content": "Yes."}), "[DONE]", chunk({}, {"content": " And more."}), "[DONE]"]
    pieces, _ = await outcome(Reply(chunks=said))
    assert finished(pieces).text == "Yes."


BROKEN = ['{"choices": [{"delta": {"content": "oh', "oh", '{"choices": [}', '"oh" yes', "[1, 2"]


@pytest.mark.parametrize("event", BROKEN)
async def test_call_broken_event_is_a_cut_that_is_retried(event: str) -> None:
    said = [chunk({}, {"content": "Yes"}), event, chunk({}, {"content": "."}, "stop")]
    pieces, fake = await outcome([Reply(chunks=said), "Yes, oh."])
    assert finished(pieces).text == "Yes, oh." and len(fake.requests) == 2
    pieces, fake = await outcome(Reply(chunks=said))
    last = failed(pieces)
    assert (last.kind, last.text, last.attempts) == ("cut", "Yes.", 2)
    assert "an event of the stream was broken" in last.message


async def test_call_body_followed_by_broken_json_is_a_cut() -> None:
    whole = json.dumps(Reply("Yes.").whole({}))
    pieces, _ = await outcome(Reply(body=whole + '{"choices": [{"message": {"content": "and'))
    assert failed(pieces).kind == "cut"


async def test_call_broken_event_after_the_finish_reason_is_a_warning() -> None:
    said = [chunk({}, {"content": "Yes."}, "stop"), '{"choices": [], "usage": {"prompt']
    pieces, fake = await outcome(Reply(chunks=said))
    assert finished(pieces).text == "Yes." and len(fake.requests) == 1
    assert any("1 invalid event" in warning for warning in finished(pieces).warnings)


async def test_call_event_without_end_is_ended() -> None:
    pieces, _ = await outcome(Reply(raw=[b"data: {\n" + (b"data: " + b"1" * 1000 + b"\n") * 8000]))
    assert failed(pieces).kind == "too_long"


async def test_call_key_in_finish_reason_is_masked() -> None:
    key = "sk-proj-Q7x9Zp4LmN2vB8cTyU1wEr5"
    reply = Reply(text="Yes.", finish_reason=f"stop\x1b[31m for {key.upper()}")
    async with FakeServer(reply) as fake, a_client() as client:
        last = finished(await pieces_of(client, fake.url, key=lambda: key))
    assert last.finish_reason == "stop␛[31m for [key]"


async def test_call_key_in_model_list_is_masked() -> None:
    key = "sk-proj-Q7x9Zp4LmN2vB8cTyU1wEr5"
    async with FakeServer("no") as fake, a_client() as client:
        fake.models = [f"a-{key}", " ".join(key), "8b1a9953c4611296a827abf8c47804d7"]
        listed = await client.list_models(Server("fake", fake.url, key=lambda: key))
    assert [model.id for model in listed] == ["a-[key]", "[key]", "8b1a9953c4611296a827abf8c47804d7"]


async def test_call_quota_error_of_one_model_leaves_the_others() -> None:
    spent = error(429, "You exceeded your current quota", code="insufficient_quota")
    allowance = RetryBudget()

    def reply(asked: Any, nth: int) -> Any:
        return spent if asked["model"] == "large" else "Yes."

    async with FakeServer(reply) as fake, a_client() as client:
        for model in ("large", "small", "large", "small"):
            last = (await pieces_of(client, fake.url, request(model=model), allowance=allowance))[-1]
            assert isinstance(last, Finished if model == "small" else Failed)
    assert [asked.body["model"] for asked in fake.requests] == ["large", "small", "small"]


async def test_call_limit_worded_as_quota_is_waited_for() -> None:
    passing = error(429, "insufficient quota for 8 concurrent requests", code="insufficient_quota")
    pieces, fake = await outcome([passing, "Yes."])
    assert finished(pieces).text == "Yes." and len(waits(pieces)) == 1 and len(fake.requests) == 2


async def test_call_invalid_utf8_is_replaced() -> None:
    raw = [b'data: {"choices":[{"delta":{"content":"a\xff\xc3b"},"finish_reason":"stop"}]}\n\n']
    pieces, _ = await outcome(Reply(raw=raw))
    assert finished(pieces).text == "a\ufffd\ufffdb"


async def test_call_characters_split_anywhere_are_joined() -> None:
    stream = event(chunk({}, {"content": "é😀 und Ende"}, "stop")).replace(b"\\u00e9", "é".encode())
    stream = (
        b"data: "
        + json.dumps(chunk({}, {"content": "é😀"}, "stop"), ensure_ascii=False).encode()
        + b"\r\n\r\n"
    )
    pieces, _ = await outcome(Reply(raw=[bytes([byte]) for byte in stream]))
    assert finished(pieces).text == "é😀"


async def test_call_error_in_stream_keeps_text() -> None:
    said = [chunk({}, {"content": "one two"}), {"error": {"message": "out of memory", "code": 500}}]
    pieces, _ = await outcome(Reply(chunks=said), limits=Limits(retries=0))
    last = failed(pieces)
    assert (last.kind, last.text) == ("server", "one two")
    assert "out of memory" in last.message


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream", "text/plain"])
async def test_call_full_response_instead_of_stream_is_read(kind: str) -> None:
    whole = {
        "choices": [
            {"message": {"role": "assistant", "content": "Yes.", "reasoning": "hm"}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    pieces, _ = await outcome(Reply(body=whole, headers={"content-type": kind}))
    last = finished(pieces)
    assert (last.text, last.reasoning, last.usage) == ("Yes.", "hm", Usage(3, 4))


async def test_call_blanks_before_full_response_are_skipped() -> None:
    raw = [b"\n", b"  \n", b'{"choices": [{"message": {"content": "Yes."}, "finish', b'_reason": "stop"}]}']
    pieces, _ = await outcome(Reply(raw=raw, done=False))
    assert finished(pieces).text == "Yes."


async def test_call_json_lines_without_framing_are_read() -> None:
    said = [{"message": {"content": part}, "done": False} for part in ("Yes", ", ", "so.")]
    raw = [json.dumps(line).encode() + b"\n" for line in [*said, {"done": True, "done_reason": "stop"}]]
    pieces, _ = await outcome(Reply(raw=raw, done=False))
    assert finished(pieces).text == "Yes, so."


async def test_call_empty_answer_is_retried_once() -> None:
    pieces, _ = await outcome(["", "Yes."])
    assert finished(pieces).text == "Yes."
    pieces, fake = await outcome(Reply(text="  \n"))
    assert (failed(pieces).kind, len(fake.requests)) == ("empty", 2)
    pieces, fake = await outcome(Reply(body=b""))
    assert (failed(pieces).kind, len(fake.requests)) == ("empty", 2)


async def test_call_unclosed_reasoning_is_not_an_answer() -> None:
    pieces, fake = await outcome(Reply(text="<think>hm, and on and on"))
    last = failed(pieces)
    assert (last.kind, last.text, last.reasoning, len(fake.requests)) == ("empty", "", "hm, and on and on", 2)
    assert "reasoned" in last.message


async def test_call_reasoning_using_all_tokens_raises_limit() -> None:
    greedy = Reply(reasoning="hm hm hm", finish_reason="length")
    pieces, fake = await outcome([greedy, "Yes."], asked=request(max_tokens=50))
    assert [seen.body["max_tokens"] for seen in fake.requests] == [50, 200]
    assert any("200" in warning for warning in finished(pieces).warnings)
    pieces, fake = await outcome(greedy, asked=request(max_tokens=50))
    assert (failed(pieces).kind, len(fake.requests)) == ("empty", 2)
    assert "max_tokens" in failed(pieces).message and "reasoning" in failed(pieces).message
    pieces, fake = await outcome(greedy)
    assert (failed(pieces).kind, len(fake.requests)) == ("empty", 1)


async def test_call_content_filter_is_named() -> None:
    pieces, fake = await outcome(Reply(finish_reason="content_filter"))
    assert (failed(pieces).kind, len(fake.requests)) == ("empty", 1)
    assert "filter" in failed(pieces).message
    pieces, _ = await outcome(Reply(text="So,", finish_reason="content_filter"))
    assert any("filter" in warning for warning in finished(pieces).warnings)


async def test_call_answer_cut_by_token_limit_has_warning() -> None:
    pieces, _ = await outcome(Reply(text="So then", finish_reason="length"), asked=request(max_tokens=2))
    assert (finished(pieces).text, finished(pieces).warnings) == ("So then", ("cut by max_tokens",))


async def test_call_truncated_prompt_has_warning() -> None:
    long = request("word " * 4000)
    usage = {"prompt_tokens": 512, "completion_tokens": 2}
    pieces, _ = await outcome(Reply(text="Yes.", usage=usage), asked=long)
    (warning,) = finished(pieces).warnings
    assert "512" in warning and "5,000" in warning
    pieces, _ = await outcome(Reply(text="Yes.", usage={**usage, "prompt_tokens": 4100}), asked=long)
    assert finished(pieces).warnings == ()
    cached = {**usage, "prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4000}}
    pieces, _ = await outcome(Reply(text="Yes.", usage=cached), asked=long)
    assert finished(pieces).warnings == ()


async def test_call_missing_usage_is_estimated() -> None:
    pieces, _ = await outcome(Reply(text="Yes. " * 40, usage=None), asked=request("word " * 80))
    assert finished(pieces).usage == Usage(100, 50, estimated=True)


async def test_call_looping_answer_is_ended_and_kept() -> None:
    pieces, fake = await outcome(Reply(pieces=["and so on, "] * 3000, burst=True))
    last = failed(pieces)
    assert (last.kind, len(fake.requests)) == ("too_long", 1)
    assert 1500 < len(last.text) < 4000 and last.text.startswith("and so on, and so on, ")
    assert "over and over" in last.message


async def test_call_too_long_answer_is_ended_and_kept() -> None:
    pieces, _ = await outcome(Reply(pieces=[f"{n} " for n in range(3000)]), limits=Limits(max_chars=500))
    last = failed(pieces)
    assert last.kind == "too_long" and 500 < len(last.text) < 70_000


async def test_call_burst_gives_few_events() -> None:
    pieces, _ = await outcome(Reply(pieces=[f"{n} " for n in range(5000)], burst=True))
    assert finished(pieces).text == "".join(f"{n} " for n in range(5000))
    assert len(pieces) < 500


# Where nothing answers.


async def test_call_connection_refused_is_reported() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with a_client() as client:
            pieces = await pieces_of(client, f"http://127.0.0.1:{port}/v1")
    last = failed(pieces)
    assert (last.kind, last.attempts) == ("unreachable", 2)
    assert f"127.0.0.1:{port}: connection refused" in last.message


async def test_call_invalid_base_url_is_reported() -> None:
    async with a_client() as client:
        for url in ("ftp://x", "http://", "http://[", "::::"):
            (last,) = await pieces_of(client, url)
            assert isinstance(last, Failed) and last.kind == "unreachable"
            assert "is not a valid URL" in last.message


async def test_call_request_that_cannot_be_sent_is_not_retried() -> None:
    pieces, fake = await outcome(
        "Yes.", asked=request(shape=OutputSchema("x", {"a": object()}, "json_schema"))
    )
    assert (failed(pieces).kind, failed(pieces).attempts, fake.requests) == ("server", 1, [])


async def test_call_key_is_only_in_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment-123")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-env")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-env")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-From-Env: yes\nAuthorization: Bearer env")
    key = "a-plain-key-of-mine"
    pieces, fake = await outcome(error(401, f"wrong: {key}"), key=lambda: f" {key}\n")
    assert key not in failed(pieces).message
    assert fake.requests[0].headers["authorization"] == f"Bearer {key}"
    pieces, fake = await outcome("Yes.")
    headers = fake.requests[0].headers
    assert "authorization" not in headers
    assert not [name for name in headers if name.startswith(("openai", "x-"))]


async def test_call_key_unreadable_or_invalid_fails_before_sending() -> None:
    def missing() -> str:
        raise KeyError("SECRET_VALUE")

    pieces, fake = await outcome("Yes.", key=missing)
    assert (failed(pieces).kind, fake.requests) == ("auth", [])
    assert "SECRET_VALUE" not in failed(pieces).message
    pieces, fake = await outcome("Yes.", key=lambda: "sk-ключ-1234567\x00")
    assert (failed(pieces).kind, fake.requests) == ("auth", [])
    assert "ключ" not in failed(pieces).message


async def test_call_redirect_on_same_host_is_followed_with_body() -> None:
    def moved(asked: dict[str, Any], nth: int) -> Reply:
        return (
            Reply(status=307, headers={"location": "/v1/chat/completions?again=1"})
            if nth == 1
            else Reply("Yes.")
        )

    pieces, fake = await outcome(moved)
    assert finished(pieces).text == "Yes."
    assert (finished(pieces).attempts, len(fake.requests)) == (1, 2)
    pieces, fake = await outcome(
        lambda _, nth: Reply(status=308, headers={"location": f"/v1/chat/completions?{nth}"})
    )
    assert (failed(pieces).kind, len(fake.requests)) == ("not_api", 4)


async def test_call_redirect_to_another_host_is_not_followed() -> None:
    async with FakeServer("Stolen.") as other:
        away = Reply(
            status=307,
            headers={"location": other.url.replace("127.0.0.1", "localhost") + "/chat/completions"},
        )
        pieces, _ = await outcome(away, key=lambda: "sk-secret-123456")
        assert failed(pieces).kind == "not_api" and "localhost" in failed(pieces).message
        away = Reply(status=302, headers={"location": other.url + "/chat/completions"})
        pieces, _ = await outcome(away)
        assert failed(pieces).kind == "not_api"
    assert other.requests == []


async def test_call_to_loopback_ignores_proxy_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    pieces, _ = await outcome("Yes.")
    assert finished(pieces).text == "Yes."


async def test_call_closed_during_long_wait_ends_at_once() -> None:
    slow = BackoffPolicy(base_delay_s=60.0)
    async with FakeServer(error(500)) as fake, a_client(backoff=slow) as client:
        stream = client.stream(Server("fake", fake.url), request(), Limits())
        async for piece in stream:
            if waits([piece]):
                break
        await stream.aclose()
        assert len(fake.requests) == 1
