"""Calls adapt to what a server rejects, and remember it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.llm.request.build import normalize_messages
from roundtable_tui.llm.servers.capability_cache import CapabilityCache
from roundtable_tui.llm.types import ChatRequest, OutputSchema
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply, error, page
from tests.support.llm_call import a_client, failed, finished, forgetful, pieces_of, request

pytestmark = pytest.mark.anyio

SCHEMA = {
    "type": "object",
    "properties": {"agree": {"type": "boolean"}, "why": {"type": "string", "maxLength": 80}},
}
ASKED = request(system="You are Ada.", temperature=0.5, top_p=0.9, max_tokens=100, seed=7)
Body = dict[str, Any]


def refusing(refuses: Callable[[Body], Any], then: Any = "Yes.") -> Callable[[Body, int], Any]:
    """A script that refuses while `refuses(body)` gives a refusal: a text, or a Reply."""

    def answer(body: Body, nth: int) -> Any:
        why = refuses(body)
        if not why:
            return then
        return error(400, why) if isinstance(why, str) else why

    return answer


def without(name: str, words: Any) -> Callable[[Body], Any]:
    return lambda body: words if name in body else ""


def extra_forbidden(name: str) -> Reply:
    detail = [
        {
            "type": "extra_forbidden",
            "loc": ["body", name],
            "msg": "Extra inputs are not permitted",
            "input": 1,
        }
    ]
    return Reply(status=422, body={"detail": detail})


REFUSALS = [
    ("stream_options", without("stream_options", "Unknown parameter: 'stream_options'.")),
    ("stream_options", without("stream_options", extra_forbidden("stream_options"))),
    ("stream_options", without("stream_options", Reply(status=400))),
    ("seed", without("seed", "Unrecognized request argument supplied: seed")),
    ("seed", without("seed", extra_forbidden("seed"))),
    (
        "temperature",
        without(
            "temperature",
            error(400, "Unsupported value: only the default (1) value is supported.", param="temperature"),
        ),
    ),
    ("top_p", without("top_p", "top_p: not supported")),
    ("top_p", without("top_p", "temperature and top_p cannot both be specified for this model")),
    (
        "max_tokens",
        without(
            "max_tokens",
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
        ),
    ),
]


@pytest.mark.parametrize(("name", "refuses"), REFUSALS)
async def test_call_rejected_parameter_is_left_out(name: str, refuses: Any, tmp_path: Path) -> None:
    async with FakeServer(refusing(refuses)) as fake, a_client(cache=forgetful(tmp_path)) as client:
        last = finished(await pieces_of(client, fake.url, ASKED))
        assert (last.text, last.attempts, len(fake.requests)) == ("Yes.", 1, 2)
        assert name in fake.requests[0].body and name not in fake.requests[1].body
        finished(await pieces_of(client, fake.url, ASKED))
        assert len(fake.requests) == 3, "it is remembered"
        finished(await pieces_of(client, fake.url, ChatRequest("another", ASKED.messages)))
        assert ("max_tokens" in name) or len(fake.requests) >= 4, "for this model only"
    async with FakeServer("Yes.") as other, a_client(cache=forgetful(tmp_path)) as client:
        finished(await pieces_of(client, other.url, ASKED))
        assert name in other.requests[0].body, "for this server only"


async def test_call_tries_both_names_of_the_token_limit(tmp_path: Path) -> None:
    asked = request(max_tokens=100)
    swap = without("max_tokens", "max_tokens is not supported, use max_completion_tokens")
    async with FakeServer(refusing(swap)) as fake, a_client(cache=forgetful(tmp_path)) as client:
        finished(await pieces_of(client, fake.url, asked))
        assert fake.requests[1].body["max_completion_tokens"] == 100
    neither = refusing(
        lambda body: (
            "max_tokens: unknown field" if {"max_tokens", "max_completion_tokens"} & set(body) else ""
        )
    )
    async with FakeServer(neither) as fake, a_client(cache=forgetful(tmp_path)) as client:
        last = finished(await pieces_of(client, fake.url, asked))
        assert len(fake.requests) == 3 and "no token limit" in last.warnings[0]


async def test_call_too_large_token_limit_is_not_unsupported(tmp_path: Path) -> None:
    too_large = error(400, "max_tokens is too large: 100. This model supports at most 50 completion tokens")
    async with FakeServer(too_large) as fake, a_client(cache=forgetful(tmp_path)) as client:
        last = failed(await pieces_of(client, fake.url, ASKED))
    assert (last.kind, last.attempts) == ("request", 1)
    assert [seen.body.get("max_tokens") for seen in fake.requests] == [100, 50, None]
    assert "at most 50" in last.message


async def test_call_several_rejections_are_adapted_to_one_by_one(tmp_path: Path) -> None:
    def refuses(body: Body) -> str:
        for name in ("stream_options", "seed", "temperature", "max_tokens"):
            if name in body:
                return f"{name}: extra fields not permitted"
        return "System role not supported" if body["messages"][0]["role"] == "system" else ""

    async with FakeServer(refusing(refuses)) as fake, a_client(cache=forgetful(tmp_path)) as client:
        last = finished(await pieces_of(client, fake.url, ASKED))
        assert (last.text, last.attempts, len(fake.requests)) == ("Yes.", 1, 6)
        assert any("temperature" in warning for warning in last.warnings)
        again = finished(await pieces_of(client, fake.url, ASKED))
        assert len(fake.requests) == 7 and again.warnings == ()


async def test_call_server_rejecting_everything_ends(tmp_path: Path) -> None:
    async with FakeServer(error(400, "seed temperature max_tokens stream_options role stream")) as fake:
        async with a_client(cache=forgetful(tmp_path)) as client:
            assert failed(await pieces_of(client, fake.url, ASKED)).kind == "request"
        assert len(fake.requests) <= 11
    assert not (tmp_path / "servers.json").exists(), "what did not help is forgotten"


@pytest.mark.parametrize(
    "words",
    [
        "System role not supported",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "Developer instruction is not enabled",
    ],
)
async def test_call_rejected_system_role_moves_to_first_message(words: str, tmp_path: Path) -> None:
    def refuses(body: Body) -> str:
        return words if body["messages"][0]["role"] == "system" else ""

    async with FakeServer(refusing(refuses)) as fake, a_client(cache=forgetful(tmp_path)) as client:
        finished(await pieces_of(client, fake.url, ASKED))
    assert fake.requests[1].body["messages"] == [{"role": "user", "content": "You are Ada.\n\nWhy?"}]


async def test_call_rejected_stream_becomes_a_full_response(tmp_path: Path) -> None:
    def refuses(body: Body) -> Any:
        words = "Your organization must be verified to stream this model."
        return error(400, words, param="stream", code="unsupported_value") if body["stream"] else ""

    async with FakeServer(refusing(refuses)) as fake, a_client(cache=forgetful(tmp_path)) as client:
        last = finished(await pieces_of(client, fake.url, ASKED))
    assert last.text == "Yes." and not last.usage.estimated
    assert any("stream" in warning for warning in last.warnings)
    assert "stream_options" not in fake.requests[-1].body


# Shapes.


async def test_call_json_schema_is_sent_strict() -> None:
    asked = request(shape=OutputSchema("verdict", SCHEMA, "json_schema"))
    async with FakeServer(Reply(decision={"agree": True, "why": "so"})) as fake, a_client() as client:
        last = finished(await pieces_of(client, fake.url, asked))
    assert json.loads(last.text) == {"agree": True, "why": "so"}
    sent = fake.requests[0].body["response_format"]
    assert (sent["type"], sent["json_schema"]["name"], sent["json_schema"]["strict"]) == (
        "json_schema",
        "verdict",
        True,
    )
    assert sent["json_schema"]["schema"]["additionalProperties"] is False
    assert sent["json_schema"]["schema"]["required"] == ["agree", "why"]
    assert "additionalProperties" not in SCHEMA


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "This response_format type is unavailable now"),
        error(400, "Failed to initialize samplers: std::exception"),
        error(500, "1 validation error: response_format.type"),
        extra_forbidden("response_format"),
    ],
)
async def test_call_rejected_json_schema_fails_and_is_remembered(refusal: Reply, tmp_path: Path) -> None:
    asked = request(shape=OutputSchema("verdict", SCHEMA, "json_schema"))
    script = refusing(without("response_format", refusal))
    async with FakeServer(script) as fake, a_client(cache=forgetful(tmp_path)) as client:
        assert failed(await pieces_of(client, fake.url, asked)).kind == "shape"
        assert failed(await pieces_of(client, fake.url, asked)).kind == "shape"
        assert len(fake.requests) == 1
        finished(await pieces_of(client, fake.url))


async def test_call_schema_rejected_as_too_strict_is_sent_loose(tmp_path: Path) -> None:
    def refuses(body: Body) -> str:
        strict = body["response_format"]["json_schema"].get("strict")
        return "Invalid schema for response_format 'verdict': 'maxLength' is not permitted." if strict else ""

    asked = request(shape=OutputSchema("verdict", SCHEMA, "json_schema"))
    script = refusing(refuses, Reply(decision={"agree": True}))
    async with FakeServer(script) as fake, a_client(cache=forgetful(tmp_path)) as client:
        finished(await pieces_of(client, fake.url, asked))
    assert fake.requests[1].body["response_format"]["json_schema"]["schema"] == SCHEMA


async def test_call_tool_choice_falls_back_from_named_to_auto(tmp_path: Path) -> None:
    asked = request(shape=OutputSchema("conclude", SCHEMA, "tool"))
    sent: list[Any] = []

    def refuses(body: Body) -> str:
        sent.append(body["tool_choice"])
        if isinstance(body["tool_choice"], dict):
            return "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"
        return "Thinking mode does not support this tool_choice" if body["tool_choice"] == "required" else ""

    script = refusing(refuses, Reply(decision={"agree": True}))
    async with FakeServer(script) as fake, a_client(cache=forgetful(tmp_path)) as client:
        last = finished(await pieces_of(client, fake.url, asked))
        assert json.loads(last.tool_arguments) == {"agree": True}
        assert (last.text, last.finish_reason, last.attempts) == ("", "tool_calls", 1)
        assert sent == [{"type": "function", "function": {"name": "conclude"}}, "required", "auto"]
        finished(await pieces_of(client, fake.url, asked))
        assert sent[3:] == ["auto"]
    tool = fake.requests[0].body["tools"][0]
    assert tool == {"type": "function", "function": {"name": "conclude", "parameters": SCHEMA}}


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "registry.ollama.ai/library/gemma3 does not support tools"),
        error(404, "No endpoints found that support tool use. Try disabling tools."),
        error(400, "`tools` is not supported by this model"),
        extra_forbidden("tools"),
    ],
)
async def test_call_rejected_tools_fail_and_are_remembered(refusal: Reply, tmp_path: Path) -> None:
    asked = request(shape=OutputSchema("conclude", SCHEMA, "tool"))
    async with (
        FakeServer(refusing(without("tools", refusal))) as fake,
        a_client(cache=forgetful(tmp_path)) as client,
    ):
        for _ in range(2):
            assert failed(await pieces_of(client, fake.url, asked)).kind == "shape"
        assert len(fake.requests) == 1


async def test_call_text_instead_of_tool_call_is_an_answer() -> None:
    asked = request(shape=OutputSchema("conclude", SCHEMA, "tool"))
    async with FakeServer("I agree.") as fake, a_client() as client:
        last = finished(await pieces_of(client, fake.url, asked))
    assert (last.text, last.tool_arguments, last.tool_calls) == ("I agree.", "", ())


async def test_call_several_tool_calls_are_all_reported() -> None:
    calls = [
        {
            "index": n,
            "id": f"c{n}",
            "function": {"name": "conclude", "arguments": json.dumps({"agree": n == 0})},
        }
        for n in range(2)
    ]
    said = [{"choices": [{"delta": {"tool_calls": calls}, "finish_reason": "stop"}]}]
    async with FakeServer(Reply(chunks=said)) as fake, a_client() as client:
        last = finished(
            await pieces_of(client, fake.url, request(shape=OutputSchema("conclude", SCHEMA, "tool")))
        )
    assert last.tool_calls == ('{"agree": true}', '{"agree": false}')


async def test_call_truncated_tool_arguments_are_ignored() -> None:
    half = Reply(text="I think", tool='{"agree": tr', finish_reason="length")
    async with FakeServer(half) as fake, a_client() as client:
        last = finished(
            await pieces_of(
                client, fake.url, request(shape=OutputSchema("conclude", SCHEMA, "tool"), max_tokens=9)
            )
        )
    assert (last.text, last.tool_arguments, last.warnings) == ("I think", "", ("cut by max_tokens",))


@pytest.mark.parametrize("inside", [False, True])
async def test_call_failed_generation_is_text(inside: bool) -> None:
    body = {
        "error": {
            "message": "Failed to call a function.",
            "code": "tool_use_failed",
            "failed_generation": "I agree.",
        }
    }
    reply = Reply(chunks=[body], done=False) if inside else Reply(status=400, body=body)
    asked = request(shape=OutputSchema("conclude", SCHEMA, "tool"))
    async with FakeServer(reply) as fake, a_client() as client:
        assert finished(await pieces_of(client, fake.url, asked)).text == "I agree."


async def test_call_empty_failed_generation_is_retried_then_fails() -> None:
    asked = request(shape=OutputSchema("conclude", SCHEMA, "tool"))
    async with (
        FakeServer(error(400, "Failed to call a function.", code="tool_use_failed")) as fake,
        a_client() as client,
    ):
        assert failed(await pieces_of(client, fake.url, asked)).kind == "shape"
    assert len(fake.requests) == 2


# Addresses.


@pytest.mark.parametrize(
    "elsewhere",
    [
        Reply(status=404, body="404 page not found"),
        page(),
        page(status=404),
        Reply(body={"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    ],
)
async def test_call_base_url_without_path_gets_v1_once(elsewhere: Reply, tmp_path: Path) -> None:
    async with (
        FakeServer("Yes.", elsewhere=elsewhere) as fake,
        a_client(cache=forgetful(tmp_path)) as client,
    ):
        last = finished(await pieces_of(client, fake.root + "/"))
        assert (last.text, last.attempts) == ("Yes.", 1)
        assert any("/v1" in warning for warning in last.warnings)
        assert finished(await pieces_of(client, fake.root)).warnings == ()
        assert (len(fake.requests), fake.strays) == (2, ["/chat/completions"])
        assert [model.id for model in await client.list_models(server(fake.root))] == ["fake"]
    assert CapabilityCache(tmp_path / "servers.json").needs_v1(fake.root)


async def test_call_v1_that_does_not_help_is_not_kept(tmp_path: Path) -> None:
    async with FakeServer("Yes.", base="/api/v3") as fake, a_client(cache=forgetful(tmp_path)) as client:
        for _ in range(2):
            last = failed(await pieces_of(client, fake.root))
            assert (last.kind, last.status) == ("not_api", 404)
        assert fake.strays == ["/chat/completions", "/v1/chat/completions"] * 2
        assert failed(await pieces_of(client, fake.root + "/elsewhere")).kind == "not_api"
        assert fake.strays[4:] == ["/elsewhere/chat/completions"]


async def test_call_base_url_with_endpoint_is_accepted() -> None:
    async with FakeServer("Yes.") as fake, a_client() as client:
        for ending in ("/", "/chat/completions", "/models/"):
            assert finished(await pieces_of(client, fake.url + ending)).text == "Yes."
        assert finished(await pieces_of(client, fake.url.removeprefix("http://"))).text == "Yes."


async def test_call_missing_model_suggests_nearest_name() -> None:
    refusal = error(404, "The model `qwen3:8B` does not exist", code="model_not_found")
    async with FakeServer(refusal, models=["llama3:8b", "qwen3:8b"]) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, request(model="qwen3-8B")))
        assert last.kind == "model" and last.message.endswith("Did you mean qwen3:8b?")
        last = failed(await pieces_of(client, fake.url, request(model="zzz")))
        assert "The server offers llama3:8b, qwen3:8b" in last.message


def server(url: str) -> Any:
    from roundtable_tui.llm.types import Server

    return Server("fake", url)


# What is remembered of servers.


def test_cache_unreadable_file_is_empty(tmp_path: Path) -> None:
    for content in (
        "",
        "[]",
        "{",
        "null",
        '{"x m": 3}',
        '{"x m": {"learned": 99999999999, "traits": {"seed": "no"}}}',
    ):
        (tmp_path / "servers.json").write_text(content)
        assert CapabilityCache(tmp_path / "servers.json").get_capabilities("x", "m").seed is True
    memory = CapabilityCache(tmp_path)
    memory.record_v1("http://x")
    assert memory.needs_v1("http://x")
    (tmp_path / "file").write_text("")
    CapabilityCache(tmp_path / "file" / "servers.json").record_v1("http://x")


def test_cache_entries_expire_after_two_weeks(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    CapabilityCache(file).record_v1("http://x")
    assert CapabilityCache(file).needs_v1("http://x")
    entries = json.loads(file.read_text())
    entries["http://x"]["learned"] -= 15 * 86_400
    file.write_text(json.dumps(entries))
    assert not CapabilityCache(file).needs_v1("http://x")


async def test_cache_is_stored_in_the_cache_folder(roundtable_home: Path) -> None:
    script = refusing(without("seed", "seed: unknown"))
    async with FakeServer(script) as fake:
        for _ in range(2):
            async with a_client() as client:
                finished(await pieces_of(client, fake.url, ASKED))
    assert len(fake.requests) == 3
    stored = (paths.cache_dir() / "servers.json").read_text()
    assert "127.0.0.1" in stored and "key" not in stored


# Messages.


def test_normalize_messages_fits_every_chat_template() -> None:
    given = [
        {"role": "user", "content": "a"},
        {"role": "system", "content": "S1"},
        {"role": "user", "content": "  "},
        {"role": "user", "content": "b"},
        {"role": "assistant", "content": "c\ud83d"},
        {"role": "system", "content": "S2"},
        {"role": "user", "content": "d"},
    ]
    assert normalize_messages(given) == [
        {"role": "system", "content": "S1\n\nS2"},
        {"role": "user", "content": "a\n\nb"},
        {"role": "assistant", "content": "c\ufffd"},
        {"role": "user", "content": "d"},
    ]
    assert normalize_messages(given, system=False)[0] == {"role": "user", "content": "S1\n\nS2\n\na\n\nb"}
    begun = [{"role": "system", "content": "S"}, {"role": "assistant", "content": "a"}]
    assert normalize_messages(begun, system=False) == [
        {"role": "user", "content": "S"},
        {"role": "assistant", "content": "a"},
    ]
    assert normalize_messages([]) == []
