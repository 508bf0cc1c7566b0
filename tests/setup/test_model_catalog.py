"""What can be asked: every server with its models and what is known of them; who speaks for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.llm.servers.discovery import FoundServer
from roundtable_tui.llm.types import ChatRequest, Limits
from roundtable_tui.setup.model_catalog import ModelEntry, format_token_count, list_servers, query_server
from roundtable_tui.setup.model_choice import apply_choice, list_persona_models
from roundtable_tui.setup.plan import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.fake_server import FakeServer, Reply

pytestmark = pytest.mark.anyio


def test_unknown_is_left_blank() -> None:
    assert (ModelEntry("m").short_stats, ModelEntry("m").description) == ("", "")
    full = ModelEntry("m", 131_072, True, False, 0.25, 41.7)
    assert full.short_stats == "131k · tools · no JSON · 42 tok/s"
    assert (
        "holds 131,072 tokens; calls tools" in full.description
        and "first word after 250 ms" in full.description
    )
    assert [format_token_count(n) for n in (512, 8192, 1_048_576, 2_000_000)] == ["512", "8k", "1.05M", "2M"]


async def test_named_and_found_servers_are_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def discover(*_: object, **__: object) -> list[FoundServer]:
        return [
            FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("a",)),
            FoundServer("vLLM", "http://127.0.0.1:8000/v1", ("b",)),
        ]

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
    named = {"home": ServerSettings("home", "http://localhost:11434/v1")}
    found = await list_servers(ServerPool(Settings(servers=named), {}))
    assert [(one.kind, one.reference) for one in found] == [
        ("server", "home"),
        ("url", "http://127.0.0.1:8000/v1"),
    ]
    blind = await list_servers(ServerPool(Settings(servers=named, discovery=False), {}))
    assert [one.reference for one in blind] == ["home"]


async def test_what_is_known_comes_from_the_list_from_calls_and_from_refusals() -> None:
    listed = {
        "data": [{"id": "embedder"}, {"id": "m", "max_model_len": 8192, "supported_parameters": ["tools"]}]
    }
    async with FakeServer(
        Reply(text="one two three four five six seven eight nine ten"), models_reply=Reply(body=listed)
    ) as fake:
        backends = ServerPool(Settings(servers={"box": ServerSettings("box", fake.url)}), {})
        try:
            (box,) = await list_servers(backends)
            first = (await query_server(box, backends)).models
            assert [one.id for one in first] == ["m", "embedder"], "those to talk to come first"
            assert first[0] == ModelEntry("m", 8192, True, False)
            server = backends.from_settings(box.server)
            request = ChatRequest("m", [{"role": "user", "content": "Why?"}])
            async for _ in backends.client.stream(server, request, Limits()):
                pass
            fake.models_reply = Reply(body={"data": [{"id": "m"}, {"id": "new"}]})
            second = (await query_server(box, backends)).models
            assert [one.id for one in second] == ["m", "new"], "it is asked again"
            assert second[0].ttft_s is not None and second[0].context is None
        finally:
            await backends.aclose()


async def test_a_server_that_does_not_answer_says_why() -> None:
    named = {
        "gone": ServerSettings("gone", "http://127.0.0.1:9/v1"),
        "shut": ServerSettings("shut", "http://127.0.0.1:9/v1", api_key_env="NO_SUCH_KEY"),
    }
    backends = ServerPool(Settings(servers=named, discovery=False), {})
    try:
        gone, shut = [await query_server(one, backends) for one in await list_servers(backends)]
    finally:
        await backends.aclose()
    assert "connection refused" in gone.error and not gone.models
    assert "NO_SUCH_KEY is not set" in shut.error


def test_who_speaks_for_whom_before_the_run() -> None:
    wish = RunRequest(mode="debate", demo=True)
    seated = list_persona_models(wish, Settings(), {})
    assert (
        len(seated) > 2
        and seated[-1].captain
        and not any(one.is_explicit or one.model_label for one in seated)
    )
    name = seated[0].name
    wish = apply_choice(wish, name, "server\nbox\nbig")
    assert (
        list_persona_models(wish, Settings(), {})[0].model_label,
        list_persona_models(wish, Settings(), {})[0].is_explicit,
    ) == ("big @ box", True)
    assert (dict(wish.models), dict(wish.servers)) == ({name: "big"}, {name: "box"})
    assert apply_choice(wish, name, "typed").models == {name: "typed"}
    assert apply_choice(wish, name, "demo").servers == {name: "demo"}
    assert apply_choice(wish, name, "").servers == {} == apply_choice(wish, name, "").models


async def test_a_seat_may_have_a_server_of_its_own(here: Path) -> None:
    async with FakeServer(models=["small", "big"]) as fake:
        backends = ServerPool(Settings(servers={"box": ServerSettings("box", fake.url)}), {})
        wish = RunRequest(question="Why?", mode="debate", demo=True, record=False)
        name = list_persona_models(wish, backends.settings, {})[0].name
        try:
            run = await build_run(apply_choice(wish, name, f"url\n{fake.url}\nbig"), backends)
            named = await build_run(apply_choice(wish, name, "server\nbox"), backends)
        finally:
            await backends.aclose()
    first, second = run.plan.assignments[:2]
    assert (first.server.base_url, first.model, second.server.name) == (fake.url, "big", "demo")
    assert (named.plan.assignments[0].server.name, named.plan.assignments[0].model) == ("box", "small")


def test_other_settings_are_taken_over() -> None:
    at = ServerSettings("box", "http://127.0.0.1:9/v1", api_key_env="ONE")
    backends = ServerPool(Settings(servers={"box": at}), {"TWO": "x"})
    before, demo = backends.from_settings(at), backends.get_demo()
    changed = ServerSettings("box", "http://127.0.0.1:9/v1", api_key_env="TWO")
    backends.update_settings(Settings(servers={"box": changed}))
    after = backends.from_settings(changed)
    assert after is not before and after.key is not None and after.key() == "x"
    assert backends.get_demo() is demo
