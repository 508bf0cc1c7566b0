"""The session remembers the chosen server: a discovered one, the built-in model or the demo."""

from __future__ import annotations

import pytest

from roundtable_tui import config
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.session import Session

BLANK = {"demo": False, "local": False, "server": "", "base_url": "", "model": ""}


def next_session() -> Session:
    """Return a session as the next start of the app creates it."""
    return Session(RunRequest(), config.apply_app_state(config.load()))


def test_choose_server_is_remembered_by_next_session(monkeypatch) -> None:
    config.set_server(ServerSettings("home", "http://127.0.0.1:1/v1", model="own"))
    next_session().choose(**BLANK | {"base_url": "http://127.0.0.1:11434/v1", "model": "m"})
    assert (next_session().wish.base_url, next_session().settings.model) == ("http://127.0.0.1:11434/v1", "m")
    next_session().choose(**BLANK | {"server": "home"})
    assert (next_session().wish.base_url, next_session().settings.server, next_session().settings.model) == (
        "",
        "home",
        "",
    )
    next_session().choose(**BLANK | {"local": True})
    assert next_session().wish.local and next_session().settings.server == ""
    next_session().choose(**BLANK | {"demo": True})
    assert next_session().wish.demo and not next_session().wish.local
    next_session().choose(**BLANK | {"base_url": "http://127.0.0.1:1234/v1"})
    assert not next_session().wish.demo
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:4000/v1")
    assert not next_session().wish.base_url, "the environment overrides the remembered server"


def test_session_command_line_server_overrides_remembered_one() -> None:
    next_session().choose(**BLANK | {"base_url": "http://127.0.0.1:1/v1"})
    assert Session(RunRequest(server="home"), Settings()).wish.base_url == ""
    assert not Session(RunRequest(demo=True), Settings()).wish.base_url


def test_choose_without_model_restores_model_of_settings_file() -> None:
    config.update_settings(model="of the file")
    session = next_session()
    session.choose(**BLANK | {"base_url": "http://a/v1", "model": "m"})
    session.choose(**BLANK | {"base_url": "http://b/v1"})
    assert session.settings.model == "of the file" == next_session().settings.model


@pytest.mark.anyio
async def test_prepared_run_does_not_hold_its_prompts() -> None:
    session = Session(RunRequest(demo=True), Settings())
    try:
        assert not (await session.prepare("Wood or steel?")).keeps_prompts
    finally:
        await session.close()
