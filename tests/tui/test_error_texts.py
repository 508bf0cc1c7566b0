"""Errors in the app say what to do in the app: keys and options, not flags or arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui import config
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.interface import by_interface, parameter_name
from tests.support.pilot import sitting

pytestmark = pytest.mark.anyio


async def test_main_screen_error_names_keys_and_no_flag() -> None:
    async with sitting(RunRequest(demo=True, mode="chain")) as seated:
        seated.table.prompt.focus()
        seated.table.prompt.text = "What is it about?"
        await seated.pilot.press("enter")
        await seated.until(lambda: "there is no text to read" in seated.screen_text)
        shown = " ".join(seated.screen_text.split())
        assert "Type /attach PATH" in shown and "--attach" not in shown
        await seated.pilot.press("ctrl+n")
        await seated.until(lambda: "there is no text to read" not in seated.screen_text)


async def test_app_names_unknown_settings_once_at_its_start(roundtable_home: Path) -> None:
    text = '[servers.az]\nbase_url = "http://127.0.0.1:9/v1"\nextra_body = { a = 1 }\n[b]\n"x[red]" = 1\n'
    (roundtable_home / "settings.toml").write_text(text)
    async with sitting(RunRequest(demo=True), settings=config.load()) as seated:
        await seated.until(lambda: "have no effect" in " ".join(seated.screen_text.split()))
        (shown,) = seated.app._notifications
        assert "servers.az.extra_body (here: params)" in shown.message and "settings.toml" in shown.message
        assert shown.severity == "warning"


async def test_app_leaves_the_texts_outside_it_alone() -> None:
    async with sitting(RunRequest(demo=True)):
        pass
    assert parameter_name("max_tokens") == "--max-tokens"
    assert by_interface(command_line="a", python="b", app="c") == "a"
