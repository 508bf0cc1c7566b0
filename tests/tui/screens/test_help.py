from __future__ import annotations

import pytest

from roundtable_tui.tui.screens.dialogs.help import HelpScreen
from roundtable_tui.tui.widgets.forms.key_table import KeyTable
from tests.support.screen_host import SIZES, acting, frame, open_screen, settle

pytestmark = pytest.mark.anyio

SECTIONS = [
    ("At the table", [("ctrl+n", "New question", "Clears the table."), ("f3", "Team", "Who sits there.")]),
    ("On a pane", [("z", "Zoom", "To the whole screen."), ("[/]", "[@click=app.pwn]x[/]", "\x1b[31mred")]),
    ("Nothing", []),
]


@pytest.mark.parametrize("size", SIZES)
async def test_help_all_keys_are_readable_at_every_size(size: tuple[int, int]) -> None:
    async with open_screen(HelpScreen(SECTIONS, "How it works, [/] in a line."), size) as (app, pilot):
        seen = frame(app)
        heights = {table.size.height for table in app.screen.query(KeyTable)}
        assert heights == {2 if size[0] == 160 else 4}, "as many rows as there are, and no gap below them"
        for _ in range(4):
            await pilot.press("down")
        await pilot.press("end")
        seen += frame(app)
        for title, rows in SECTIONS[:2]:
            assert title in seen
            for keys, command, _ in rows:
                assert keys in seen and command in seen
        assert "How it works, [/] in a line." in seen
        assert "Clears the table." in seen and "Nothing" not in seen
        assert acting(seen) == []


@pytest.mark.parametrize("key", ["escape", "f1"])
async def test_help_closes_by_key(key: str) -> None:
    async with open_screen(HelpScreen(SECTIONS)) as (app, pilot):
        await pilot.press(key)
        assert app.results == [None]


async def test_help_typed_words_are_searched_and_escape_clears_them_first() -> None:
    async with open_screen(HelpScreen(SECTIONS)) as (app, pilot):
        await pilot.press(*"who sits")
        await settle(app, pilot)
        assert "Team" in frame(app) and "Zoom" not in frame(app) and "On a pane" not in frame(app)
        await pilot.press("x")
        await settle(app, pilot)
        assert "No key for “who sitsx”" in frame(app)
        await pilot.press("escape")
        await settle(app, pilot)
        assert app.results == [] and "Zoom" in frame(app)
        await pilot.press("escape")
        assert app.results == [None]


async def test_help_outside_click_closes() -> None:
    async with open_screen(HelpScreen(SECTIONS)) as (app, pilot):
        page = app.screen.query_one("#page")
        row = next(y for y, line in enumerate(frame(app).split("\n")) if "app.pwn" in line)
        await pilot.click(offset=(frame(app).split("\n")[row].index("x[/]"), row))
        await pilot.click(page, offset=(0, 0))
        assert app.results == [] and not app.pwned
        await pilot.click(offset=(0, 0))
        await settle(app, pilot)
        assert app.results == [None]


async def test_help_colours_follow_theme() -> None:
    async with open_screen(HelpScreen(SECTIONS)) as (app, pilot):
        before = app.export_screenshot()
        app.theme = "textual-light"
        await settle(app, pilot)
        assert app.export_screenshot() != before
        assert "ctrl+n" in frame(app)
