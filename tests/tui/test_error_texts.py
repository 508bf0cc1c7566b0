"""Errors in the app say what to do in the app: keys and options, not flags or arguments."""

from __future__ import annotations

import pytest

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


async def test_app_leaves_the_texts_outside_it_alone() -> None:
    async with sitting(RunRequest(demo=True)):
        pass
    assert parameter_name("max_tokens") == "--max-tokens"
    assert by_interface(command_line="a", python="b", app="c") == "a"
