"""A mode that somebody else's package brings: one file, one entry point, and it is in the app."""

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
    """Ask one seat and say it again."""
    table.phase("echo")
    turn = await table.ask(table.seats[0], table.question)
    if not turn.ok:
        raise NoAnswer("nobody spoke")
    return Answer(turn.text.upper() if options.loud else turn.text, turn.seat, "said again")

MODE = Mode("echo", "one seat, said again", EchoOptions, echo, team="roles", captain=False)
'''


@pytest.fixture
def outsider(tmp_path, monkeypatch):
    """A package with the mode `echo`, as if it had been installed."""
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


async def test_it_is_chosen_and_run_in_the_app(outsider, demo):
    async with demo() as seated:
        await seated.pilot.press("f2")
        await seated.until(lambda: isinstance(seated.app.screen, Picker))
        assert "echo" in seated.screen_text
        await seated.pilot.press(*"echo", "enter")
        await seated.until(lambda: seated.table.session.wish.mode == "echo")
        await seated.ask("Is there an echo?")
        await seated.over()
        assert seated.table.session.run.result.status == "complete"
        assert "said again" in seated.screen_text
