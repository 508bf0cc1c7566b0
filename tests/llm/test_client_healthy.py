"""A call to a healthy server."""

from __future__ import annotations

import gzip

import pytest

from roundtable_tui.llm.client import Client
from roundtable_tui.llm.types import (
    AttemptStarted,
    ChatRequest,
    Finished,
    Limits,
    Server,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
)
from tests.support.fake_server import FakeServer, Reply

pytestmark = pytest.mark.anyio


async def ask(client: Client, fake: FakeServer, system: str = "") -> list[StreamEvent]:
    said = [{"role": "system", "content": system}, {"role": "user", "content": "Why?"}]
    request = ChatRequest("fake", said, temperature=0.5, max_tokens=100, seed=7)
    return [piece async for piece in client.stream(Server("fake", fake.url), request, Limits())]


async def test_call_answer_streams_and_finishes() -> None:
    client = Client()
    async with FakeServer(Reply(reasoning="Let me see.", text="Because it is.")) as fake:
        pieces = await ask(client, fake, "You are Ada.")
        await client.aclose()
    assert pieces[0] == AttemptStarted(1)
    assert "".join(p.text for p in pieces if isinstance(p, ThinkingDelta)) == "Let me see."
    assert "".join(p.text for p in pieces if isinstance(p, TextDelta)) == "Because it is."
    last = pieces[-1]
    assert isinstance(last, Finished)
    assert (last.text, last.reasoning, last.finish_reason) == ("Because it is.", "Let me see.", "stop")
    assert last.usage.completion_tokens == 6 and not last.usage.estimated
    sent = fake.requests[0].body
    assert (sent["temperature"], sent["max_tokens"], sent["seed"], sent["stream"]) == (0.5, 100, 7, True)


async def test_fake_server_script_serves_a_whole_debate() -> None:
    client = Client()
    script = {"Ada": ["One.", "Two."], "Bob": lambda request, nth: f"Bob {nth}.", "": "Who?"}
    said = []
    async with FakeServer(script) as fake:
        for system in ("I am Ada", "I am Bob", "I am Ada", "I am Bob", "I am Eve", "I am Ada"):
            last = (await ask(client, fake, system))[-1]
            assert isinstance(last, Finished)
            said.append(last.text)
        await client.aclose()
    assert said == ["One.", "Bob 1.", "Two.", "Bob 2.", "Who?", "Two."]
    assert fake.most_at_once == 1


async def test_compressed_stream_is_read_though_none_was_asked_for() -> None:
    body = gzip.compress(
        b'data: {"choices":[{"index":0,"delta":{"content":"Because."},"finish_reason":"stop"}]}\n\n'
        b"data: [DONE]\n\n"
    )
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    client = Client()
    async with FakeServer(Reply(headers=headers, body=body)) as fake:
        last = (await ask(client, fake))[-1]
        await client.aclose()
    assert isinstance(last, Finished) and last.text == "Because."
