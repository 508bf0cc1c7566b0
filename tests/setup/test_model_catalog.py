"""What can be asked: every server with its models and what is known of them; who speaks for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.llm.servers.discovery import FoundServer
from roundtable_tui.llm.types import ChatRequest, Limits
from roundtable_tui.setup.model_catalog import Known, asked, sources, tokens
from roundtable_tui.setup.model_choice import voices, with_voice
from roundtable_tui.setup.plan import prepare
from roundtable_tui.setup.request import Wish
from roundtable_tui.setup.server_pool import Backends
from tests.support.fake_server import FakeServer, Reply

pytestmark = pytest.mark.anyio


def test_unknown_is_left_blank() -> None:
    assert (Known("m").figures, Known("m").words) == ("", "")
    full = Known("m", 131_072, True, False, 0.25, 41.7)
    assert full.figures == "131k · tools · no JSON · 42 tok/s"
    assert "holds 131,072 tokens; calls tools" in full.words and "first word after 250 ms" in full.words
    assert [tokens(n) for n in (512, 8192, 1_048_576, 2_000_000)] == ["512", "8k", "1.05M", "2M"]


async def test_named_and_found_servers_are_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def discover(*_: object, **__: object) -> list[FoundServer]:
        return [
            FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("a",)),
            FoundServer("vLLM", "http://127.0.0.1:8000/v1", ("b",)),
        ]

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
    named = {"home": ServerSettings("home", "http://localhost:11434/v1")}
    found = await sources(Backends(Settings(servers=named), {}))
    assert [(one.kind, one.where) for one in found] == [
        ("server", "home"),
        ("url", "http://127.0.0.1:8000/v1"),
    ]
    blind = await sources(Backends(Settings(servers=named, discovery=False), {}))
    assert [one.where for one in blind] == ["home"]


async def test_what_is_known_comes_from_the_list_from_calls_and_from_refusals() -> None:
    listed = {
        "data": [{"id": "embedder"}, {"id": "m", "max_model_len": 8192, "supported_parameters": ["tools"]}]
    }
    async with FakeServer(
        Reply(text="one two three four five six seven eight nine ten"), models_reply=Reply(body=listed)
    ) as fake:
        backends = Backends(Settings(servers={"box": ServerSettings("box", fake.url)}), {})
        try:
            (box,) = await sources(backends)
            first = (await asked(box, backends)).models
            assert [one.id for one in first] == ["m", "embedder"], "those to talk to come first"
            assert first[0] == Known("m", 8192, True, False)
            server = backends.known(box.server)
            request = ChatRequest("m", [{"role": "user", "content": "Why?"}])
            async for _ in backends.client.stream(server, request, Limits()):
                pass
            fake.models_reply = Reply(body={"data": [{"id": "m"}, {"id": "new"}]})
            second = (await asked(box, backends)).models
            assert [one.id for one in second] == ["m", "new"], "it is asked again"
            assert second[0].ttft_s is not None and second[0].context is None
        finally:
            await backends.aclose()


async def test_a_server_that_does_not_answer_says_why() -> None:
    named = {
        "gone": ServerSettings("gone", "http://127.0.0.1:9/v1"),
        "shut": ServerSettings("shut", "http://127.0.0.1:9/v1", api_key_env="NO_SUCH_KEY"),
    }
    backends = Backends(Settings(servers=named, discovery=False), {})
    try:
        gone, shut = [await asked(one, backends) for one in await sources(backends)]
    finally:
        await backends.aclose()
    assert "nothing listens there" in gone.trouble and not gone.models
    assert "NO_SUCH_KEY is not set" in shut.trouble


def test_who_speaks_for_whom_before_the_run() -> None:
    wish = Wish(mode="debate", demo=True)
    seated = voices(wish, Settings(), {})
    assert len(seated) > 2 and seated[-1].captain and not any(one.said or one.own for one in seated)
    name = seated[0].name
    wish = with_voice(wish, name, "server\nbox\nbig")
    assert (voices(wish, Settings(), {})[0].own, voices(wish, Settings(), {})[0].said) == ("big @ box", True)
    assert (dict(wish.models), dict(wish.servers)) == ({name: "big"}, {name: "box"})
    assert with_voice(wish, name, "typed").models == {name: "typed"}
    assert with_voice(wish, name, "demo").servers == {name: "demo"}
    assert with_voice(wish, name, "").servers == {} == with_voice(wish, name, "").models


async def test_a_seat_may_have_a_server_of_its_own(here: Path) -> None:
    async with FakeServer(models=["small", "big"]) as fake:
        backends = Backends(Settings(servers={"box": ServerSettings("box", fake.url)}), {})
        wish = Wish(question="Why?", mode="debate", demo=True, record=False)
        name = voices(wish, backends.settings, {})[0].name
        try:
            run = await prepare(with_voice(wish, name, f"url\n{fake.url}\nbig"), backends)
            named = await prepare(with_voice(wish, name, "server\nbox"), backends)
        finally:
            await backends.aclose()
    first, second = run.plan.places[:2]
    assert (first.server.base_url, first.model, second.server.name) == (fake.url, "big", "demo")
    assert (named.plan.places[0].server.name, named.plan.places[0].model) == ("box", "small")


def test_other_settings_are_taken_over() -> None:
    at = ServerSettings("box", "http://127.0.0.1:9/v1", api_key_env="ONE")
    backends = Backends(Settings(servers={"box": at}), {"TWO": "x"})
    before, demo = backends.known(at), backends.demo()
    changed = ServerSettings("box", "http://127.0.0.1:9/v1", api_key_env="TWO")
    backends.change(Settings(servers={"box": changed}))
    after = backends.known(changed)
    assert after is not before and after.key is not None and after.key() == "x"
    assert backends.demo() is demo
