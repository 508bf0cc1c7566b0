"""Chat completions and models, as the client of OpenAI sees them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roundtable_tui.history.reader import read_run
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.lazy_module import import_lazily
from tests.support.proxy import ask, proxied

pytestmark = pytest.mark.anyio
openai = import_lazily("openai")


def usage(prompt: int, completion: int, cached: int = 0) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


async def test_models_list_has_modes_teams_and_tasks_and_each_can_be_read() -> None:
    async with proxied() as one:
        names = [model.id async for model in one.openai.models.list()]
        assert {"roundtable/debate", "roundtable/single", "roundtable/team/pro", "roundtable/task/maths"} <= {
            *names
        }
        assert not {"roundtable/loop", "roundtable/fanout", "roundtable/chain"} & {*names}
        found = await one.openai.models.retrieve("roundtable/task/maths")
        assert (found.id, found.owned_by) == ("roundtable/task/maths", "roundtable")
        with pytest.raises(openai.NotFoundError) as caught:
            await one.openai.models.retrieve("roundtable/debat")
        assert caught.value.code == "model_not_found"


async def test_chat_whole_panel_is_a_recorded_run_with_summed_usage() -> None:
    async with (
        FakeServer(Reply("Answer: 7 times 13", usage=usage(100, 20, cached=30))) as fake,
        proxied(fake) as one,
    ):
        made = await one.openai.chat.completions.create(
            **ask(model="roundtable/vote"),
            extra_body={"roundtable": {"agents": 3, "options": {"early_stop": False}}},
        )
        assert made.choices[0].message.content == "7 times 13"
        assert made.choices[0].finish_reason == "stop"
        assert "**Voter 3**" in made.choices[0].message.reasoning_content
        assert made.usage is not None and made.usage.prompt_tokens_details is not None
        calls = len(fake.requests)
        assert made.usage.prompt_tokens == 100 * calls
        assert made.usage.completion_tokens == 20 * calls
        assert made.usage.prompt_tokens_details.cached_tokens == 30 * calls
        assert made.usage.completion_tokens_details.reasoning_tokens > 20 * (calls - 1)
        report = made.roundtable
        assert (report["mode"], report["calls"], report["agreement"]) == ("vote", calls, 1.0)
        header = read_run(paths.runs_dir() / report["run"]).header
        assert (header.question, header.client) == ("Is 91 prime?", "openai (Python)")


async def test_chat_stream_panel_sends_turns_as_reasoning_and_the_answer_as_content() -> None:
    async with FakeServer("Answer: no") as fake, proxied(fake) as one:
        stream = await one.openai.chat.completions.create(
            **ask(model="roundtable/vote:agents=3,early_stop=false"),
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    turns = [delta.reasoning_content for delta in deltas if hasattr(delta, "reasoning_content")]
    assert len(turns) == len(fake.requests) == 3
    assert all(text.startswith("**Voter") for text in turns)
    assert "".join(delta.content or "" for delta in deltas) == "no"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0
    assert chunks[-1].roundtable["status"] == "complete"


async def test_chat_single_sends_the_messages_as_they_are_and_streams_tokens() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "One.", "reasoning_content": "secret thoughts"},
        {"role": "user", "content": "Two?"},
    ]
    gate = asyncio.Event()
    reply = Reply(pieces=["Two", " it", " is."], gates={1: gate})
    async with FakeServer(reply) as fake, proxied(fake) as one:
        stream = await one.openai.chat.completions.create(
            model="roundtable/single", messages=messages, stream=True, temperature=0.25
        )
        text = ""
        async for chunk in stream:
            text += chunk.choices[0].delta.content or ""
            if text == "Two":  # Arrives before the rest is written.
                gate.set()
    assert gate.is_set() and text == "Two it is."
    sent = fake.requests[0].body
    assert [one["content"] for one in sent["messages"]] == ["Be brief.", "One?", "One.", "Two?"]
    assert sent["temperature"] == 0.25
    assert fake.requests[0].headers["x-roundtable-depth"] == "1"


async def test_chat_panel_puts_the_conversation_before_the_question_as_quoted_text() -> None:
    messages = [
        {"role": "system", "content": "Answer in French."},
        {"role": "user", "content": "What is a gate?"},
        {"role": "assistant", "content": "A door in a wall.", "reasoning_content": "secret thoughts"},
        {"role": "user", "content": [{"type": "text", "text": "And a bridge?"}]},
    ]
    async with FakeServer("Answer: un pont") as fake, proxied(fake) as one:
        made = await one.openai.chat.completions.create(model="roundtable/vote:agents=1", messages=messages)
        header = read_run(paths.runs_dir() / made.roundtable["run"]).header
    assert header.question == "And a bridge?"
    prompt = fake.requests[0].user
    places = [
        prompt.index(text)
        for text in ("Answer in French.", "What is a gate?", "A door in a wall.", "And a bridge?")
    ]
    assert places == sorted(places)
    assert "secret thoughts" not in prompt and "quoted material" in prompt


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"model": "roundtable/debate:max_rond=2"}, 400, "max_rounds"),
        ({"model": "roundtable/loop"}, 404, "there is no model"),
        ({"n": 2}, 400, "n should be 1"),
        ({"logprobs": True}, 400, "logprobs"),
        ({"modalities": ["text", "audio"]}, 400, "audio"),
        ({"model": "roundtable/vote", "tools": [{"type": "function"}]}, 400, "roundtable/single"),
        ({"model": "roundtable/vote", "roundtable": {"agent": 2}}, 400, "agents"),
        ({"model": "roundtable/vote", "roundtable": {"task": "../x"}}, 400, "should be a name"),
        ({"model": "roundtable/pro", "roundtable": {"options": {"answer_schema": "/etc/x"}}}, 400, "file"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}], "model": "roundtable/vote"},
         400, "data address"),
    ],
)  # fmt: skip
async def test_chat_request_that_cannot_be_run_is_a_json_error(
    fields: dict[str, Any], status: int, word: str
) -> None:
    async with FakeServer() as fake, proxied(fake) as one:
        got, body = await one.post(ask() | {"stream": True} | fields)
        assert got == status and word in body["error"]["message"]
        assert not fake.requests


async def test_chat_failed_run_before_the_first_byte_has_its_status() -> None:
    async with FakeServer(error(401, "wrong key")) as fake, proxied(fake) as one:
        for is_stream in (False, True):
            got, body = await one.post(ask(model="roundtable/vote:agents=2", stream=is_stream))
            assert got == 502 and "key" in body["error"]["message"]
        assert not len(one.proxy.runs)


async def test_chat_answer_cut_by_the_token_limit_has_finish_reason_length() -> None:
    async with FakeServer(Reply("half an", finish_reason="length")) as fake, proxied(fake) as one:
        made = await one.openai.chat.completions.create(**ask(max_tokens=100))
    assert (made.choices[0].finish_reason, made.choices[0].message.content) == ("length", "half an")
