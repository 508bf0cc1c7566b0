"""The first start: what was found, with its models; one key to use it, the embedded model or the demo."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Static

from roundtable_tui import config
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.errors import FileError
from roundtable_tui.llm.local import model, requirements
from roundtable_tui.llm.servers.discovery import FoundServer
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.screens.dialogs.model_picker import ModelPicker
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from tests.support.fake_server import FakeServer
from tests.support.pilot import Small, Wide, sitting

pytestmark = pytest.mark.anyio


def finds(monkeypatch: pytest.MonkeyPatch, *servers: FoundServer) -> list[int]:
    """Have these found on this machine; return how often somebody looked."""
    looked: list[int] = []

    async def discover(*_: Any, **__: Any) -> list[FoundServer]:
        looked.append(1)
        return list(servers)

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
    return looked


def welcome(seated: Any) -> str:
    return str(seated.table.query_one("#welcome-text", Static).content)


def at_start(**more: Any) -> Settings:
    return Settings(animations=False, **more)


async def test_empty_state_found_server_shows_models_and_enter_uses_it(monkeypatch) -> None:
    async with FakeServer(models=["qwen3:8b", "gemma[/]"]) as fake:
        finds(
            monkeypatch,
            FoundServer("Ollama", fake.url, ("qwen3:8b", "gemma[/]\x1b[2J")),
            FoundServer("LM Studio", "http://127.0.0.1:9/v1", ()),
        )
        async with sitting(RunRequest(), Small, at_start()) as seated:
            await seated.until(lambda: "2 models" in welcome(seated))
            assert "● Ollama" in welcome(seated) and "qwen3:8b, gemma[/]␛[2J" in welcome(seated)
            assert "○ LM Studio" in welcome(seated) and "enter" in welcome(seated)
            assert len(seated.app.screen_stack) == 1, "nothing stands in the way of the first question"
            await seated.pilot.press("enter")
            await seated.until(lambda: seated.table.session.wish.base_url == fake.url)
            await seated.until(
                lambda: "2 models" not in welcome(seated) or seated.table.session.wish.base_url == fake.url
            )
        # The next start remembers it, looks again, and shows it as taken.
        async with sitting(RunRequest(), Wide, config.apply_app_state(at_start())) as seated:
            await seated.until(lambda: "2 models" in welcome(seated))
            assert seated.table.session.wish.base_url == fake.url
            await seated.pilot.press("f4")
            await seated.until(lambda: isinstance(seated.app.screen, ModelPicker))
            await seated.until(lambda: "connection refused" in seated.screen_text)
            listed = seated.app.screen.query_one(ItemList)
            await seated.until(lambda: listed.item and listed.item.title == "qwen3:8b")
            assert "● qwen3:8b" in seated.screen_text and "✗ connection refused" in seated.screen_text
            await seated.pilot.press("escape")
    # Gone at the third: it is told, and asked no longer.
    finds(monkeypatch)
    async with sitting(RunRequest(), Wide, config.apply_app_state(at_start())) as seated:
        await seated.until(lambda: "No model server" in welcome(seated))
        assert seated.table.session.wish.base_url == ""


async def test_empty_state_without_server_offers_model_and_demo(monkeypatch) -> None:
    looked = finds(monkeypatch)
    monkeypatch.setattr(
        requirements, "missing_requirement", lambda: "the local model needs xllamacpp: pip install 'x[local]'"
    )
    async with sitting(RunRequest(), (80, 24), at_start()) as seated:
        await seated.until(lambda: "No model server" in welcome(seated))
        assert looked
        for line in ("ollama serve", "shift+F4  add a server", "pip install 'x[local]'"):
            assert line in welcome(seated)
        await seated.pilot.press("ctrl+b")
        await seated.until(lambda: seated.app._notifications)
        assert not seated.table.session.wish.local, "it cannot run here, and that is told"
        await seated.pilot.press("x", "home", "ctrl+d")
        assert seated.table.prompt.text == "x", "what is typed stays"
        await seated.until(lambda: seated.table.session.wish.demo)
        await seated.until(lambda: "● demo" in welcome(seated))
    async with sitting(RunRequest(), (80, 24), config.apply_app_state(at_start())) as seated:
        assert seated.table.session.wish.demo, "it is remembered"


async def test_ask_without_model_keeps_question_and_offers_keys(monkeypatch) -> None:
    finds(monkeypatch)
    async with sitting(RunRequest(), (80, 24), at_start()) as seated:
        await seated.until(lambda: "No model server" in welcome(seated))
        assert "model none yet" in seated.screen_text
        await seated.pilot.press("x", "enter")
        await seated.until(lambda: "Your question is kept below" in welcome(seated))
        assert seated.table.prompt.text == "x" and "--demo" not in welcome(seated)
        assert "ctrl+b" in welcome(seated) and "starting..." not in seated.screen_text
        await seated.pilot.press("home", "ctrl+d")
        await seated.until(lambda: "● demo" in welcome(seated))
        assert seated.table.prompt.text == "x" and not seated.table.models.has_waiting_question
        await seated.pilot.press("enter")
        await seated.until(lambda: seated.table.has_class("-run"))


async def test_startup_local_model_missing_names_download_key(monkeypatch) -> None:
    finds(monkeypatch)
    monkeypatch.setattr(requirements, "missing_requirement", lambda: None)
    monkeypatch.setattr("roundtable_tui.llm.local.server.missing_requirement", lambda: None)
    monkeypatch.setattr(model, "find_model", lambda: None)
    async with sitting(RunRequest(local=True), Wide, at_start()) as seated:
        await seated.until(lambda: "ctrl+b downloads it" in welcome(seated))
        assert "`. This is the demo instead" in welcome(seated)


async def test_empty_state_with_task_and_no_server_offers_keys(monkeypatch) -> None:
    finds(monkeypatch)
    async with sitting(RunRequest(task="salon"), Small, at_start()) as seated:
        await seated.until(lambda: "ctrl+d" in welcome(seated))
        await seated.pilot.press("enter")
        await seated.until(lambda: "starting..." not in seated.screen_text)
        await seated.pilot.press("ctrl+d")
        await seated.until(lambda: "● demo" in welcome(seated))


async def test_use_local_key_selects_embedded_model(monkeypatch, tmp_path) -> None:
    finds(monkeypatch)
    monkeypatch.setattr(requirements, "missing_requirement", lambda: None)
    monkeypatch.setattr(model, "find_model", lambda: tmp_path / "model.gguf")
    async with sitting(RunRequest(), Small, at_start()) as seated:
        await seated.until(lambda: "tiny test model" in welcome(seated))
        await seated.pilot.press("ctrl+b")
        await seated.until(lambda: seated.table.session.wish.local)
        assert config.last_server() == {"local": True}


async def test_use_local_key_downloads_missing_model(monkeypatch) -> None:
    finds(monkeypatch)
    monkeypatch.setattr(requirements, "missing_requirement", lambda: None)
    monkeypatch.setattr(model, "find_model", lambda: None)
    fates: list[Any] = [FileError("there is no room"), None]

    async def fetch(told: Any) -> None:
        told(0.5)
        if (fate := fates.pop(0)) is not None:
            raise fate

    monkeypatch.setattr("roundtable_tui.llm.local.fetch.fetch_model", fetch)
    async with sitting(RunRequest(), Small, at_start()) as seated:
        await seated.until(lambda: "98 MB download" in welcome(seated))
        await seated.pilot.press("ctrl+b")
        await seated.until(lambda: seated.app._notifications)
        await seated.until(lambda: "98 MB download" in welcome(seated))
        assert not seated.table.session.wish.local
        await seated.pilot.press("ctrl+b")
        await seated.until(lambda: seated.table.session.wish.local)


async def test_empty_state_discovery_off_asks_no_server(monkeypatch) -> None:
    looked = finds(monkeypatch, FoundServer("Ollama", "http://127.0.0.1:9/v1", ("a",)))
    named = {"home": ServerSettings("home", "http://127.0.0.1:9/v1")}
    async with sitting(RunRequest(), Small, at_start(discovery=False)) as seated:
        await seated.until(lambda: "discovery is off" in welcome(seated))
    async with sitting(RunRequest(), Small, at_start(discovery=False, servers=named)) as seated:
        await seated.until(lambda: "● home" in welcome(seated))
        await seated.pilot.press("f4")
        await seated.until(lambda: "connection refused" in seated.screen_text)
    assert not looked


async def test_seat_models_assigns_model_per_seat(demo) -> None:
    async with demo(mode="debate") as seated:
        await seated.table.run_action("screen.seat_models")
        await seated.until(
            lambda: isinstance(seated.app.screen, Picker) and seated.app.screen.query(ItemList)
        )
        await seated.pilot.pause()
        item = seated.app.screen.query_one(ItemList).item
        await seated.pilot.press("enter")
        await seated.until(lambda: isinstance(seated.app.screen, ModelPicker))
        await seated.pilot.pause()
        await seated.pilot.press(*"demo-small")
        await seated.pilot.press("enter")
        await seated.until(lambda: not isinstance(seated.app.screen, ModelPicker))
        assert seated.table.session.wish.models == {item.id: "demo-small"}
        await seated.until(lambda: "demo-small" in seated.screen_text)
        await seated.pilot.press("escape")
