"""`/v1/responses` as the client of OpenAI sees it, and `/v1/messages`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.fake_server import FakeServer, Reply
from tests.support.lazy_module import import_lazily
from tests.support.proxy import Proxied, proxied

pytestmark = pytest.mark.anyio
openai = import_lazily("openai")

PANEL = "roundtable/vote:agents=2"
TOOL = {"name": "weather", "description": "weather of a city"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


async def test_responses_whole_has_the_turns_as_reasoning_and_the_answer() -> None:
    async with FakeServer("Answer: no") as fake, proxied(fake) as one:
        made = await one.openai.responses.create(
            model=PANEL,
            instructions="Be brief.",
            input=[
                {"role": "user", "content": [{"type": "input_text", "text": "What is a gate?"}]},
                {"role": "assistant", "content": [{"type": "output_text", "text": "A door."}]},
                {"role": "user", "content": "Is 91 prime?"},
            ],
        )
    assert (made.status, made.output_text) == ("completed", "no")
    assert made.output[0].type == "reasoning" and "**Voter 1**" in made.output[0].summary[0].text
    assert made.usage is not None and made.usage.total_tokens > 0
    assert all(text in fake.requests[0].user for text in ("Be brief.", "A door.", "Is 91 prime?"))


async def test_responses_stream_events_are_complete_and_in_order() -> None:
    async with FakeServer("Answer: no") as fake, proxied(fake) as one:
        events = []
        async with one.openai.responses.stream(model=PANEL, input="Is 91 prime?") as stream:
            async for event in stream:
                events.append(event)
            final = await stream.get_final_response()
    assert final.output_text == "no"
    names = [event.type for event in events]
    assert names[:3] == ["response.created", "response.in_progress", "response.output_item.added"]
    assert names[-1] == "response.completed"
    assert "response.reasoning_summary_text.delta" in names and "response.output_text.done" in names
    assert names.count("response.output_item.added") == names.count("response.output_item.done") == 2
    assert [event.sequence_number for event in events if hasattr(event, "sequence_number")] == sorted(
        event.sequence_number for event in events if hasattr(event, "sequence_number")
    )


async def test_responses_tools_of_single_come_as_function_calls() -> None:
    tool = {"type": "function", "parameters": SCHEMA, **TOOL}
    items = [
        {"role": "user", "content": "Weather?"},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "Which city?"},
    ]
    async with FakeServer(Reply(tool={"city": "Rome"})) as fake, proxied(fake) as one:
        for is_stream in (False, True):
            got: Any = await one.openai.responses.create(
                model="roundtable/single",
                input=items,
                tools=[tool],
                stream=is_stream,
            )
            made = [event async for event in got][-1].response if is_stream else got
            call = made.output[-1]
            assert (call.type, call.name, json.loads(call.arguments)) == (
                "function_call", "weather", {"city": "Rome"},
            )  # fmt: skip
    sent = fake.requests[0].body
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "tool"]
    assert sent["tools"][0]["function"]["name"] == "weather"


async def test_responses_that_would_have_to_be_kept_are_refused() -> None:
    async with FakeServer() as fake, proxied(fake) as one:
        with pytest.raises(openai.BadRequestError, match="not kept"):
            await one.openai.responses.create(model=PANEL, input="And?", previous_response_id="resp_1")


async def test_responses_cut_and_failed_have_their_status() -> None:
    async with FakeServer(Reply("half", finish_reason="length")) as fake, proxied(fake) as one:
        made = await one.openai.responses.create(model="roundtable/single", input="Long?")
        assert made.status == "incomplete" and made.incomplete_details is not None
    async with FakeServer(Reply("one two three", cut_after=2)) as fake, proxied(fake) as one:
        stream = await one.openai.responses.create(model="roundtable/single", input="Long?", stream=True)
        events = [event async for event in stream]
    assert events[-1].type == "response.failed" and events[-1].response.error is not None
    assert "response.completed" not in {event.type for event in events}


def message(**fields: Any) -> dict[str, Any]:
    return {
        "model": PANEL,
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Is 91 prime?"}]}],
    } | fields


async def events_of(one: Proxied, body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    async with one.http.post(one.url + "/messages", json=body | {"stream": True}) as response:
        blocks = (await response.text()).strip().split("\n\n")
    pairs = [block.split("\n", 1) for block in blocks]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]


async def test_messages_whole_has_a_thinking_block_and_a_text_block() -> None:
    async with FakeServer("Answer: no") as fake, proxied(fake) as one:
        status, body = await one.post(message(system=[{"type": "text", "text": "Be brief."}]), "/messages")
    assert status == 200 and body["stop_reason"] == "end_turn"
    assert [block["type"] for block in body["content"]] == ["thinking", "text"]
    assert body["content"][1]["text"] == "no" and body["usage"]["output_tokens"] > 0
    assert "Be brief." in fake.requests[0].user


async def test_messages_stream_events_are_complete_and_in_order() -> None:
    async with FakeServer("Answer: no") as fake, proxied(fake) as one:
        found = await events_of(one, message())
    names = [name for name, _ in found]
    assert all(data["type"] == name for name, data in found)
    assert names[0] == "message_start" and names[-2:] == ["message_delta", "message_stop"]
    starts = [data for name, data in found if name == "content_block_start"]
    assert [start["content_block"]["type"] for start in starts] == ["thinking", "text"]
    assert [start["index"] for start in starts] == [0, 1]
    assert names.count("content_block_stop") == 2
    text = [data["delta"].get("text", "") for name, data in found if name == "content_block_delta"]
    assert "".join(text) == "no"
    assert found[-2][1]["usage"]["input_tokens"] > 0


async def test_messages_tools_of_single_come_as_tool_use() -> None:
    turns = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "secret", "signature": ""},
            {"type": "tool_use", "id": "c1", "name": "weather", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "Which city?"}]},
    ]  # fmt: skip
    body = message(model="roundtable/single", messages=turns, tools=[TOOL | {"input_schema": SCHEMA}])
    async with FakeServer(Reply(tool={"city": "Rome"})) as fake, proxied(fake) as one:
        status, made = await one.post(body, "/messages")
        assert status == 200 and made["stop_reason"] == "tool_use"
        assert made["content"][-1]["input"] == {"city": "Rome"}
        found = await events_of(one, body)
    pieces = [data["delta"]["partial_json"] for _, data in found if "partial_json" in data.get("delta", {})]
    assert json.loads("".join(pieces)) == {"city": "Rome"}
    sent = fake.requests[0].body["messages"]
    assert [row["role"] for row in sent] == ["user", "assistant", "tool"] and "secret" not in str(sent)


async def test_messages_errors_and_tokens_have_the_format_of_the_client() -> None:
    async with FakeServer() as fake, proxied(fake, key="a-key-of-the-proxy") as one:
        status, body = await one.post(message(), "/messages")
        assert status == 401 and body["error"]["type"] == "authentication_error"
        headers = {"x-api-key": "a-key-of-the-proxy"}
        status, body = await one.post(message(model="claude-x"), "/messages", **headers)
        assert (status, body["type"], body["error"]["type"]) == (404, "error", "not_found_error")
        status, body = await one.post(message(), "/messages/count_tokens", **headers)
        assert status == 200 and body["input_tokens"] > 5
        assert not fake.requests
