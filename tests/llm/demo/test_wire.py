"""The demo under the ordinary client, without a socket and over a real port: both speak the same."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.demo import DEMO_URL
from roundtable_tui.llm.demo.port import serve_demo
from roundtable_tui.llm.demo.responder import DEMO_MODELS, DemoApi, create_demo_server, parse_faults
from tests.support.lazy_module import import_lazily
from tests.support.torture import examples

openai = import_lazily("openai")
ASK: list[Any] = [{"role": "user", "content": "Is tea better than coffee for long evenings?"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "conclude",
        "parameters": {"type": "object", "properties": {"consensus": {"type": "boolean"}}},
    },
}

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def client_of(way: str, **options: Any) -> AsyncIterator[Any]:
    """Give a client of the demo: `inside` by the transport, `port` over the loopback."""
    async with contextlib.AsyncExitStack() as stack:
        if way == "inside":
            http = openai.DefaultAsyncHttpxClient(transport=DemoApi(**options))
            url = DEMO_URL
        else:
            url = await stack.enter_async_context(serve_demo(DemoApi(**options)))
            http = openai.DefaultAsyncHttpxClient(trust_env=False)
        yield await stack.enter_async_context(
            openai.AsyncOpenAI(base_url=url, api_key="none", http_client=http, max_retries=0)
        )


both = pytest.mark.parametrize("way", ["inside", "port"])


async def read(client: Any, **more: Any) -> dict[str, Any]:
    """Stream one completion and join its parts."""
    out: dict[str, Any] = {
        "content": "",
        "reasoning": "",
        "arguments": "",
        "tool": "",
        "finish": None,
        "usage": None,
        "order": [],
    }
    stream = await client.chat.completions.create(
        **{
            "model": "demo-small",
            "messages": ASK,
            "stream": True,
            "stream_options": {"include_usage": True},
            **more,
        }
    )
    async with stream:
        async for chunk in stream:
            out["usage"] = chunk.usage or out["usage"]
            for choice in chunk.choices:
                out["finish"] = choice.finish_reason or out["finish"]
                out["content"] += choice.delta.content or ""
                thought = getattr(choice.delta, "reasoning_content", None) or ""
                out["reasoning"] += thought
                out["order"].append("reasoning" if thought else "content" if choice.delta.content else "")
                for call in choice.delta.tool_calls or []:
                    out["tool"] += (call.function and call.function.name) or ""
                    out["arguments"] += (call.function and call.function.arguments) or ""
    return out


def test_create_demo_server_returns_a_server_without_network() -> None:
    api = DemoApi(seed=1, pace=0)
    server = create_demo_server(api)
    assert server.name == "demo" and server.base_url == "http://demo.invalid/v1" and server.transport is api


@both
async def test_models_of_the_demo_are_listed_and_labelled(way: str) -> None:
    async with client_of(way, pace=0) as client:
        listed = (await client.models.list()).data
    assert [m.id for m in listed] == list(DEMO_MODELS)
    assert all("demo" in m.id and "demo" in m.owned_by for m in listed)


@both
async def test_stream_of_the_thinker_has_reasoning_then_content_then_usage(way: str) -> None:
    async with client_of(way, pace=0) as client:
        said = await read(client, model="demo-thinker")
    assert said["finish"] == "stop" and len(said["content"]) > 100 and len(said["reasoning"]) > 50
    kinds = [kind for kind in said["order"] if kind]
    assert kinds == sorted(kinds, reverse=True)
    assert said["usage"].completion_tokens == len(kinds)
    assert said["usage"].completion_tokens_details.reasoning_tokens == kinds.count("reasoning")


async def test_reply_by_transport_and_port_is_the_same_and_a_repeated_one_differs() -> None:
    said = []
    for way in ("inside", "port"):
        async with client_of(way, seed=7, pace=0) as client:
            said.append([(await read(client))["content"] for _ in range(2)])
            assert (await read(client, seed=1))["content"] == (await read(client, seed=1))["content"]
    assert said[0] == said[1] and said[0][0] != said[0][1]


@both
async def test_reply_without_a_stream_is_one_body_of_the_same_text(way: str) -> None:
    async with client_of(way, pace=0) as client:
        whole = await client.chat.completions.create(model="demo-small", messages=ASK, seed=5)
        streamed = await read(client, seed=5)
    assert whole.choices[0].message.content == streamed["content"]
    assert whole.usage == streamed["usage"]


@both
async def test_stream_of_a_forced_tool_call_joins_to_its_arguments(way: str) -> None:
    async with client_of(way, pace=0) as client:
        said = await read(client, tools=[TOOL], tool_choice="required")
        free = await read(client, tools=[TOOL], tool_choice="auto")
    assert said["tool"] == "conclude" and said["finish"] == "tool_calls"
    assert json.loads(said["arguments"]) == {"consensus": False}
    assert free["tool"] == "" and free["content"]


@both
async def test_embeddings_of_equal_words_are_near(way: str) -> None:
    async with client_of(way, pace=0) as client:
        made = await client.embeddings.create(model="demo", input=["green tea", "tea, green", "old bridges"])
        plain = await client.embeddings.create(model="demo", input="green tea", encoding_format="float")
    one, same, other = (item.embedding for item in made.data)
    assert one == pytest.approx(same) and one == pytest.approx(plain.data[0].embedding)
    assert sum(a * b for a, b in zip(one, other, strict=True)) < 0.5


@both
@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"model": "demo-small+nonsense"}, 404),
        ({"messages": []}, 400),
        ({"messages": [{"role": "nobody", "content": "x"}]}, 400),
        ({"temperature": 9}, 400),
    ],
)
async def test_request_with_a_wrong_value_is_refused_in_json(
    way: str, more: dict[str, Any], status: int
) -> None:
    async with client_of(way, pace=0) as client:
        with pytest.raises(openai.APIStatusError) as refusal:
            await read(client, **more)
    assert refusal.value.status_code == status
    assert isinstance(refusal.value.body, dict) and refusal.value.body["message"]
    assert refusal.value.type == "invalid_request_error" and refusal.value.param in more


async def test_unknown_model_is_refused_inside_and_answered_with_a_notice_on_a_port() -> None:
    async with client_of("inside", pace=0) as client:
        with pytest.raises(openai.NotFoundError):
            await read(client, model="gpt-4o-mini")
    names: list[str] = []
    async with client_of("port", pace=0, on_unknown_model=names.append) as client:
        replies = [await client.chat.completions.create(model="gpt-4o-mini", messages=ASK) for _ in "12"]
        with pytest.raises(openai.APIStatusError):
            await read(client, model="gpt-4o-mini+nonsense")
    assert [reply.model for reply in replies] == [DEMO_MODELS[0]] * 2
    assert names == ["gpt-4o-mini", "gpt-4o-mini"], "once for each name, with its suffix"


@both
async def test_stop_ends_the_text_before_the_first_sequence(way: str) -> None:
    async with client_of(way, pace=0) as client:
        whole = (await read(client, seed=5))["content"]
        words = whole.split()
        said = await read(client, seed=5, stop=["never in it", words[4]])
    assert said["finish"] == "stop" and words[4] not in said["content"]
    assert said["content"] == whole[: whole.index(words[4])] and len(said["content"]) > 3


@both
async def test_n_gives_as_many_different_choices(way: str) -> None:
    async with client_of(way, pace=0) as client:
        whole = await client.chat.completions.create(model="demo-small", messages=ASK, seed=5, n=3)
        single = await client.chat.completions.create(model="demo-small", messages=ASK, seed=5)
        stream = await client.chat.completions.create(
            model="demo-small", messages=ASK, seed=5, n=3, stream=True
        )
        texts, ends = ["", "", ""], []
        async for part in stream:
            for choice in part.choices:
                texts[choice.index] += choice.delta.content or ""
                ends += [choice.index] if choice.finish_reason else []
        for count in (0, 99):
            with pytest.raises(openai.BadRequestError, match="n: "):
                await client.chat.completions.create(model="demo-small", messages=ASK, n=count)
    assert [choice.message.content for choice in whole.choices] == texts and len(set(texts)) == 3
    assert texts[0] == single.choices[0].message.content and ends == [0, 1, 2]
    assert whole.usage.completion_tokens > single.usage.completion_tokens


@both
async def test_a_model_is_described_and_an_unknown_one_is_not(way: str) -> None:
    async with client_of(way, pace=0) as client:
        assert (await client.models.retrieve("demo-small")).id == "demo-small"
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("gpt-nothing")


@both
async def test_other_endpoints_are_refused_in_the_shape_of_the_api(way: str) -> None:
    async with client_of(way, pace=0) as client:
        with pytest.raises(openai.NotFoundError, match="use /v1/chat/completions") as first:
            await client.completions.create(model="demo-small", prompt="Why?")
        with pytest.raises(openai.NotFoundError, match="use /v1/chat/completions") as second:
            await client.responses.create(model="demo-small", input="Why?")
    assert first.value.code == second.value.code == "unsupported_endpoint"


LARGE = {"type": "array", "items": {"type": "string"}, "minItems": 10**9}
ENDLESS = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["next"]}


@both
@pytest.mark.parametrize("schema", [LARGE, {**ENDLESS, "$defs": {"node": ENDLESS}}], ids=["large", "endless"])
async def test_request_with_a_schema_without_a_small_instance_is_refused(
    way: str, schema: dict[str, Any]
) -> None:
    by_format: Any = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema}}
    by_tool: Any = [TOOL, {"type": "function", "function": {"name": "large", "parameters": schema}}]
    choice: Any = {"type": "function", "function": {"name": "large"}}
    async with client_of(way, pace=0) as client:
        with pytest.raises(openai.BadRequestError) as refusal:
            await read(client, response_format=by_format)
        with pytest.raises(openai.BadRequestError) as tool_refusal:
            await read(client, tools=by_tool, tool_choice=choice)
    assert (refusal.value.type, refusal.value.param) == ("invalid_request_error", "response_format")
    assert tool_refusal.value.code == "invalid_function_parameters"
    assert tool_refusal.value.param == "tools[1].function.parameters"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/chat/completions", b"[" * 100_000, 400),
        ("/chat/completions", b'{"messages": ' + b"[" * 200 + b"]" * 200 + b"}", 400),
        ("/chat/completions", b" " * (16 * 2**20 + 1), 413),
        ("/chat/completions", json.dumps({"model": "demo", "messages": ASK * 2001}).encode(), 400),
        ("/embeddings", json.dumps({"input": [""] * 2049}).encode(), 400),
    ],
    ids=["unclosed", "nested", "bytes", "messages", "texts"],
)
async def test_request_over_a_limit_is_refused(path: str, body: bytes, status: int) -> None:
    async with httpx2.AsyncClient(transport=DemoApi(pace=0)) as client:
        response = await client.post(f"{DEMO_URL}{path}", content=body)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "function", "name", "parameters", "json_schema", "schema", "items", "enum"]
            )
            | st.sampled_from(
                ["properties", "required", "minItems", "anyOf", "allOf", "$ref", "minimum", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
MEMBERS = ("tools", "tool_choice", "response_format", "seed", "max_tokens", "temperature", "stream_options")


@settings(max_examples=examples(150), deadline=None)
@given(st.dictionaries(st.sampled_from((*MEMBERS, "messages", "model", "stream")), JSON_VALUES), JSON_VALUES)
def test_request_with_any_members_gets_a_response(members: dict[str, Any], schema: Any) -> None:
    form = {"type": "json_schema", "json_schema": {"schema": schema}}
    for body in (
        members,
        {"model": "demo", "messages": ASK, **members},
        {"model": "demo", "messages": ASK, "response_format": form},
    ):
        response = DemoApi(pace=0).respond("POST", "/v1/chat/completions", json.dumps(body).encode())
        assert response.status_code == 200 or set(response.json()["error"]) == {
            "message",
            "type",
            "param",
            "code",
        }


@both
async def test_model_name_with_a_fault_causes_it(way: str) -> None:
    async with client_of(way, pace=0) as client:
        with pytest.raises(openai.APIConnectionError):
            await read(client, model="demo-small+cut=4")
        assert (await read(client, model="demo-small+empty"))["content"] == ""
        whole = await client.chat.completions.create(model="demo-small+empty", messages=ASK)
        assert not whole.choices[0].message.content
        with pytest.raises(openai.APIConnectionError):
            await client.chat.completions.create(model="demo-small+cut=4", messages=ASK)
        with pytest.raises(openai.RateLimitError) as limit:
            await read(client, model="demo-small+rate")
        assert limit.value.response.headers["retry-after"] == "1"


@both
async def test_server_with_fail_3_fails_each_third_call(way: str) -> None:
    async with client_of(way, pace=0, faults="fail=3") as client:
        statuses = []
        for _ in range(6):
            try:
                statuses.append((await read(client))["finish"])
            except openai.InternalServerError as error:
                statuses.append(error.status_code)
    assert statuses == ["stop", "stop", 503, "stop", "stop", 503]


@both
async def test_stream_that_is_cancelled_ends_and_the_server_answers_the_next(way: str) -> None:
    async with client_of(way, pace=20) as client:
        stream = await client.chat.completions.create(model="demo-small", messages=ASK, stream=True)
        reading = asyncio.ensure_future(stream.__anext__())
        await reading
        waiting = asyncio.ensure_future(read(client))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await stream.close()
        assert (await client.models.list()).data


async def test_server_that_stops_ends_its_streams() -> None:
    stack = contextlib.AsyncExitStack()
    url = await stack.enter_async_context(serve_demo(DemoApi(pace=20)))
    async with openai.AsyncOpenAI(
        base_url=url, api_key="none", http_client=openai.DefaultAsyncHttpxClient(trust_env=False)
    ) as client:
        stream = await client.chat.completions.create(model="demo-small", messages=ASK, stream=True)
        await stream.__anext__()
        await stack.aclose()
        with pytest.raises(openai.APIConnectionError):
            async for _ in stream:
                continue


async def test_stream_of_a_client_that_leaves_ends_before_its_next_token() -> None:
    body = json.dumps({"model": "demo-small", "messages": ASK, "stream": True}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    async with serve_demo(DemoApi(pace=1e-4)) as url:
        host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode() + body)
        await reader.readuntil(b"data: ")
        writer.write_eof()
        assert b"[DONE]" not in await reader.read()  # The next token would come after hours.
        writer.close()


async def raw(url: str, request: bytes) -> bytes:
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n", b"200"),
        (b"GET /models HTTP/1.0\r\n\r\n", b"200"),
        (b"GET /v1/models/demo-small+fail=2 HTTP/1.1\r\nhost: x\r\n\r\n", b"200"),
        (b"GET /v1/models/demo-small%2Bfail=2 HTTP/1.1\r\nhost: x\r\n\r\n", b"200"),
        (b"GET /v1/models/other+odd HTTP/1.1\r\nhost: x\r\n\r\n", b"404"),
        (b"GET /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n", b"404"),
        (b"GET /v1/chat/completions HTTP/1.1\r\nhost: x\r\n\r\n", b"404"),
        (b"hello\r\n\r\n", b"400"),
        (b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n[]", b"400"),
        (b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n{", b"400"),
        (b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n", b"400"),
        (b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n", b"413"),
        (
            b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
            b'f\r\n{"input":"tea"}\r\n0\r\n\r\n',
            b"200",
        ),
        (b"GET /" + b"x" * 70_000, b"431"),
    ],
    ids=lambda value: value[:40].decode() if len(value) > 3 else "",
)
async def test_port_with_any_bytes_answers_in_the_form_of_the_api(
    request_bytes: bytes, status: bytes
) -> None:
    async with serve_demo(DemoApi(pace=0)) as url:
        answer = await raw(url, request_bytes)
    assert answer.split(b" ", 2)[1] == status
    head, _, framed = answer.partition(b"\r\n\r\n")
    body = framed[framed.index(b"{") : framed.rindex(b"}") + 1]
    assert b"application/json" in head
    if status != b"200":
        error = json.loads(body)["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert isinstance(error["message"], str) and error["type"] == "invalid_request_error"
    else:
        assert json.loads(body)["object"] in ("list", "model")


async def test_port_with_a_client_that_waits_for_a_go_ahead_gives_it() -> None:
    head = b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 15\r\n\r\n"
    async with serve_demo(DemoApi(pace=0)) as url:
        host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(b'{"input":"tea"}')
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()


@pytest.mark.parametrize(
    "request_bytes", [b"hello\r\n\r\n", b"GET /v1/models/demo-small+cut HTTP/1.0\r\n\r\n"]
)
async def test_port_logs_nothing(request_bytes: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with serve_demo(DemoApi(pace=0)) as url:
        assert await raw(url, request_bytes)
    assert not caplog.records


async def test_port_with_a_head_request_sends_no_body(caplog: pytest.LogCaptureFixture) -> None:
    async with serve_demo(DemoApi(pace=0)) as url:
        answer = await raw(url, b"HEAD /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ") and answer.endswith(b"\r\n\r\n") and not caplog.records


async def test_port_in_use_is_explained_in_one_line() -> None:
    async with serve_demo(DemoApi(pace=0)) as url:
        port = int(url.removesuffix("/v1").rpartition(":")[2])
        with pytest.raises(RoundtableError, match=rf"127\.0\.0\.1:{port}: .*--port") as refusal:
            async with serve_demo(DemoApi(), port=port):
                pytest.fail("the port was free")
    assert "\n" not in str(refusal.value)


def test_parse_faults_with_an_unknown_one_raises_usage_error() -> None:
    assert parse_faults("fail=3+slow") == {"fail": 3, "slow": 5} and parse_faults("") == {}
    with pytest.raises(RoundtableError, match="no such fault: melt"):
        parse_faults("melt")


async def _send_in_parts(url: str, first: bytes, *, then: bytes = b"", ends: bool = False) -> bytes:
    """Send a request, perhaps the end of the side, and more after the answer has begun; return the answer."""
    host, _, port = url.removeprefix("http://").removesuffix("/v1").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(first)
    if ends:
        writer.write_eof()
    begun = await reader.read(1)
    writer.write(then) if then else None
    rest = await reader.read()
    writer.close()
    return begun + rest


async def test_port_with_bytes_after_the_request_ends_its_stream_as_usual() -> None:
    body = json.dumps(
        {"model": "demo-small", "messages": [{"role": "user", "content": "Hi?"}], "stream": True}
    ).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with serve_demo(DemoApi(pace=2000)) as url:
        answer = await _send_in_parts(url, head + body, then=b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"[DONE]" in answer
    assert answer.count(b"HTTP/1.1") == 1


async def test_port_with_a_client_that_ends_its_side_at_once_answers() -> None:
    async with serve_demo(DemoApi(pace=0)) as url:
        answer = await _send_in_parts(url, b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n", ends=True)
    assert b"demo-small" in answer


async def test_port_with_a_body_that_is_cut_off_counts_no_call() -> None:
    api = DemoApi(pace=0, faults="fail=1")
    body = json.dumps({"model": "demo-small", "messages": [{"role": "user", "content": "Hi?"}]}).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (len(body) + 9)
    async with serve_demo(api) as url:
        assert b"unavailable" not in await _send_in_parts(url, head + body, ends=True)


async def test_port_does_not_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "auto")
    async with serve_demo(DemoApi(pace=0)) as url:
        assert url.endswith("/v1")
