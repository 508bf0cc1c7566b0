"""The app's last choices: kept apart from the settings, and harmless whatever the file holds."""

from __future__ import annotations

import pytest

from roundtable_tui import config
from roundtable_tui.config.app_state import choices_file
from roundtable_tui.config.model import ServerSettings, Settings


def test_choices_come_back_and_leave_the_settings_alone():
    config.keep_choices(Settings(), mode="pro", options={"pro": {"agents": 3}})
    assert config.load() == Settings()
    found = config.with_choices(config.load())
    assert (found.mode, found.options) == ("pro", {"pro": {"agents": 3}})
    config.keep_choices(found, team="A")
    assert config.with_choices(Settings()).mode == "pro"
    assert config.with_choices(Settings()).team == "A"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"mode": 3, "server": [], "theme": "x"}', "\x00"])
def test_a_file_that_makes_no_sense_is_passed_over(content):
    choices_file().parent.mkdir(parents=True, exist_ok=True)
    choices_file().write_text(content)
    assert config.with_choices(Settings()) == Settings()


def test_a_server_that_is_gone_is_not_chosen():
    config.keep_choices(Settings(), server="work", model="m")
    assert config.with_choices(Settings()).server == ""
    known = Settings(servers={"work": ServerSettings("work", "http://x/v1")})
    assert config.with_choices(known).server == "work"
