"""The view in an app: following, scrolling, folding, resizing, and what it hands to the compositor."""

from __future__ import annotations

import re

import pytest
from textual.geometry import Offset, Region
from textual.screen import ModalScreen, Screen
from textual.selection import Selection

from roundtable_tui.tui.widgets.transcript import StreamView, get_scheduler
from tests.support.stream_host import Host, heard_by, lines, shown, view_of
from tests.support.transcript import fed, texts
from tests.support.waits import until

pytestmark = pytest.mark.anyio


def more(view: StreamView, count: int, first: int) -> None:
    """Let more lines come, and draw them as the ticker would."""
    view.feed("a.1", lines(count, first))
    view.flush()


async def test_view_new_text_starts_at_top_and_follows_end() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        view.begin("a.1")
        more(view, 3, 0)
        assert shown(view)[:4] == ["line 0", "line 1", "line 2", ""]
        assert view.scroll_y == 0
        more(view, 30, 3)
        assert shown(view)[-1] == "line 32"
        assert view.following


@pytest.mark.parametrize("key", ["pageup", "up", "home"])
async def test_view_scrolled_up_keeps_rows_while_text_arrives(key: str) -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        more(view, 40, 0)
        await pilot.press(key)
        assert not view.following
        before = shown(view)
        more(view, 40, 40)
        assert shown(view) == before
        assert heard_by(pilot) == [False]


@pytest.mark.parametrize("keys", [["end"], ["pagedown"], ["down"] * 8])
async def test_view_end_reached_by_key_follows_again(keys: list[str]) -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        more(view, 16, 0)
        await pilot.press("home")
        more(view, 2, 16)
        await pilot.press(*keys)
        assert view.following
        more(view, 5, 18)
        assert shown(view)[-1] == "line 22"
        assert heard_by(pilot) == [False, True]


async def test_view_mouse_wheel_leaves_end_and_returns() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        more(view, 40, 0)
        await pilot._post_mouse_events([_wheel_up()], view, offset=(3, 3))
        assert not view.following
        for _ in range(5):
            await pilot._post_mouse_events([_wheel_down()], view, offset=(3, 3))
        assert view.following


def _wheel_up() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp


def _wheel_down() -> type:
    from textual.events import MouseScrollDown

    return MouseScrollDown


async def test_view_scroll_mark_can_be_dragged_to_both_ends() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        more(view, 100, 0)
        await pilot.mouse_down(view, offset=(39, 9))
        await pilot.hover(view, offset=(39, 0))
        assert view.scroll_y == 0
        assert not view.following
        await pilot.hover(view, offset=(39, 9))
        await pilot.mouse_up(view, offset=(39, 9))
        assert view.following
        assert view.text_selection is None


async def test_view_reasoning_line_expands_and_collapses() -> None:
    async with Host().run_test(size=(50, 14)) as pilot:
        view = view_of(pilot)
        view.begin("a.1", "Round 1")
        view.feed("a.1", "First I look at it.\nThen I think.", reasoning=True)
        view.flush()
        assert shown(view)[1].startswith("▾ thinking 0 s"), "reasoning is shown while it streams"
        assert shown(view)[2:4] == ["│ First I look at it.", "│ Then I think."]
        view.feed("a.1", "The answer.")
        view.flush()
        assert re.fullmatch(r"▸ thought for \d+ ms · ~8 tokens", shown(view)[1])
        assert shown(view)[2:4] == ["", "The answer."]
        await pilot.press("o")
        view.flush()
        assert shown(view)[1].startswith("▾ thought for ")
        assert shown(view)[2:6] == ["│ First I look at it.", "│ Then I think.", "", "The answer."]
        await pilot.press("enter")
        view.flush()
        assert shown(view)[3] == "The answer."
        await pilot.click(view, offset=(5, 1))
        view.flush()
        assert shown(view)[2] == "│ First I look at it."


async def test_view_expanded_reasoning_keeps_its_line_in_place() -> None:
    async with Host().run_test(size=(50, 10)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", lines(30), reasoning=True)
        view.feed("a.1", lines(4))
        view.flush()
        row = next(y for y, text in enumerate(shown(view)) if text.startswith("▸"))
        await pilot.click(view, offset=(4, row))
        view.flush()
        assert shown(view)[row].startswith("▾")
        assert shown(view)[row + 1] == "│ line 0"


async def test_view_resize_keeps_top_row() -> None:
    async with Host().run_test(size=(60, 10)) as pilot:
        view = view_of(pilot)
        text = "".join(f"{number}: " + "some words that need wrapping " * 4 + "\n" for number in range(400))
        view.feed("a.1", text)
        view.flush()
        view.scroll_to(y=view.document.height // 2)
        first = next(text for text in shown(view) if ":" in text).split(":")[0]
        for width in (30, 90, 24, 60):
            await pilot.resize_terminal(width, 10)
            while view.size.width != width:  # The layout may follow later on a busy machine.
                await pilot.pause()
            while view.flush():
                pass
            assert any(text.startswith(first + ":") for text in shown(view)), (width, first, shown(view))
            fresh = texts(fed([text], width - 3, each=False))
            assert shown(view) == [row.strip() for row in fresh[view.scroll_offset.y :][:10]]
        await pilot.press("end")
        await pilot.resize_terminal(35, 8)
        while view.size.width != 35:
            await pilot.pause()
        while view.flush():
            pass
        assert view.scroll_y == view.max_scroll_y
        assert "399" in "".join(shown(view))


async def test_view_resize_wraps_visible_rows_first() -> None:
    async with Host().run_test(size=(60, 10)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", lines(20_000))
        while view.flush():
            pass
        rows_before = view.document.work[1]
        view.styles.width = 40
        await pilot.pause()
        assert view.document.work[1] - rows_before < 2000
        assert shown(view)[-1] == "line 19999"


async def test_view_reset_removes_text_of_first_attempt() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        view.begin("a.1", "Round 1")
        view.feed("a.1", "half a thou", reasoning=True)
        view.feed("a.1", lines(50))
        view.flush()
        await pilot.press("home")
        view.reset("a.1")
        view.feed("a.1", "again")
        view.flush()
        assert [text for text in shown(view) if text][1:] == ["again"]
        assert view.following


async def test_view_resplit_replaces_reasoning_and_answer() -> None:
    async with Host().run_test(size=(50, 10)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", "I think so.</think>Yes.")
        view.flush()
        view.resplit("a.1", "I think so.", "Yes.")
        view.flush()
        assert shown(view)[0].startswith("▸ thought for")
        assert shown(view)[2] == "Yes."


async def test_view_hidden_stores_text_without_drawing() -> None:
    async with Host(2).run_test(size=(80, 10)) as pilot:
        view = pilot.app.query_one("#s1", StreamView)
        view.feed("a.1", "seen\n")
        view.flush()
        view.display = False
        await pilot.pause()
        made, lexed = view.strips_made, view.document.work[0]
        for number in range(20):
            view.feed("a.1", lines(10, number * 10))
            assert view.flush() is False
        assert (view.strips_made, view.document.work[0]) == (made, lexed)
        assert view.document.get_answer("a.1").endswith("line 199\n")
        view.display = True
        await pilot.pause()
        view.flush()
        assert shown(view)[-1] == "line 199"


async def test_view_behind_screen_is_drawn_after_it_closes() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        await pilot.app.push_screen(Screen())
        assert not view.is_in_view
        view.feed("a.1", "came meanwhile")
        get_scheduler(pilot.app).flush_all()
        assert view.document.has_pending
        await pilot.app.pop_screen()
        for _ in range(100):
            await pilot.pause(0.01)
            if shown(view)[0] == "came meanwhile":
                return
        pytest.fail("what came meanwhile was not drawn")


async def test_view_behind_translucent_screen_is_drawn() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        await pilot.app.push_screen(ModalScreen())
        view.feed("a.1", "seen below")
        view.flush()
        assert shown(view)[0] == "seen below"


async def test_view_theme_change_recolours_rows() -> None:
    async with Host().run_test(size=(40, 6)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", "# Title\ntext")
        view.flush()
        dark = [segment.style for segment in view.render_lines(view.size.region)[0]]
        pilot.app.theme = "textual-light"
        await pilot.pause()
        light = [segment.style for segment in view.render_lines(view.size.region)[0]]
        assert dark != light
        assert shown(view)[:2] == ["Title", "text"]


async def test_view_strips_have_view_width_with_and_without_border() -> None:
    text = "# Kopf\n\n- 日本語 and **bold** text that is wrapped\n\n"
    text += "| a | b |\n|---|---|\n| 1 | 二 |\n\n```py\nx = 1\n```\n"
    async with Host().run_test(size=(33, 20)) as pilot:
        view = view_of(pilot)
        view.begin("a.1", "A title that is much too long for such a narrow view")
        view.feed("a.1", text)
        view.end("a.1", "the connection was closed: \x1b[31m try again", "failed")
        for width in (33, 20, 12, 5, 3, 1):
            await pilot.resize_terminal(width, 20)
            await until(pilot, lambda width=width: view.size.width == width)  # The layout may come later.
            view.flush()
            for strip in view.render_lines(view.size.region):
                assert strip.cell_length == width == sum(segment.cell_length for segment in strip)
                assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in strip.text)
        view.styles.border = ("round", "red")
        await pilot.resize_terminal(40, 20)
        await until(pilot, lambda: view.outer_size.width == 40)
        view.flush()
        assert "Kopf" in view.render_line(2).text
        assert view.render_lines(view.outer_size.region)[0].text.startswith("╭")


async def test_view_selection_copies_wrapped_rows_as_lines() -> None:
    async with Host().run_test(size=(24, 12)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", "- a line of words that is wrapped\n\n```py\nif x:\n    y = 'a  b'\n```\nend")
        view.flush()
        everything = Selection(Offset(0, 0), Offset(30, view.document.height))
        assert view.get_selection(everything) == (
            "• a line of words that is wrapped\n\n```py\nif x:\n    y = 'a  b'\n```\nend", "\n",
        )  # fmt: skip
        await pilot.mouse_down(view, offset=(3, 0))
        await pilot.hover(view, offset=(9, 0))
        await pilot.mouse_up(view, offset=(9, 0))
        assert pilot.app.screen.get_selected_text() == "a line"
        chosen = pilot.app.screen.get_component_rich_style("screen--selection").bgcolor
        row = view.render_lines(view.size.region)[0]
        assert "".join(s.text for s in row if s.style and s.style.bgcolor == chosen).rstrip() == "a line"
        assert row.cell_length == 24
        await pilot.press("escape")
        pilot.app.screen.selections = {view: Selection(None, None)}
        assert pilot.app.screen.get_selected_text() == view.copy_text().rstrip("\n")
        await pilot.resize_terminal(30, 12)
        assert view.text_selection is None


async def test_view_clicked_link_is_reported_not_opened() -> None:
    async with Host().run_test(size=(60, 6)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", "see [this](https://example.org/a) and [that](javascript:x) ")
        view.flush()
        await pilot.click(view, offset=(6, 0))
        await pilot.click(view, offset=(48, 0))
        await pilot.pause()
        assert heard_by(pilot) == ["https://example.org/a"]


async def test_view_turns_are_shown_in_order_with_end_notes() -> None:
    async with Host().run_test(size=(40, 20)) as pilot:
        view = view_of(pilot)
        view.begin("a.1", "Round 1")
        view.feed("a.1", "One.")
        view.end("a.1", "2.0 s · 3 tokens")
        view.begin("a.2", "Round 2")
        view.show_wait("a.2", "rate limited, 12 s")
        view.flush()
        assert [text for text in shown(view) if text][-1] == "◌ rate limited, 12 s"
        view.feed("a.2", "Two")
        view.end("a.2", "stopped at 100 tokens", "cut")
        view.flush()
        said = [text.rstrip("─ ") for text in shown(view)]
        assert said[:11] == [
            "── Round 1", "", "One.", "", "✓ 2.0 s · 3 tokens", "",
            "── Round 2", "", "Two", "", "✂ stopped at 100 tokens",
        ]  # fmt: skip
        view.clear()
        view.flush()
        assert not any(shown(view))


async def test_view_scroll_to_turn_shows_its_start() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        for turn in ("a.1", "a.2", "a.3"):
            view.begin(turn, f"Turn {turn}")
            view.feed(turn, lines(30))
        view.flush()
        for turn in ("a.2", "a.1", "a.3"):
            view.scroll_to_turn(turn)
            view.flush()
            assert shown(view)[0].startswith(f"── Turn {turn}")
            assert not view.following


async def test_view_scroll_to_turn_before_its_text_is_drawn_shows_its_start() -> None:
    app = Host()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.view
        for turn in ("a.1", "a.2"):
            view.begin(turn, f"Turn {turn}")
            view.feed(turn, lines(3000))
        view.scroll_to_turn("a.2")
        while view.flush():
            pass
        assert shown(view)[0].startswith("── Turn a.2") and not view.following
        await pilot.press("end")
        view.begin("a.3", "Turn a.3")
        view.flush()
        assert view.following, "the view does not jump back to the turn"


async def test_locate_thumb_position_matches_scroll_offset() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        more(view, 5, 0)
        assert not any("▐" in strip.text for strip in view.render_lines(view.size.region))
        more(view, 95, 5)
        assert ["▐" in strip.text for strip in view.render_lines(view.size.region)] == [False] * 9 + [True]
        await pilot.press("home")
        assert ["▐" in strip.text for strip in view.render_lines(view.size.region)] == [True] + [False] * 9


async def test_view_removed_draws_blank_and_is_not_scheduled() -> None:
    """The screen may paint once more between a removal and its layout."""
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        more(view, 3, 0)
        await view.remove()
        assert not view.is_in_view
        assert [strip.text for strip in view.render_lines(Region(0, 0, 40, 2))] == [" " * 40] * 2
