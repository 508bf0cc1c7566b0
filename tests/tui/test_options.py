"""The form of a mode's options: made from the options alone, checked as one types, remembered."""

from __future__ import annotations

import pytest
from textual.widgets import Checkbox, Input

from roundtable_tui import config
from roundtable_tui.tui.screens.dialogs.options import OptionsScreen

pytestmark = pytest.mark.anyio


async def opened(seated) -> OptionsScreen:
    await seated.pilot.press("shift+f2")
    await seated.until(
        lambda: isinstance(seated.app.screen, OptionsScreen) and seated.app.screen.query(Input)
    )
    await seated.pilot.pause()
    return seated.app.screen


@pytest.mark.parametrize("mode", ["debate", "pro", "roundtable", "vote", "loop"])
async def test_options_screen_has_field_per_option_of_every_mode(demo, mode):
    from roundtable_tui import modes

    async with demo(mode=mode) as seated:
        form = await opened(seated)
        for name in modes.get_mode(mode).options.model_fields:
            assert form.query_one(f"#row-{name}")


async def test_options_saved_are_used_and_remembered(demo):
    async with demo(mode="debate") as seated:
        form = await opened(seated)
        form.query_one("#row-max_rounds Input", Input).value = "1"
        form.query_one("#row-mask Checkbox", Checkbox).value = False
        await seated.pilot.press("ctrl+s")
        await seated.until(lambda: not isinstance(seated.app.screen, OptionsScreen))
        assert config.apply_app_state(config.load()).options["debate"] == {"max_rounds": "1", "mask": False}
        await seated.ask("Why?")
        await seated.over()
        options = seated.table.session.run.plan.options
        assert options.max_rounds == 1 and options.mask is False


async def test_options_invalid_value_shows_error(demo):
    async with demo(mode="debate") as seated:
        form = await opened(seated)
        form.query_one("#row-max_rounds Input", Input).value = "ninety"
        await seated.pilot.pause()
        assert "max_rounds" in seated.screen_text and "ninety" in seated.screen_text
        await seated.pilot.press("ctrl+s")
        await seated.pilot.pause()
        assert isinstance(seated.app.screen, OptionsScreen)
        await seated.pilot.press("ctrl+l", "ctrl+s")
        await seated.until(lambda: not isinstance(seated.app.screen, OptionsScreen))
        assert not config.apply_app_state(config.load()).options.get("debate")


async def test_options_cancelled_changes_nothing(demo):
    async with demo(mode="debate") as seated:
        form = await opened(seated)
        form.query_one("#row-max_rounds Input", Input).value = "2"
        await seated.pilot.press("escape")
        await seated.until(lambda: not isinstance(seated.app.screen, OptionsScreen))
        assert not seated.table.session.wish.options
