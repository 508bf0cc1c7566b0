"""The app's last choices: kept apart from the settings, and harmless whatever the file holds."""

from __future__ import annotations

import pytest

from roundtable_tui import config
from roundtable_tui.config.app_state import app_state_file
from roundtable_tui.config.model import ServerSettings, Settings


def test_apply_app_state_restores_choices_without_changing_settings():
    config.save_app_state(Settings(), mode="pro", options={"pro": {"agents": 3}})
    assert config.load() == Settings()
    found = config.apply_app_state(config.load())
    assert (found.mode, found.options) == ("pro", {"pro": {"agents": 3}})
    config.save_app_state(found, team="A")
    assert config.apply_app_state(Settings()).mode == "pro"
    assert config.apply_app_state(Settings()).team == "A"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"mode": 3, "server": [], "theme": "x"}', "\x00"])
def test_apply_app_state_invalid_file_is_ignored(content):
    app_state_file().parent.mkdir(parents=True, exist_ok=True)
    app_state_file().write_text(content)
    assert config.apply_app_state(Settings()) == Settings()


def test_apply_app_state_removed_server_is_ignored():
    config.save_app_state(Settings(), server="work", model="m")
    assert config.apply_app_state(Settings()).server == ""
    known = Settings(servers={"work": ServerSettings("work", "http://x/v1")})
    assert config.apply_app_state(known).server == "work"
