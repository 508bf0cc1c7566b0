"""Signals at the end of a run, the palette, and what the footer and a scrolled pane say."""

from __future__ import annotations

import asyncio

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.tui.screens.dialogs.palette import CommandPicker
from roundtable_tui.tui.terminal_signals import BELL, format_end_signals, format_notification
from tests.support.fake_server import Reply

TITLE = "\x1b]2;✓ majority 2:1: Which?\x1b\\"


def signals(settings: Settings, seconds: float = 12.0) -> str:
    return format_end_signals("Which?", "majority 2:1", seconds, settings, {"TERM": "xterm-kitty"})


def test_end_signals_of_a_long_run_each_can_be_switched_off() -> None:
    kitty = "\x1b]99;;Roundtable: majority 2:1: Which?\x1b\\"
    assert signals(Settings()) == BELL + kitty + TITLE
    assert signals(Settings(bell=False)) == kitty + TITLE
    assert signals(Settings(notifications=False)) == BELL + TITLE
    assert signals(Settings(title=False)) == BELL + kitty
    assert signals(Settings(), seconds=9.9) == ""


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM_PROGRAM": "WezTerm"}, "\x1b]9;R: done\x1b\\"),
        ({"WT_SESSION": "x"}, "\x1b]9;R: done\x1b\\"),
        ({"TERM": "foot"}, "\x1b]777;notify;R;done\x1b\\"),
        ({"VTE_VERSION": "7600", "TERM": "xterm-256color"}, "\x1b]777;notify;R;done\x1b\\"),
        ({"TERM": "linux"}, ""),
        ({}, ""),
    ],
)
def test_notification_has_the_form_of_the_terminal(environ: dict[str, str], expected: str) -> None:
    assert format_notification("R", "done", environ) == expected


def test_notification_of_hostile_question_is_one_sequence() -> None:
    hostile = "a\x1b]0;owned\x07b\x1b\\c;d\x9c\ne"
    found = format_notification("R", hostile, {"TERM": "foot"})
    assert found.startswith("\x1b]777;notify;R;") and found.endswith("\x1b\\")
    body = found.removeprefix("\x1b]777;notify;R;").removesuffix("\x1b\\")
    assert not any(char in body for char in "\x1b\x07\x9c;\n")


@pytest.mark.anyio
async def test_run_end_is_announced_and_next_key_clears_the_title(demo, monkeypatch) -> None:
    async with demo() as seated:
        written: list[str] = []
        monkeypatch.setattr(seated.app, "write_to_terminal", written.append)
        monkeypatch.setattr("roundtable_tui.tui.terminal_signals.MIN_ANNOUNCED_S", 0.0)
        await seated.ask("Which?")
        await seated.over()
        await seated.until(lambda: written)
        assert BELL in written[0] and "Which?" in written[0]
        await seated.pilot.press("escape")
        await seated.until(lambda: len(written) > 1)
        assert written[1].startswith("\x1b]2;\x1b\\")


@pytest.mark.anyio
async def test_palette_runs_a_command_found_by_its_name(demo) -> None:
    async with demo() as seated:
        await seated.until(lambda: seated.table.prompt.menu is not None)
        await seated.pilot.press("ctrl+p")
        await seated.until(lambda: isinstance(seated.app.screen, CommandPicker))
        assert "Stop the run" not in seated.screen_text
        await seated.pilot.press(*"choose mode")
        await seated.until(lambda: "F2" in seated.screen_text)
        await seated.pilot.press("enter")
        await seated.until(lambda: "several agents" in seated.screen_text or "debate" in seated.screen_text)
        await seated.until(lambda: type(seated.app.screen).__name__ == "Picker")
        await seated.pilot.press("escape", "ctrl+p")
        await seated.until(lambda: isinstance(seated.app.screen, CommandPicker))
        await seated.pilot.press("ctrl+p")
        await seated.until(lambda: seated.app.screen is seated.table)


@pytest.mark.anyio
async def test_footer_says_resume_while_paused_and_scrolled_pane_counts_new_lines(scripted) -> None:
    gate = asyncio.Event()
    async with scripted(Reply("4\n[[ANSWER]] 4", gate=gate), team="roles", mode="vote") as seated:
        await seated.ask()
        await seated.until(lambda: seated.fake.requests and "F7 Pause" in seated.screen_text)
        await seated.pilot.press("f7")
        await seated.until(lambda: "F7 Resume" in seated.screen_text)
        await seated.pilot.press("f7")
        await seated.until(lambda: "F7 Pause" in seated.screen_text)
        pane = seated.stage.panes[0]
        pane.view.begin("more")
        pane.view.feed("more", "line\n\n" * 60)
        pane.view.flush()
        pane.view.scroll_home()
        pane.view.feed("more", "later\n\n" * 7)
        pane.view.flush()
        pane.write_frame()
        await seated.until(lambda: "new lines · end" in seated.screen_text)
        pane.view.scroll_end()
        await seated.until(lambda: "new lines" not in seated.screen_text)
        gate.set()
        await seated.over()
