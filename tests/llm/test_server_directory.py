"""The choice of server, model and key, and errors if there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.llm.servers.directory import ServerDirectory, to_server_settings
from roundtable_tui.llm.servers.discovery import FoundServer
from roundtable_tui.llm.types import ModelInfo, Server
from tests.support.fake_server import FakeServer, Reply

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pool() -> AsyncIterator[ServerDirectory]:
    made = ServerDirectory(Settings(), {})
    yield made
    await made.aclose()


def found(monkeypatch: pytest.MonkeyPatch, *servers: FoundServer) -> None:
    async def discover(*_: Any, **__: Any) -> list[FoundServer]:
        return list(servers)

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)


async def test_get_server_demo_if_requested_or_in_settings(pool: ServerDirectory) -> None:
    assert (await pool.get_server(demo=True)).name == "demo"
    assert (await pool.get_server(name="demo")) is pool.get_demo()
    remembered = ServerDirectory(Settings(demo=True), {})
    assert (await remembered.get_server()).name == "demo"
    assert (await remembered.get_server(base_url="http://h/v1")).base_url == "http://h/v1"
    told = ServerDirectory(Settings(demo=True), {"OPENAI_BASE_URL": "http://h/v1"})
    assert (await told.get_server()).base_url == "http://h/v1"


async def test_get_demo_invalid_pace_raises_usage_error() -> None:
    with pytest.raises(UsageError, match="ROUNDTABLE_DEMO_PACE should be a number, not fast"):
        ServerDirectory(Settings(), {"ROUNDTABLE_DEMO_PACE": "fast"}).get_demo()


async def test_get_server_without_choice_uses_a_discovered_one(
    pool: ServerDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = FoundServer("vLLM", "http://127.0.0.1:8000/v1", ())
    full = FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("a",))
    found(monkeypatch, empty, full)
    assert (await pool.get_server()).name == "Ollama", "one that offers a model comes first"
    blind = ServerDirectory(Settings(discovery=False), {})
    with pytest.raises(UsageError, match="there is no server to ask"):
        await blind.get_server()


async def test_to_server_settings_sanitizes_the_label() -> None:
    assert to_server_settings(FoundServer("a\x1b[2J\nb", "http://127.0.0.1:1/v1", ())).name == "a␛[2J b"


async def test_connect_same_server_is_the_same_object(pool: ServerDirectory) -> None:
    at = ServerSettings("mine", "http://127.0.0.1:1/v1", concurrency=3)
    assert await pool.connect(at) is pool.from_settings(at)
    assert pool.from_settings(at).concurrency == 3


async def test_get_server_reads_its_key_once_and_in_advance(tmp_path: Any) -> None:
    log = tmp_path / "asked"
    command = f"sh -c 'echo asked >> {log}; echo sk-1'"
    pool = ServerDirectory(Settings(), {})
    server = await pool.connect(ServerSettings("mine", "http://127.0.0.1:1/v1", api_key_cmd=command))
    assert server.key is not None and (server.key(), server.key()) == ("sk-1", "sk-1")
    assert log.read_text() == "asked\n"


async def test_get_server_unset_key_raises_at_once() -> None:
    settings = Settings(
        servers={"mine": ServerSettings("mine", "http://127.0.0.1:1/v1", api_key_env="NO_KEY")}
    )
    with pytest.raises(UsageError, match="server mine: the variable NO_KEY is not set"):
        await ServerDirectory(settings, {}).get_server()


async def test_choose_model_wanted_then_configured_then_first_chat_model(
    pool: ServerDirectory,
) -> None:
    async with FakeServer(models=["nomic-embed-text", "qwen3:8b", "llama3"]) as fake:
        server = await pool.get_server(base_url=fake.url)
        assert await pool.choose_model(server) == "qwen3:8b"
        assert await pool.choose_model(server) == "qwen3:8b" and len(fake.model_requests) == 1
        assert await pool.choose_model(server, "other") == "other"
        own = await pool.connect(ServerSettings("own", fake.url, model="llama3"))
        assert await pool.choose_model(own) == "llama3"
        told = ServerDirectory(Settings(model="x"), {"ROUNDTABLE_MODEL": "y"})
        assert await told.choose_model(await told.get_server(base_url=fake.url)) == "y"


async def test_choose_model_without_chat_model_raises(pool: ServerDirectory) -> None:
    async with FakeServer(models=["nomic-embed-text"]) as fake:
        with pytest.raises(UsageError, match="lists no chat model"):
            await pool.choose_model(await pool.get_server(base_url=fake.url))


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.2", "LOCALHOST", "models.localhost", "localhost."])
async def test_local_server_by_any_name_has_its_model_chosen(host: str, pool: ServerDirectory) -> None:
    server = Server(name="here", base_url=f"http://{host}:1/v1", key=None)
    pool._models["here", server.base_url] = [ModelInfo("first"), ModelInfo("second")]
    assert await pool.choose_model(server) == "first"


async def test_choose_model_remote_server_with_several_raises(
    pool: ServerDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeServer(models=["dear", "dearer", "dearest", "x"]) as fake:
        monkeypatch.setattr("roundtable_tui.llm.servers.directory.is_local_url", lambda url: False)
        server = await pool.get_server(base_url=fake.url)
        with pytest.raises(
            UsageError, match=r"offers 4 models\. Name a model with --model, such as dear, dearer, dearest"
        ):
            await pool.choose_model(server)
        fake.models = ["only"]
        assert await ServerDirectory(Settings(), {}).choose_model(server) == "only"


async def test_choose_model_demo_rotates_models_by_seat(pool: ServerDirectory) -> None:
    demo = pool.get_demo()
    assert [await pool.choose_model(demo, "", n) for n in range(4)] == [
        "demo-large", "demo-small", "demo-thinker", "demo-large",
    ]  # fmt: skip
    assert await pool.choose_model(demo, "demo-small+fail=2") == "demo-small+fail=2"


async def test_list_models_failure_raises_one_line(pool: ServerDirectory) -> None:
    async with FakeServer(models_reply=Reply(status=401, body={"error": {"message": "no"}})) as fake:
        with pytest.raises(RoundtableError) as caught:
            await pool.choose_model(await pool.get_server(base_url=fake.url))
    assert "\n" not in str(caught.value) and "401" in str(caught.value)


class Stand:
    """A stub of the process with the built-in model."""

    model = "tiny"
    is_running = True
    started = 0

    async def start(self) -> Any:
        from roundtable_tui.llm.types import Server

        Stand.started += 1
        return Server("local", "http://127.0.0.1:1/v1")

    async def stop(self) -> None:
        self.is_running = False


async def test_start_local_concurrent_calls_start_one_process(
    pool: ServerDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roundtable_tui.llm.local.server.LocalServer", Stand)
    server = await pool.start_local()
    assert (server.name, await pool.start_local() is server, Stand.started) == ("local", True, 1)
    assert await pool.choose_model(server) == "tiny"


@pytest.mark.parametrize(
    "listed",
    [
        [{"id": "text-embedding-3-small"}, {"id": "omni-moderation"}, {"id": "gpt-x"}],
        [{"id": "strange", "type": "embedding"}, {"id": "gpt-x", "type": "chat"}],
        [{"id": "painter", "architecture": {"output_modalities": ["image"]}}, {"id": "gpt-x"}],
    ],
)
async def test_choose_model_takes_a_chat_model_not_the_first(
    pool: ServerDirectory, listed: list[Any]
) -> None:
    async with FakeServer(models_reply=Reply(body={"data": listed})) as fake:
        assert await pool.choose_model(Server("box", fake.url)) == "gpt-x"


async def test_choose_model_without_a_chat_model_names_what_there_is(pool: ServerDirectory) -> None:
    listed = [{"id": "text-embedding-3-small"}, {"id": "whisper-1"}]
    async with FakeServer(models_reply=Reply(body={"data": listed})) as fake:
        with pytest.raises(UsageError, match="no chat model, but text-embedding-3-small, whisper-1"):
            await pool.choose_model(Server("box", fake.url))


async def test_choose_model_of_a_server_without_a_list_says_how_to_go_on(pool: ServerDirectory) -> None:
    async with FakeServer(models_reply=Reply(status=404, body="404 page not found")) as fake:
        with pytest.raises(UsageError, match=r"no chat API .* name a model with --model"):
            await pool.choose_model(Server("box", fake.url))
        assert await pool.choose_model(Server("box", fake.url), "mine") == "mine"
