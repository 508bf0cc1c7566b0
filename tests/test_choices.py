"""The app's last choices: kept apart from the settings, and harmless whatever the file holds."""

from __future__ import annotations

import pytest

from roundtable_tui import settings
from roundtable_tui.settings.choices import choices_file
from roundtable_tui.settings.model import ServerSettings, Settings


def test_choices_come_back_and_leave_the_settings_alone():
    settings.keep_choices(Settings(), mode="pro", options={"pro": {"agents": 3}})
    assert settings.load() == Settings()
    found = settings.with_choices(settings.load())
    assert (found.mode, found.options) == ("pro", {"pro": {"agents": 3}})
    settings.keep_choices(found, team="A")
    assert settings.with_choices(Settings()).mode == "pro"
    assert settings.with_choices(Settings()).team == "A"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"mode": 3, "server": [], "theme": "x"}', "\x00"])
def test_a_file_that_makes_no_sense_is_passed_over(content):
    choices_file().parent.mkdir(parents=True, exist_ok=True)
    choices_file().write_text(content)
    assert settings.with_choices(Settings()) == Settings()


def test_a_server_that_is_gone_is_not_chosen():
    settings.keep_choices(Settings(), server="work", model="m")
    assert settings.with_choices(Settings()).server == ""
    known = Settings(servers={"work": ServerSettings("work", "http://x/v1")})
    assert settings.with_choices(known).server == "work"
