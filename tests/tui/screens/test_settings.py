"""The settings as a form, and the keys: all the file holds, checked as one types, saved without loss."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Checkbox

from roundtable_tui import config
from roundtable_tui.config.fields import GENERAL_SETTINGS, LIMIT_SETTINGS
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.commands import COMMANDS
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.settings.keys import KeyPrompt, KeysScreen, find_clash
from roundtable_tui.tui.screens.settings.screen import SettingsScreen
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.forms.form_row import FormRow
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from roundtable_tui.utils import paths
from tests.support.screen_host import frame, open_screen, said
from tests.support.waits import until

pytestmark = pytest.mark.anyio
FILE = """\
mode = "pro"         # mine
mouse = true         # it is the default
from_tomorrow = 3

[limits]             # patience
idle = 60
"""


def row(screen: Any, name: str) -> FormRow:
    found: FormRow = screen.query_one(f"#row-{name}", FormRow)
    return found


def sitting() -> Session:
    return Session(RunRequest(), config.apply_app_state(config.load()))


async def test_settings_screen_saves_only_changes() -> None:
    paths.settings_file().write_text(FILE)
    session = sitting()
    screen = SettingsScreen(session)
    async with open_screen(screen, (160, 50)) as (app, pilot):
        assert {one.setting.name for one in screen.query(FormRow)} == {
            one.name for one in (*GENERAL_SETTINGS, *LIMIT_SETTINGS)
        }
        assert (row(screen, "mode").text, row(screen, "idle").text) == ("pro", "60")
        row(screen, "agents").text, row(screen, "mode").text = "0", "debat"
        await pilot.pause()
        assert "from 1 to 64" in row(screen, "agents").error
        assert "Did you mean debate?" in row(screen, "mode").error
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert paths.settings_file().read_text() == FILE and "debat" in said(app, "#fault")
        row(screen, "agents").text = "4"
        row(screen, "mode").field.focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Picker) and app.screen.query(ItemList))
        await pilot.pause()
        await pilot.press(*"vote", "enter")
        await until(pilot, lambda: app.screen is screen)
        row(screen, "theme").text, row(screen, "turn").text, row(screen, "budget").text = "nord", "900", "20k"
        flag = row(screen, "animations").field
        assert isinstance(flag, Checkbox)
        flag.value = False
        await pilot.pause()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: config.load().agents == 4)
        text = paths.settings_file().read_text()
        for kept in ("# mine", "mouse = true         # it is the default", "from_tomorrow = 3", "# patience"):
            assert kept in text
        got = config.load()
        assert (got.mode, got.theme, got.limits.turn, got.limits.idle, got.budget, got.animations) == (
            "vote", "nord", 900, 60, 20_000, False,
        )  # fmt: skip
        assert app.theme == "nord" and app.animation_level == "none", "they act at once"
        assert session.wish.mode == "vote" and session.settings.agents == 4
        row(screen, "mouse").text = "off"
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert not app.results and "Unsaved changes" in said(app, "#fault")
        await pilot.press("escape")
        await until(pilot, lambda: app.results)
    assert config.load().mouse


async def test_settings_screen_lower_than_its_rows_opens_at_its_first_heading() -> None:
    screen = SettingsScreen(sitting())
    async with open_screen(screen, (80, 24)) as (_, pilot):
        rows = screen.query_one("#rows")
        await pilot.pause()
        assert rows.max_scroll_y > 0 and rows.scroll_y == 0
        row(screen, "turn").field.focus()
        await until(pilot, lambda: rows.scroll_y > 0)
        row(screen, "server").field.focus()
        await until(pilot, lambda: rows.scroll_y == 0)


async def test_settings_screen_broken_file_is_not_overwritten() -> None:
    session = sitting()
    paths.settings_file().write_text("mode = ")
    async with open_screen(SettingsScreen(session), (60, 15)) as (app, pilot):
        assert "is not TOML" in said(app, "#fault")
        await pilot.press("ctrl+s", "escape")
        await until(pilot, lambda: app.results)
    assert paths.settings_file().read_text() == "mode = "


async def test_keys_screen_changes_and_resets_key() -> None:
    paths.settings_file().write_text('[keys]\nzoom = "ctrl+y"   # as I like it\n')
    session = sitting()
    screen = KeysScreen(session)
    async with open_screen(screen, (80, 24)) as (app, pilot):
        assert "ctrl+y  (changed)" in frame(app) or "1 changed" in said(app, "#title")
        screen.query_one(ItemList).highlight_item("pause")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, KeyPrompt))
        await pilot.press("f8")
        await pilot.pause()
        assert "Stop the run" in said(app, "#clash")
        await pilot.press("ctrl+x")
        await until(pilot, lambda: app.screen is screen)
        assert config.load().keys == {"zoom": "ctrl+y", "pause": "ctrl+x"} == session.settings.keys
        assert "# as I like it" in paths.settings_file().read_text()
        await pilot.press("D")
        await pilot.pause()
        assert config.load().keys == {"zoom": "ctrl+y"}
        await pilot.press("escape")
        await until(pilot, lambda: app.results)


def test_keys_screen_conflict_only_in_same_scope() -> None:
    by_id = {one.id: one for one in COMMANDS}
    assert find_clash(by_id["pause"], "f8", {}) == "Stop the run"
    assert find_clash(by_id["pause"], "f8", {"stop_run": "ctrl+x"}) == ""
    assert find_clash(by_id["pause"], "f1", {}) == "Help"
    assert find_clash(by_id["replay_run"], "z", {}) == ""
