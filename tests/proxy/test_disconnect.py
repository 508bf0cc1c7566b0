"""Clients that leave, and errors in the middle of a stream, leave nothing behind."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import pytest

from roundtable_tui.history.reader import read_run
from roundtable_tui.llm.http.retry import BackoffPolicy
from roundtable_tui.proxy import streaming
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply
from tests.support.lazy_module import import_lazily
from tests.support.proxy import CHAT, ask, proxied, until_true

pytestmark = pytest.mark.anyio
openai = import_lazily("openai")


async def test_client_that_leaves_while_much_is_sent_is_not_logged_as_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    text = " ".join(f"line {number}" for number in range(600))
    async with FakeServer(Reply(text, delay=0.0005)) as fake, proxied(fake) as one:
        for is_stream in (True, False):
            for _ in range(3):
                response = await one.http.post(one.url + CHAT, json=ask(stream=True))
                await response.content.readany()
                response.close()
            await until_true(lambda: not len(one.proxy.runs))
            task = asyncio.create_task(one.post(ask(stream=is_stream)))
            await fake.seen(len(fake.requests) + 1)
            task.cancel()
            await asyncio.wait({task})
        await until_true(lambda: not len(one.proxy.runs))
    assert not [record for record in caplog.records if record.name.startswith("aiohttp")]


async def test_run_of_a_client_that_leaves_says_so_in_its_record() -> None:
    async with FakeServer(Reply("one two", stall_after=1)) as fake, proxied(fake) as one:
        response = await one.http.post(one.url + CHAT, json=ask(stream=True))
        await response.content.readany()
        response.close()
        await until_true(lambda: not len(one.proxy.runs))
    (folder,) = paths.runs_dir().iterdir()
    end = read_run(folder).run_finished
    assert end is not None and (end.status, end.error) == ("cancelled", "its clients have left")


async def test_error_after_the_first_byte_is_an_event_and_keeps_the_partial_text() -> None:
    reply = Reply(pieces=["half", " an", " answer"], cut_after=1)
    async with FakeServer(reply) as fake, proxied(fake) as one:
        stream = await one.openai.chat.completions.create(**ask(), stream=True)
        text = ""
        with pytest.raises(openai.APIError) as caught:
            async for chunk in stream:
                text += chunk.choices[0].delta.content or ""
                assert chunk.choices[0].finish_reason is None
        assert text.startswith("half")
        assert caught.value.body
        assert len(fake.requests) == 1  # A part of the answer was sent: another attempt could not follow it.


async def test_whole_reply_after_a_cut_is_that_of_the_next_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundtable_tui.llm.client.BackoffPolicy", lambda: BackoffPolicy(0.0))
    script = [Reply("half an answer", cut_after=1), "all of it"]
    async with FakeServer(script) as fake, proxied(fake) as one:
        status, body = await one.post(ask())
        assert (status, body["choices"][0]["message"]["content"]) == (200, "all of it")
        assert len(fake.requests) == 2


async def test_stream_that_waits_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "KEEP_ALIVE_S", 0.02)
    monkeypatch.setattr(streaming, "FIRST_BYTE_S", 0.01)
    gate = asyncio.Event()
    async with FakeServer(Reply("yes", gate=gate)) as fake, proxied(fake) as one:
        response = await one.http.post(one.url + CHAT, json=ask(stream=True))
        received = b""
        while received.count(b": keep-alive") < 2:
            received += await response.content.readany()
        gate.set()
        received += await response.content.read()
        assert b'"content":"yes"' in received and received.endswith(b"data: [DONE]\n\n")


async def test_proxy_that_stops_ends_its_runs_with_an_error() -> None:
    reply = Reply("one two", stall_after=1)
    async with FakeServer(reply) as fake, aiohttp.ClientSession() as http:
        async with proxied(fake) as one:
            response = await http.post(one.url + CHAT, json=ask(stream=True))
            seen = await fake.seen(1)
        text = await response.text()
        await seen.ended.wait()
        assert '"error"' in text and "[DONE]" not in text
