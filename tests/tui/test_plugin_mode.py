"""A mode of an installed third-party package can be selected and run in the app."""

from __future__ import annotations

import sys

import pytest

from roundtable_tui import modes
from roundtable_tui.tui.screens.dialogs.picker import Picker

pytestmark = pytest.mark.anyio

MODE = '''
from pydantic import Field
from roundtable_tui.table import Answer, Mode, NoAnswer, Options

class EchoOptions(Options):
    """Options of `echo`."""
    loud: bool = Field(False, description="in capitals")

async def echo(table, options):
    """Ask one seat and repeat its answer."""
    table.phase("echo")
    turn = await table.ask(table.seats[0], table.question)
    if not turn.ok:
        raise NoAnswer("no seat answered")
    return Answer(turn.text.upper() if options.loud else turn.text, turn.seat, "repeated")

MODE = Mode("echo", "one seat, repeated", EchoOptions, echo, team="roles", captain=False)
'''


@pytest.fixture
def plugin_package(tmp_path, monkeypatch):
    """Create an installed package with the mode `echo`."""
    (tmp_path / "echo_mode.py").write_text(MODE)
    info = tmp_path / "echo_mode-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-mode\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[roundtable.modes]\necho = echo_mode:MODE\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    modes.all_modes.cache_clear()
    yield
    sys.modules.pop("echo_mode", None)
    modes.all_modes.cache_clear()


async def test_plugin_mode_installed_is_selected_and_run_in_app(plugin_package, demo):
    async with demo() as seated:
        await seated.pilot.press("f2")
        await seated.until(lambda: isinstance(seated.app.screen, Picker))
        await seated.until(lambda: "echo" in seated.screen_text)
        await seated.pilot.press(*"echo", "enter")
        await seated.until(lambda: seated.table.session.wish.mode == "echo")
        await seated.ask("Is there an echo?")
        await seated.over()
        assert seated.table.session.run.result.status == "complete"
        assert "repeated" in seated.screen_text
