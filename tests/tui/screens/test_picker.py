from __future__ import annotations

import pytest
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt
from roundtable_tui.tui.widgets.forms.line import SplitLine
from roundtable_tui.tui.widgets.lists.entry import TextField
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from tests.support.screen_host import SIZES, acting, frame, open_screen, said, settle

pytestmark = pytest.mark.anyio

ITEMS = [
    Item("o/llama", "llama3", "three billion", "Ollama", "2 GB"),
    Item("o/qwen", "qwen3", "eight billion", "Ollama", "5 GB"),
    Item("r/gpt", "gpt-5", "far away", "Router"),
]


def titles(picker: Picker) -> list[str]:
    return [item.title for item in picker.query_one(ItemList)._rows if item is not None]


async def test_picker_enter_selects_best_match() -> None:
    async with open_screen(Picker("Model", ITEMS)) as (app, pilot):
        await pilot.press(*"qw")
        assert said(app, "#detail") == "eight billion"
        await pilot.press("enter")
        await settle(app, pilot)
        assert app.results == ["o/qwen"]


async def test_picker_current_item_is_marked_and_highlighted() -> None:
    async with open_screen(Picker("Model", ITEMS, current="r/gpt")) as (app, pilot):
        assert "● gpt-5" in frame(app) and "● qwen3" not in frame(app)
        await pilot.press("enter")
        assert app.results == ["r/gpt"]


async def test_picker_arrows_skip_headings_and_wrap() -> None:
    async with open_screen(Picker("Model", ITEMS)) as (app, pilot):
        chosen = []
        for _ in range(4):
            chosen.append(app.screen.query_one(ItemList).item)
            await pilot.press("down")
        assert [item.id for item in chosen if item] == ["o/llama", "o/qwen", "r/gpt", "o/llama"]


async def test_picker_escape_or_outside_click_cancels() -> None:
    async with open_screen(Picker("Model", ITEMS)) as (app, pilot):
        await pilot.press("escape")
        assert app.results == [None]
    async with open_screen(Picker("Model", ITEMS)) as (app, pilot):
        await pilot.click(offset=(0, 0))
        await settle(app, pilot)
        assert app.results == [None]


async def test_picker_click_selects_item_but_not_heading() -> None:
    async with open_screen(Picker("Model", ITEMS)) as (app, pilot):
        listed = app.screen.query_one(ItemList)
        await pilot.click(listed, offset=(4, 0))
        await settle(app, pilot)
        assert app.results == []
        await pilot.click(listed, offset=(4, 2))
        await settle(app, pilot)
        assert app.results == ["o/qwen"]


async def test_picker_free_text_can_be_selected() -> None:
    async with open_screen(Picker("Model", ITEMS, allow_free=True)) as (app, pilot):
        await pilot.press(*"gpt-6")
        assert titles(app.shown) == ["use “gpt-6”"]
        await pilot.press("enter")
        assert app.results == ["gpt-6"]


async def test_picker_known_name_is_not_offered_as_free_text() -> None:
    async with open_screen(Picker("Model", ITEMS, allow_free=True)) as (app, pilot):
        await pilot.press(*"gpt-5")
        assert titles(app.shown) == ["gpt-5"]


async def test_picker_without_match_enter_does_nothing() -> None:
    async with open_screen(Picker("Model", ITEMS)) as (app, pilot):
        await pilot.press(*"xyz", "enter")
        assert app.results == []
        assert said(app, "#empty") == "No match for “xyz”."


async def test_picker_late_items_keep_search_and_highlight() -> None:
    picker = Picker("Model", [], empty="No server was found.")
    async with open_screen(picker) as (app, pilot):
        assert said(app, "#empty") == "No server was found."
        picker.set_busy("asking the server ...")
        assert said(app, "#note") == "◌ asking the server ..." and said(app, "#empty") == ""
        picker.set_items(ITEMS)
        await pilot.press("down")
        picker.set_items([Item("new", "aaa"), *ITEMS])
        item = picker.query_one(ItemList).item
        assert item is not None and item.id == "o/qwen"
        assert said(app, "#note") == ""
        await pilot.press(*"new")
        picker.set_items(ITEMS, busy="still asking ...")
        picker.set_note("one server did not answer")
        assert picker.query_one(Input).value == "new"
        assert said(app, "#note") == "◌ still asking ..."
        picker.set_busy("")
        assert said(app, "#note") == "one server did not answer"


async def test_picker_accepts_items_before_mount() -> None:
    picker = Picker("Model", [])
    picker.set_busy("asking ...")
    picker.set_items(ITEMS)
    async with open_screen(picker) as (_, _):
        assert titles(picker) == ["llama3", "qwen3", "gpt-5"]


@pytest.mark.parametrize("size", SIZES)
async def test_picker_long_list_scrolls_to_end_at_every_size(size: tuple[int, int]) -> None:
    items = [Item(str(n), f"model {n}", f"number {n}", f"server {n // 30}", "a hint") for n in range(120)]
    async with open_screen(Picker("Model", items, allow_free=True), size) as (app, pilot):
        for part in ("↑↓ move", "model 0", "server 0", "number 0", "a hint"):
            assert part in frame(app)
        await pilot.press("up")
        assert "model 119" in frame(app) and "number 119" in frame(app)
        await pilot.press("down")
        assert "server 0" in frame(app), "the heading above the first item comes back"
        await pilot.press("pagedown", "enter")
        assert app.results[0] is not None


async def test_picker_foreign_text_is_only_displayed() -> None:
    evil = "[/] [@click=app.pwn]x[/]\x1b[31m\x9b\u202e"
    picker = Picker(evil, [Item(evil, evil, evil, evil, evil)], current=evil, allow_free=True, empty=evil)
    async with open_screen(picker) as (app, pilot):
        picker.set_note(evil)
        await pilot.press(*"[/]")
        await pilot.pause()
        assert acting(frame(app)) == []
        assert "[@click=app.pwn]x[/]" in frame(app)
        await pilot.hover(app.screen.query_one(ItemList), offset=(8, 1))
        await pilot.press("enter")
        assert app.results == [evil] and not app.pwned


async def test_text_prompt_paste_becomes_one_clean_line() -> None:
    from textual import events

    async with open_screen(Picker("Model", ITEMS, allow_free=True)) as (app, pilot):
        app.screen.query_one(Input).post_message(events.Paste("a\x1b[31mb\x9bc\nd"))
        await pilot.pause()
        await pilot.press("enter")
        assert app.results == ["a␛[31mbc"]


async def test_text_prompt_suggestion_is_replaced_by_typing() -> None:
    for keys, taken in ((["x"], "x"), (["end", "x"], "old namex")):
        async with open_screen(TextPrompt("Title", "old name")) as (host, pilot):
            await pilot.press(*keys, "enter")
            await pilot.pause()
            assert host.results == [taken]


async def test_picker_long_detail_has_two_rows() -> None:
    long = Item("debate", "debate", "specialists debate " * 5 + "until one word is left")
    async with open_screen(Picker("Mode", [long, *ITEMS])) as (app, _):
        assert "until one word is left" in frame(app) and "…" not in said(app, "#detail")


async def test_text_field_keys_go_to_first_and_last_position() -> None:
    class Written(Screen[None]):
        def compose(self) -> ComposeResult:
            yield TextField("one\ntwo\nthree")

    async with open_screen(Written()) as (app, pilot):
        field = app.screen.query_one(TextField)
        field.focus()
        await pilot.press("ctrl+end")
        assert field.cursor_location == (2, 5)
        await pilot.press("ctrl+home")
        assert field.cursor_location == (0, 0)


async def test_picker_of_ten_thousand_items_builds_few_rows_and_finds_all() -> None:
    # Rows cost most of the time of a key press: only those that can be read are built.
    items = [Item(f"r/{n}", f"vendor/model-{n}", "chat", "Router") for n in range(10_000)]
    async with open_screen(Picker("Model", items, current="r/9000")) as (app, pilot):
        listed = app.screen.query_one(ItemList)
        assert listed.option_count < 210 and listed.item is not None and listed.item.id == "r/9000"
        await pilot.press(*"model-8765")
        assert listed.item is not None and listed.item.id == "r/8765"
        await pilot.press("ctrl+u")
        await pilot.press(*"model")
        last = listed.options[-1].prompt
        assert listed.option_count < 210 and isinstance(last, SplitLine) and "9,800 more" in last.left.plain
