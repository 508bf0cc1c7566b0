"""The catalog of servers and models, and the model choices of personas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roundtable_tui.config import FlagEnvironment, ServerSettings, Settings
from roundtable_tui.llm.servers.discovery import FoundServer
from roundtable_tui.llm.types import ChatRequest, Limits, ModelInfo, ModelPrice
from roundtable_tui.model_choice.catalog import ModelEntry, format_token_count, list_servers, query_server
from roundtable_tui.model_choice.choice import ModelChoice
from roundtable_tui.model_choice.seats import list_persona_models
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.fake_server import FakeServer, Reply

pytestmark = pytest.mark.anyio


def test_model_entry_unknown_figures_are_left_out() -> None:
    assert (ModelEntry(ModelInfo("m")).short_stats, ModelEntry(ModelInfo("m")).description) == ("", "")
    full = ModelEntry(ModelInfo("m", 131_072, True, False), 0.25, 41.7)
    assert full.short_stats == "131k · tools · no JSON · 42 tok/s"
    assert (
        "holds 131,072 tokens; calls tools" in full.description
        and "first token after 250 ms" in full.description
    )
    assert [format_token_count(n) for n in (512, 8192, 1_048_576, 2_000_000)] == ["512", "8k", "1.05M", "2M"]


async def test_list_servers_configured_and_discovered_are_listed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def discover(*_: object, **__: object) -> list[FoundServer]:
        return [
            FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("a",)),
            FoundServer("vLLM", "http://127.0.0.1:8000/v1", ("b",)),
        ]

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
    named = {"home": ServerSettings("home", "http://localhost:11434/v1")}
    found = await list_servers(ServerPool(Settings(servers=named), {}))
    assert [(one.kind, one.choice().reference) for one in found] == [
        ("server", "home"),
        ("url", "http://127.0.0.1:8000/v1"),
    ]
    blind = await list_servers(ServerPool(Settings(servers=named, discovery=False), {}))
    assert [one.choice().reference for one in blind] == ["home"]


async def test_list_servers_includes_those_of_flag_and_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def discover(*_: object, **__: object) -> list[FoundServer]:
        return [FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("a",))]

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
    variables = {"OPENAI_BASE_URL": "http://localhost:11434/v1"}
    environ = FlagEnvironment(variables, "https://models.example/v1/")
    found = await list_servers(ServerPool(Settings(), environ))
    assert [(one.server.name, one.choice().reference) for one in found] == [
        ("models.example", "https://models.example/v1"),
        ("Ollama", "http://127.0.0.1:11434/v1"),
    ]
    blind = await list_servers(ServerPool(Settings(discovery=False), {"OPENAI_BASE_URL": "not a url"}))
    assert blind == []


async def test_query_server_without_a_list_says_how_to_go_on() -> None:
    async with FakeServer(models_reply=Reply(status=404, body="404 page not found")) as fake:
        pool = ServerPool(Settings(servers={"box": ServerSettings("box", fake.url)}, discovery=False), {})
        try:
            (box,) = await list_servers(pool)
            queried = await query_server(box, pool)
        finally:
            await pool.aclose()
    assert queried.error.endswith("If the base URL is right, type the name of a model")


def test_model_entry_shows_what_a_router_reports() -> None:
    full = ModelEntry(ModelInfo("m", 131_072, True, vision=True, price=ModelPrice(0.000003, 0.000015)))
    assert full.short_stats == "131k · tools · vision · $3.00/$15.00"
    assert "reads pictures; $3.00 a million tokens of prompts, $15.00 of answers" in full.description
    assert ModelEntry(ModelInfo("m", price=ModelPrice(0, 0))).short_stats == "free"


async def test_query_server_merges_list_call_stats_and_refusals() -> None:
    listed = {
        "data": [{"id": "embedder"}, {"id": "m", "max_model_len": 8192, "supported_parameters": ["tools"]}]
    }
    async with FakeServer(
        Reply(text="one two three four five six seven eight nine ten"), models_reply=Reply(body=listed)
    ) as fake:
        pool = ServerPool(Settings(servers={"box": ServerSettings("box", fake.url)}), {})
        try:
            (box,) = await list_servers(pool)
            first = (await query_server(box, pool)).models
            assert [one.info.id for one in first] == ["m", "embedder"], "those to talk to come first"
            assert first[0] == ModelEntry(ModelInfo("m", 8192, True, False))
            server = pool.from_settings(box.server)
            request = ChatRequest("m", [{"role": "user", "content": "Why?"}])
            async for _ in pool.client.stream(server, request, Limits()):
                pass
            fake.models_reply = Reply(body={"data": [{"id": "m"}, {"id": "new"}]})
            second = (await query_server(box, pool)).models
            assert [one.info.id for one in second] == ["m", "new"], "it is asked again"
            assert second[0].ttft_s is not None and second[0].info.context is None
        finally:
            await pool.aclose()


async def test_query_server_unreachable_gives_the_reason() -> None:
    named = {
        "gone": ServerSettings("gone", "http://127.0.0.1:9/v1"),
        "shut": ServerSettings("shut", "http://127.0.0.1:9/v1", api_key_env="NO_SUCH_KEY"),
    }
    pool = ServerPool(Settings(servers=named, discovery=False), {})
    try:
        gone, shut = [await query_server(one, pool) for one in await list_servers(pool)]
    finally:
        await pool.aclose()
    assert "connection refused" in gone.error and not gone.models
    assert "NO_SUCH_KEY is not set" in shut.error


def test_list_persona_models_shows_choices_before_the_run() -> None:
    wish = RunRequest(mode="debate", demo=True)
    seated = list_persona_models(wish, Settings(), {})
    assert (
        len(seated) > 2
        and seated[-1].captain
        and not any(one.is_explicit or one.model_label for one in seated)
    )
    name = seated[0].name
    wish = ModelChoice.parse("server\nbox\nbig").apply_to(wish, name)
    assert (
        list_persona_models(wish, Settings(), {})[0].model_label,
        list_persona_models(wish, Settings(), {})[0].is_explicit,
    ) == ("big @ box", True)
    assert (dict(wish.models), dict(wish.servers)) == ({name: "big"}, {name: "box"})
    assert ModelChoice.parse("typed").apply_to(wish, name).models == {name: "typed"}
    assert ModelChoice.parse("demo").apply_to(wish, name).servers == {name: "demo"}
    assert (
        ModelChoice.parse("").apply_to(wish, name).servers
        == {}
        == ModelChoice.parse("").apply_to(wish, name).models
    )


def test_list_persona_models_leaves_out_a_persona_model_of_another_server(here: Path) -> None:
    folder = here / "personas"
    (folder / "teams").mkdir(parents=True)
    persona = {"name": "Eva", "prompt": "You are Eva.", "model": "own", "server": "home"}
    (folder / "eva.json").write_text(json.dumps(persona))
    members = [{"persona": "Eva", "server": "box"}, {"persona": "Eva"}]
    for name, member in zip(("away", "there"), members, strict=True):
        (folder / f"teams/{name}.json").write_text(json.dumps({"name": name, "members": [member]}))
    labels = [
        list_persona_models(RunRequest(mode="single", team=name), Settings(), {})[0].model_label
        for name in ("away", "there")
    ]
    assert labels == ["box", "own @ home"]


async def test_build_run_persona_choice_uses_its_own_server(here: Path) -> None:
    async with FakeServer(models=["small", "big"]) as fake:
        pool = ServerPool(Settings(servers={"box": ServerSettings("box", fake.url)}), {})
        wish = RunRequest(question="Why?", mode="debate", demo=True, record=False)
        name = list_persona_models(wish, pool.settings, {})[0].name
        try:
            run = await build_run(ModelChoice.parse(f"url\n{fake.url}\nbig").apply_to(wish, name), pool)
            named = await build_run(ModelChoice.parse("server\nbox").apply_to(wish, name), pool)
        finally:
            await pool.aclose()
    first, second = run.plan.assignments[:2]
    assert (first.server.base_url, first.model, second.server.name) == (fake.url, "big", "demo")
    assert (named.plan.assignments[0].server.name, named.plan.assignments[0].model) == ("box", "small")


def test_update_settings_drops_cached_servers_but_not_the_demo() -> None:
    at = ServerSettings("box", "http://127.0.0.1:9/v1", api_key_env="ONE")
    pool = ServerPool(Settings(servers={"box": at}), {"TWO": "x"})
    before, demo = pool.from_settings(at), pool.get_demo()
    changed = ServerSettings("box", "http://127.0.0.1:9/v1", api_key_env="TWO")
    pool.update_settings(Settings(servers={"box": changed}))
    after = pool.from_settings(changed)
    assert after is not before and after.key is not None and after.key() == "x"
    assert pool.get_demo() is demo
