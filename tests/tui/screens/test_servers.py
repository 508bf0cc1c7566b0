"""The list of servers and the form of one: checked as one types, tried, saved, removed, taken back."""

from __future__ import annotations

import os
from typing import Any

import pytest
from textual.widgets import Static

from roundtable_tui import config
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.screens.library.servers.form import ServerForm
from roundtable_tui.tui.screens.library.servers.list import ServersScreen
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.forms.form_row import FormRow
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer
from tests.support.screen_host import acting, frame, open_screen, said
from tests.support.waits import until

pytestmark = pytest.mark.anyio
SECRET = "sk-proj-abcdefghijklmnop"


def row(form: Any, name: str) -> FormRow:
    found: FormRow = form.query_one(f"#row-{name}", FormRow)
    return found


async def test_server_form_checks_fixes_and_saves() -> None:
    async with (
        FakeServer("Yes.", models=["small", "large"]) as fake,
        open_screen(ServerForm()) as (app, pilot),
    ):
        form = app.shown
        assert isinstance(form, ServerForm)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert not app.results and "give it a name" in row(form, "name").error
        row(form, "name").text, row(form, "base_url").text = "box", fake.root
        row(form, "api_key_env").text = SECRET
        await pilot.pause()
        assert "looks like a key" in row(form, "api_key_env").error and "✗ api key env" in frame(app)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert not app.results and not paths.settings_file().exists()
        assert app.focused is row(form, "api_key_env").field
        row(form, "api_key_env").text = ""
        await pilot.press("enter")
        findings = form.query_one("#findings", Static)
        await until(pilot, lambda: "answers" in str(findings.content))
        assert "/v1 is missing" in str(findings.content) and "small, large" in str(findings.content)
        await pilot.press("shift+f9")
        await until(
            pilot,
            lambda: "/v1 is missing" not in str(findings.content) and "answers" in str(findings.content),
        )
        assert row(form, "base_url").text == fake.url
        row(form, "model").text, row(form, "concurrency").text = "large", "2"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.results)
        assert app.results == ["box"]
        assert config.load().servers["box"] == ServerSettings("box", fake.url, model="large", concurrency=2)


async def test_server_form_hostile_text_on_small_screen() -> None:
    evil = ServerSettings("[/]\x1b[2J", "http://127.0.0.1:9/v1", model="\x1b]0;x\x07[@click=app.pwn]m[/]")
    async with open_screen(ServerForm(evil, saved_name="[/]"), (60, 15)) as (app, pilot):
        assert not acting(frame(app))
        assert "concurrency" in frame(app) and "m[/]" in frame(app)
        await pilot.press("enter")
        await until(pilot, lambda: "connection refused" in frame(app))
        assert not acting(frame(app)) and not app.pwned


async def test_server_form_unreadable_file_is_kept() -> None:
    paths.settings_file().write_text("mode = ")
    async with open_screen(ServerForm(ServerSettings("a", "http://127.0.0.1:9/v1"))) as (app, pilot):
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert not app.results and "is not TOML" in said(app, "#status")
    assert paths.settings_file().read_text() == "mode = "


FILE = """\
[servers.home]
base_url = "http://127.0.0.1:9/v1"

# the dear one
[servers.cloud]
base_url = "http://127.0.0.1:10/v1"
api_key_env = "CLOUD_KEY"   # from the safe
"""


async def test_servers_screen_lists_removes_and_restores() -> None:
    paths.settings_file().write_text(FILE)
    session = Session(RunRequest(), Settings(discovery=False))
    screen = ServersScreen(session)
    async with open_screen(screen) as (app, pilot):
        assert "cloud" in frame(app) and "home" in frame(app)
        await pilot.press("down")
        await pilot.pause()
        assert "key in $CLOUD_KEY" in said(app, "#known")
        await pilot.press("s")
        await pilot.pause()
        assert config.load().server == "cloud" and session.wish.server == "cloud"
        before = paths.settings_file().read_text()
        await pilot.press("D")
        await pilot.pause()
        assert list(config.load().servers) == ["home"] and session.settings.server != "cloud"
        assert session.wish.server == "", "who is gone is not asked"
        await pilot.press("U")
        await pilot.pause()
        assert paths.settings_file().read_text() == before
        await until(pilot, lambda: screen.entry and screen.entry.server.name == "cloud")
        await pilot.press("D")
        await pilot.pause()
        config.update_settings(theme="nord")
        await pilot.press("U")
        await pilot.pause()
        assert config.load().servers["cloud"].api_key_env == "CLOUD_KEY" and config.load().theme == "nord"
        await until(pilot, lambda: screen.entry and screen.entry.server.name == "cloud")
        screen.query_one(ItemList).highlight_item("server\nhome\n")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ServerForm) and app.screen.is_mounted)
        await until(pilot, lambda: app.screen.query(FormRow))
        assert row(app.screen, "name").text == "home"
        row(app.screen, "name").text = "desk"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        assert list(config.load().servers) == ["desk", "cloud"]
        await pilot.press("escape")
        await until(pilot, lambda: app.results)
        assert app.results == [True]
    assert "OPENAI_BASE_URL" not in os.environ


async def test_servers_screen_searches_and_follows_the_file() -> None:
    paths.settings_file().write_text(FILE)
    session = Session(RunRequest(), Settings(discovery=False))
    screen = ServersScreen(session)
    async with open_screen(screen) as (app, pilot):
        await pilot.press(*"/cloud")
        await until(pilot, lambda: screen.entry and screen.entry.server.name == "cloud")
        assert "127.0.0.1:10/" in frame(app) and "127.0.0.1:9/" not in frame(app)
        await pilot.press("escape")
        await until(pilot, lambda: "127.0.0.1:9/" in frame(app))
        paths.settings_file().write_text(FILE.replace("servers.home", "servers.desk"))
        screen._poller.poll()
        await until(pilot, lambda: "desk" in frame(app))
        assert list(session.settings.servers) == ["desk", "cloud"]
        paths.settings_file().write_text("mode = ")
        screen._poller.poll()
        await until(pilot, lambda: "is not TOML" in said(app, "#title"))
        assert "desk" in frame(app)


async def test_server_form_with_changes_asks_before_leaving() -> None:
    async with open_screen(ServerForm(ServerSettings("a", "http://127.0.0.1:9/v1"))) as (app, pilot):
        row(app.screen, "model").text = "large"
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert not app.results and "unsaved changes" in said(app, "#status")
        await pilot.press("escape")
        await until(pilot, lambda: app.results)
        assert app.results == [None]


async def test_servers_screen_empty_shows_key_to_add() -> None:
    async with open_screen(ServersScreen(Session(RunRequest(), Settings(discovery=False))), (60, 15)) as (
        app,
        _,
    ):
        assert "Press n to add one" in said(app, "#nothing")
