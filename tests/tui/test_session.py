"""Where questions went the last time comes back: a found server, the embedded model, the demo."""

from __future__ import annotations

from roundtable_tui import config
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.session import Session

BLANK = {"demo": False, "local": False, "server": "", "base_url": "", "model": ""}


def again() -> Session:
    """A sitting as the next start of the app makes it."""
    return Session(RunRequest(), config.apply_app_state(config.load()))


def test_a_place_is_remembered_as_a_whole(monkeypatch) -> None:
    config.set_server(ServerSettings("home", "http://127.0.0.1:1/v1", model="own"))
    again().choose(**BLANK | {"base_url": "http://127.0.0.1:11434/v1", "model": "m"})
    assert (again().wish.base_url, again().settings.model) == ("http://127.0.0.1:11434/v1", "m")
    again().choose(**BLANK | {"server": "home"})
    assert (again().wish.base_url, again().settings.server, again().settings.model) == ("", "home", "")
    again().choose(**BLANK | {"local": True})
    assert again().wish.local and again().settings.server == ""
    again().choose(**BLANK | {"demo": True})
    assert again().wish.demo and not again().wish.local
    again().choose(**BLANK | {"base_url": "http://127.0.0.1:1234/v1"})
    assert not again().wish.demo
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:4000/v1")
    assert not again().wish.base_url, "what the environment says comes first"


def test_what_is_said_at_the_start_comes_before_what_was_chosen() -> None:
    again().choose(**BLANK | {"base_url": "http://127.0.0.1:1/v1"})
    assert Session(RunRequest(server="home"), Settings()).wish.base_url == ""
    assert not Session(RunRequest(demo=True), Settings()).wish.base_url


def test_a_choice_of_no_model_brings_back_the_files() -> None:
    config.update_settings(model="of the file")
    session = again()
    session.choose(**BLANK | {"base_url": "http://a/v1", "model": "m"})
    session.choose(**BLANK | {"base_url": "http://b/v1"})
    assert session.settings.model == "of the file" == again().settings.model
