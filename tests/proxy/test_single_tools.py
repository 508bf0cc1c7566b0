"""`roundtable/single` passes tools, pictures and formats through."""

from __future__ import annotations

import json

import pytest

from roundtable_tui.engine.events import TurnFailed
from roundtable_tui.history.reader import read_run
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.proxy import ask, proxied

pytestmark = pytest.mark.anyio

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


async def test_single_with_tools_streams_the_calls_and_records_them() -> None:
    reply = Reply(tool={"city": "Paris"}, usage={"prompt_tokens": 7, "completion_tokens": 5})
    async with FakeServer(reply) as fake, proxied(fake) as one:
        stream = await one.openai.chat.completions.create(
            **ask(tools=[TOOL]), stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        run = chunks[-1].roundtable["run"]
        end = read_run(paths.runs_dir() / run).run_finished
    calls = [call for chunk in chunks if chunk.choices for call in chunk.choices[0].delta.tool_calls or ()]
    assert calls[0].function.name == "weather"
    assert json.loads("".join(call.function.arguments or "" for call in calls)) == {"city": "Paris"}
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "tool_calls"
    assert not any(chunk.choices[0].delta.content for chunk in chunks if chunk.choices)
    assert chunks[-1].usage.total_tokens == 12
    assert fake.requests[0].body["tools"] == [TOOL]
    assert end is not None and "weather" in end.answer


async def test_single_with_tools_whole_reply_has_the_whole_call() -> None:
    messages = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "Sunny."},
    ]  # fmt: skip
    async with FakeServer(Reply(tool={"city": "Rome"})) as fake, proxied(fake) as one:
        made = await one.openai.chat.completions.create(
            model="roundtable/single", messages=messages, tools=[TOOL]
        )
        call = made.choices[0].message.tool_calls[0]
        assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Rome"})
        assert made.choices[0].finish_reason == "tool_calls"
        assert fake.requests[0].body["messages"] == messages


async def test_single_with_a_picture_and_a_format_sends_both_unchanged() -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    ]
    async with FakeServer('{"a": 1}') as fake, proxied(fake) as one:
        made = await one.openai.chat.completions.create(
            model="roundtable/single",
            messages=[{"role": "user", "content": parts}],
            response_format={"type": "json_object"},
        )
        assert made.choices[0].message.content == '{"a": 1}'
        sent = fake.requests[0].body
        assert sent["messages"][0]["content"] == parts
        assert sent["response_format"] == {"type": "json_object"}
        assert "roundtable" not in sent and sent["model"] == "fake"


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (error(429, "slow down"), 429),
        (error(400, "maximum context length is 10 tokens", code="context_length_exceeded"), 413),
        (Reply("one two three", cut_after=0), 502),
    ],
)
async def test_single_with_tools_failure_is_an_error_and_one_request(reply: Reply, status: int) -> None:
    async with FakeServer(reply) as fake, proxied(fake) as one:
        got, body = await one.post(ask(tools=[TOOL]))
        assert got == status and body["error"]["message"]
        assert len(fake.requests) == 1


async def test_single_with_tools_cut_in_the_middle_is_an_error_event() -> None:
    async with FakeServer(Reply("one two three", cut_after=2)) as fake, proxied(fake) as one:
        async with one.http.post(one.url + "/chat/completions", json=ask(tools=[TOOL], stream=True)) as got:
            text = await got.text()
        assert "one" in text and '"error"' in text
        assert "[DONE]" not in text and '"finish_reason":"stop"' not in text
        (folder,) = paths.runs_dir().iterdir()
        (end,) = (one for one in read_run(folder).events if isinstance(one, TurnFailed))
        assert (end.text, end.cut_by) == ("one two", "fault") and end.usage["completion_tokens"]


async def test_single_with_tools_connection_lost_after_the_finish_reason_is_a_whole_reply() -> None:
    async with FakeServer(Reply("one two", cut_after=3)) as fake, proxied(fake) as one:
        made = await one.openai.chat.completions.create(**ask(tools=[TOOL]))
        assert (made.choices[0].message.content, len(fake.requests)) == ("one two", 1)
