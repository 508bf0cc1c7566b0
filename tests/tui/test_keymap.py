"""Keys of one's own; the row of keys; help that begins where one is; a screen at rest."""

from __future__ import annotations

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.commands import COMMANDS, format_short_key, make_bindings
from roundtable_tui.tui.keymap import find_conflicts, is_key, validate_keys
from roundtable_tui.tui.reduced_motion import is_motion_reduced, is_reduced_motion_requested
from roundtable_tui.tui.screens.dialogs.help import HelpScreen
from roundtable_tui.tui.widgets.key_hints import KeyHint, KeyHints, fit_hints, get_sort_key
from roundtable_tui.tui.widgets.transcript import get_scheduler
from tests.support.pilot import Medium, Small, sitting  # noqa: F401


def test_commands_default_keys_are_valid_without_conflicts():
    assert all(is_key(key) for command in COMMANDS if command.keys for key in command.keys.split(","))
    assert find_conflicts({}, COMMANDS) == []
    assert {binding.id for binding in make_bindings("pane")} >= {"zoom", "copy_answer"}
    assert [format_short_key(key) for key in ("f7", "ctrl+g,x", "escape", "question_mark")] == [
        "F7",
        "^g",
        "esc",
        "?",
    ]


@pytest.mark.parametrize(
    ("keys", "used", "told"),
    [
        ({"zoom": "Z"}, {"zoom": "Z"}, ""),
        ({"zoom": "e", "edit_seat": "h"}, {"zoom": "e", "edit_seat": "h"}, ""),
        ({"zoomm": "x"}, {}, "keys.zoomm is not a command. Did you mean zoom?"),
        ({"pause": "crtl+p"}, {}, 'keys.pause: "crtl+p" is not a key'),
        ({"help": "question_mark"}, {}, "is needed for typing"),
        ({"quit": "q"}, {}, "is needed for typing"),
        ({"zoom": "e"}, {"zoom": "e"}, "keys.zoom: e is also “Edit persona” (edit_seat)"),
        ({"copy_pane": "T"}, {"copy_pane": "T"}, "T is also “Copy transcript”"),
        ({"stop_run": "f7"}, {"stop_run": "f7"}, "F7 is also “Pause / resume” (pause)"),
        ({"edit_seat": "h"}, {"edit_seat": "h"}, ""),
    ],
)
def test_validate_keys_gives_usable_keys_and_errors(keys, used, told):
    usable, wrong = validate_keys(keys)
    assert usable == used
    assert len(wrong) == bool(told) and told in "".join(wrong)


def test_key_hints_every_screen_shows_way_out():
    ways_out = [one for one in COMMANDS if one.keys == "escape" and one.scope not in ("table", "server")]
    assert {one.scope for one in ways_out} >= {
        "runs",
        "replay",
        "tasks",
        "text",
        "personas",
        "teams",
        "settings",
    }
    assert all(one.footer in ("Back", "Leave") for one in ways_out)
    hints = [
        KeyHint("esc", "Back", "screen.leave_x"),
        KeyHint("F1", "Help", "app.help"),
        KeyHint("n", "New", "new_x"),
    ]
    hints.append(KeyHint("^q", "Quit", "app.quit"))
    assert [one.label for one in sorted(hints, key=get_sort_key)] == ["New", "Back", "Quit", "Help"]


def test_fit_hints_narrow_width_drops_highest_ranks():
    hints = [
        KeyHint("a", "one", "1", 0),
        KeyHint("b", "two", "2", 2),
        KeyHint("c", "three", "3", 2),
        KeyHint("d", "four", "4", 1),
    ]
    assert fit_hints(hints, 100) == hints
    assert [hint.label for hint in fit_hints(hints, 20)] == ["one", "two", "four"]
    assert [hint.label for hint in fit_hints(hints, 14)] == ["one", "four"]
    assert [hint.label for hint in fit_hints(hints, 1)] == ["one"]


@pytest.mark.parametrize(("value", "calm"), [("1", True), ("reduce", True), ("0", False), ("", False)])
def test_reduced_motion_environment_is_respected(value, calm):
    assert is_reduced_motion_requested({"NO_MOTION": value}) is calm


@pytest.mark.anyio
async def test_help_starts_at_focus_with_keys_from_settings(demo):
    keys = {"zoom": "Z", "zomm": "x"}
    settings = Settings(animations=False, discovery=False, keys=keys)
    async with sitting(RunRequest(demo=True), Medium, settings) as seated:
        await seated.until(lambda: "keys.zomm is not a command" in seated.screen_text, "a wrong key is told")
        await seated.until(lambda: seated.table.query(KeyHints) and "F1 Help" in seated.screen_text)
        assert "F2 Mode" in seated.screen_text and not seated.table.prompt.cursor_blink
        assert is_motion_reduced(seated.app) and get_scheduler(seated.app)._min_level == 5
        await seated.pilot.press("f1")
        await seated.until(lambda: isinstance(seated.app.screen, HelpScreen))
        assert isinstance(seated.app.screen, HelpScreen)
        titles = [title for title, _ in seated.app.screen._sections]
        assert titles[:2] == ["Input (active)", "Main screen"] and titles[-1] == "Anywhere"
        await seated.pilot.press("f1", "f2")
        await seated.until(lambda: seated.app.screen.is_modal, "a choice is open")
        await seated.pilot.press("f1")
        await seated.until(lambda: isinstance(seated.app.screen, HelpScreen), "help in a dialogue, too")
        await seated.pilot.press("escape", "escape")
        await seated.ask()
        await seated.over()
        await seated.pilot.press("escape", "1")
        await seated.until(lambda: "Z Zoom" in seated.screen_text, "the row follows the focus")
        await seated.pilot.press("f1")
        await seated.until(lambda: isinstance(seated.app.screen, HelpScreen))
        assert isinstance(seated.app.screen, HelpScreen)
        title, rows = seated.app.screen._sections[0]
        assert title == "Pane (active)" and ("Z", "Zoom pane") in [row[:2] for row in rows]
        await seated.pilot.press("escape", "Z")
        assert seated.stage.zoomed
