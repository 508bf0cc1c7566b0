"""The answer's card, the captain's strip and the board on the main screen."""

from __future__ import annotations

import asyncio

import pytest

from roundtable_tui.engine import events
from roundtable_tui.reports.board import make_board
from roundtable_tui.reports.report import make_report
from roundtable_tui.tui.screens.dialogs.board import BoardScreen
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.widgets.run.answer_card import AnswerCard
from roundtable_tui.tui.widgets.run.board_view import BoardView
from roundtable_tui.tui.widgets.run.captain_strip import CaptainStrip
from tests.support.fake_server import Reply, error
from tests.support.pilot import Medium, Sitting, Small, Wide
from tests.tui.test_main_screen import debate

pytestmark = pytest.mark.anyio


def card(seated: Sitting) -> AnswerCard:
    return seated.stage.query_one(AnswerCard)


def outcome(seated: Sitting) -> str:
    return make_report(seated.table.session.run.events).outcome.text


@pytest.mark.parametrize("size", [Wide, (120, 40), Medium, Small], ids=str)
async def test_card_at_the_end_shows_answer_seat_outcome_of_the_report_and_keys(scripted, size):
    async with scripted(
        debate("4", "5", "4", verdicts=(False,) * 3), size, team="roles", mode="debate"
    ) as seated:
        await seated.ask()
        await seated.over()
        await seated.until(lambda: "u follow up" in seated.screen_text)
        assert "Answer · from" in seated.screen_text
        assert outcome(seated)[:30] in seated.screen_text
        assert seated.stage.query_one(AnswerCard).answer == seated.table.session.run.result.answer.text
        assert card(seated).region.y <= 2 and card(seated).region.height >= 4


async def test_card_keys_copy_follow_up_and_export(scripted):
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        await seated.until(lambda: card(seated).display)
        await seated.pilot.press("escape")
        assert card(seated).has_focus_within
        await seated.pilot.press("y")
        await seated.until(lambda: seated.app.clipboard == card(seated).answer)
        await seated.pilot.press("x")
        await seated.until(lambda: isinstance(seated.app.screen, Picker))
        await seated.pilot.press("escape")
        await seated.until(lambda: seated.app.screen is seated.table)
        await seated.pilot.press("u")
        await seated.until(lambda: seated.table.session.follow_up_of is not None)
        assert seated.table.session.follow_up_of == seated.table.session.run.folder
        await seated.until(lambda: seated.table.prompt.has_focus)


async def test_card_of_failed_run_says_why_and_is_gone_with_the_next_question(scripted):
    script = {"": error(403, "not for you")}
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        await seated.until(lambda: "No answer" in seated.screen_text)
        assert card(seated).has_class("-error") and not card(seated).view.display
        assert outcome(seated)[:40] in seated.screen_text
        seated.table.action_new_question()
        await seated.pilot.pause()
        assert "No answer" not in seated.screen_text


async def test_strip_replaces_the_captains_pane_while_seats_work(scripted):
    gate = asyncio.Event()
    script = debate("4", "5", "4", verdicts=(False, False, False))
    script["Lucas"] = [script["Lucas"], Reply("It is going to be", gate=gate)]
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: seated.stage.find_pane("harper").progress.state == "done")
        strip = seated.stage.query_one(CaptainStrip)
        head = seated.stage.find_pane("captain")
        await seated.until(lambda: "Is it odd?" in seated.screen_text)
        assert strip.region.height == 2 and not head.region and not card(seated).display
        assert "■  1  3   ▲  2   2:1" in str(strip.content)
        await seated.pilot.press("escape", "0")
        await seated.pilot.pause()
        assert head.region and not strip.display and seated.stage.active is head
        await seated.pilot.press("1")
        await seated.pilot.pause()
        assert strip.display and not head.region
        gate.set()
        await seated.over()


async def test_captain_that_writes_a_text_gets_its_pane(scripted):
    gate = asyncio.Event()
    script = {"": "A long answer.", "editor": Reply("The merged text", gate=gate)}
    async with scripted(script, mode="pro", agents=2) as seated:
        await seated.ask()
        run = seated.table.session.run
        await seated.until(
            lambda: any(isinstance(e, events.TurnQueued) and e.seat == "editor" for e in run.events)
        )
        await seated.pilot.pause()
        assert seated.stage.find_pane("editor").region
        assert not seated.stage.query_one(CaptainStrip).display
        gate.set()
        await seated.over()


async def test_board_key_shows_the_board_of_the_report(scripted):
    async with scripted(debate("4", "5", "4", verdicts=(False,) * 3), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        await seated.pilot.press("escape", "b")
        await seated.until(lambda: isinstance(seated.app.screen, BoardScreen))
        await seated.until(lambda: "round 3" in seated.screen_text)
        board = make_board(make_report(seated.table.session.run.events))
        assert seated.stage.board == board and not board.is_empty
        assert "▲ 5" in seated.screen_text and "■ 4 ✓" in seated.screen_text
        await seated.pilot.press("d")
        await seated.until(lambda: "Harper · round 2 → 3" in seated.screen_text)
        assert "(2). (3)." in seated.screen_text
        await seated.pilot.press("left", "left", "down", "enter")
        await seated.until(lambda: "Benjamin · round 1" in seated.screen_text)
        assert "Because it is so (1)." in seated.screen_text
        await seated.pilot.press("d")
        await seated.until(lambda: "there is none before it" in seated.screen_text)
        await seated.pilot.press("b")
        await seated.until(lambda: seated.app.screen is seated.table)


async def test_roster_after_a_seat_is_closed_takes_the_keys_of_the_answer(scripted):
    async with scripted(debate("4", "5", "4", verdicts=(False,) * 3), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        await seated.pilot.press("escape", "1", "escape")
        assert seated.stage.roster.has_focus
        await seated.pilot.press("y")
        await seated.until(lambda: seated.app.clipboard == card(seated).answer)
        await seated.pilot.press("b")
        await seated.until(lambda: isinstance(seated.app.screen, BoardScreen))
        await seated.pilot.press("escape", "2")
        await seated.until(lambda: seated.stage.active is seated.stage.find_pane("benjamin"))


async def test_roster_row_with_the_cursor_keeps_the_colour_of_its_number(scripted):
    async with scripted(debate("4", "5", "4", verdicts=(False,) * 3), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        roster = seated.stage.roster
        await seated.until(lambda: roster.count and roster.region.height)

        def get_chip_style():
            return next(segment.style for segment in roster.render_line(0) if segment.text.strip() == "1")

        without_cursor = get_chip_style()
        roster.focus()
        await seated.until(lambda: roster.has_focus)
        assert get_chip_style().bgcolor == without_cursor.bgcolor


async def test_narrow_screen_shows_the_board_at_the_end_until_the_captain_is_chosen(scripted):
    async with scripted(
        debate("4", "5", "4", verdicts=(False,) * 3), Medium, team="roles", mode="debate"
    ) as seated:
        await seated.ask()
        await seated.over()
        board, head = seated.stage.query_one(BoardView), seated.stage.find_pane("captain")
        await seated.until(lambda: bool(board.region))
        assert not head.region
        await seated.pilot.press("escape", "0")
        await seated.pilot.pause()
        assert head.region and not board.region


async def test_resize_after_the_end_keeps_the_answer_in_sight(scripted):
    async with scripted(debate("four", "four", "four"), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        for size in ((60, 15), (220, 60), (80, 24), (100, 20), (62, 16)):
            await seated.pilot.resize_terminal(*size)
            await seated.until(lambda: "agreed: 3 of 3" in seated.screen_text, f"outcome at {size}")
            assert card(seated).view.region.height >= 1
