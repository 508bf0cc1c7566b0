"""The input with its chips and commands, and questions that follow up on each other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events

from roundtable_tui.tui.screens.replay.screen import ReplayScreen
from roundtable_tui.tui.screens.runs.screen import RunsScreen
from roundtable_tui.tui.widgets.chips import ChipRow
from roundtable_tui.tui.widgets.thread_view import ThreadView
from tests.support.fake_server import Reply
from tests.support.pilot import Medium, Sitting
from tests.tui.test_main_screen import debate

pytestmark = pytest.mark.anyio


def chips(seated: Sitting) -> list[str]:
    return [chip.label for chip in seated.table.query_one(ChipRow).chips]


async def ready(seated: Sitting) -> None:
    await seated.until(lambda: seated.table.prompt.menu is not None, "the start-up has finished")


async def test_slash_command_is_completed_and_run_and_no_question(demo) -> None:
    async with demo() as seated:
        await ready(seated)
        await seated.pilot.press(*"/mod")
        await seated.until(lambda: "/mode" in seated.screen_text and "/model" in seated.screen_text)
        await seated.pilot.press("tab", *"vote", "enter")
        await seated.until(lambda: seated.table.session.wish.mode == "vote")
        await seated.pilot.press(*"/help", "enter")
        await seated.until(lambda: type(seated.app.screen).__name__ == "HelpScreen")
        await seated.pilot.press("escape")
        assert seated.table.session.run is None and seated.table.prompt.text == ""


async def test_slash_command_unknown_stays_in_the_input(demo) -> None:
    async with demo() as seated:
        await ready(seated)
        for typed, told in (("/hlep", "Did you mean help"), ("/mode nonesuch", "nonesuch"), ("/zoom", "now")):
            seated.table.prompt.text = typed
            await seated.pilot.press("escape", "enter")
            await seated.until(lambda told=told: told in seated.screen_text, told)
            seated.table.prompt.text = ""
        assert seated.table.session.run is None and seated.table.session.wish.mode != "nonesuch"


async def test_question_after_space_or_with_path_is_no_command(demo) -> None:
    async with demo() as seated:
        await seated.ask(" /help me?")
        await seated.over()
        assert seated.table.session.run.plan.question == "/help me?"


async def test_second_question_has_first_answer_and_thread_is_folded_above(scripted) -> None:
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        await seated.ask("What is 2+2?")
        await seated.over()
        await seated.until(lambda: chips(seated) == ["follows up: 1 earlier question"])
        assert not seated.table.query_one(ThreadView).display
        count = len(seated.fake.requests)
        first = seated.table.session.run
        await seated.ask("And times two?")
        await seated.until(lambda: seated.table.session.run is not first)
        await seated.over()
        asked = seated.fake.requests[count].user
        assert "What is 2+2?" in asked and "And times two?" in asked
        thread = seated.table.query_one(ThreadView)
        assert thread.display and [one.question for one in thread.runs] == ["What is 2+2?"]
        (row,) = [line for line in seated.screen_text.split("\n") if "▸ What is 2+2?" in line]
        assert "· 4" in row and "agreed 3 of 3" in row

        # The list of runs shows which question continues a conversation.
        await seated.pilot.press("f10")
        await seated.until(lambda: "↳ And times two?" in seated.screen_text)
        assert "↳ What is 2+2?" not in seated.screen_text

        # A run that is opened from it has its earlier questions above, and a click opens one of them.
        await seated.pilot.press("enter")
        await seated.until(lambda: "▸ What is 2+2?" in seated.screen_text, "the thread above the replay")
        await seated.pilot.click(ThreadView, offset=(3, 0))
        await seated.until(lambda: "What is 2+2?" in seated.screen_text.split("\n")[0])
        assert not seated.app.screen.query_one(ThreadView).display
        for _ in range(2):
            await seated.pilot.press("escape")
        await seated.until(lambda: type(seated.app.screen).__name__ == "RunsScreen")
        await seated.pilot.press("escape")
        await seated.until(lambda: seated.app.screen is seated.table)

        # One key removes the conversation from the next question; another begins a new one.
        await seated.until(lambda: chips(seated) == ["follows up: 2 earlier questions"])
        seated.table.prompt.focus()
        await seated.pilot.press("backspace")
        assert chips(seated) == [] and seated.table.session.follow_up_of is None
        await seated.pilot.press("ctrl+n")
        assert not seated.table.has_class("-run") and seated.table.session.conversation == []


async def test_earlier_question_is_opened_and_next_one_follows_the_last(scripted) -> None:
    async with scripted(debate("4", "4", "4"), Medium, team="roles", mode="debate") as seated:
        for question in ("First?", "Second?"):
            before = seated.table.session.run
            await seated.ask(question)
            await seated.until(lambda before=before: seated.table.session.run is not before)
            await seated.over()
        last = seated.table.session.run.folder
        await seated.until(lambda: seated.table.query_one(ThreadView).display)
        await seated.pilot.click(ThreadView, offset=(3, 0))
        await seated.until(
            lambda: [one.question for one in seated.table.query_one(ThreadView).runs] == ["Second?"]
        )
        assert "First?" in seated.screen_text.split("\n")[0]
        assert seated.table.session.follow_up_of == last


async def test_text_during_run_is_queued_as_chip_and_comes_back(scripted) -> None:
    gate = asyncio.Event()
    async with scripted(Reply("half a", gate=gate), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: seated.fake.requests)
        seated.table.prompt.text = "And then?"
        await seated.pilot.press("enter")
        await seated.until(lambda: chips(seated) == ["queued: And then?"])
        assert seated.table.prompt.text == ""
        await seated.pilot.press("backspace")
        assert chips(seated) == [] and seated.table.prompt.text == "And then?"
        await seated.pilot.press("f8")
        await seated.over()
        gate.set()
        assert seated.table.prompt.text == "And then?"


async def test_files_by_command_completion_and_paste_go_before_the_question(
    scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first.txt", "second.txt", "third.txt", "fourth.txt"):
        (tmp_path / name).write_text(f"The text of {name}")
    monkeypatch.chdir(tmp_path)
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        await ready(seated)
        prompt = seated.table.prompt
        prompt.text = "/attach first.txt"
        await seated.pilot.press("enter")
        prompt.post_message(events.Paste(str(tmp_path / "second.txt")))
        await seated.until(lambda: chips(seated) == ["first.txt", "second.txt"])
        await seated.pilot.press(*"Sum up @thi")
        await seated.until(lambda: prompt.menu.display)
        await seated.pilot.press("tab")
        await seated.until(lambda: chips(seated) == ["first.txt", "second.txt", "third.txt"])
        assert prompt.text == "Sum up third.txt "
        await seated.pilot.press(*"and @fourth.txt.", "enter")
        await seated.until(lambda: seated.table.has_class("-run"))
        await seated.over()
        asked = seated.fake.requests[0].user
        for name in ("first.txt", "second.txt", "third.txt", "fourth.txt"):
            assert f"The text of {name}" in asked
        assert seated.table.session.attachments == []


async def test_attachment_that_cannot_be_read_keeps_question_and_chip(demo, tmp_path: Path) -> None:
    (tmp_path / "bad.bin").write_bytes(b"\x00\x01\x02" * 100)
    async with demo() as seated:
        await ready(seated)
        seated.table.input.attach_file(tmp_path / "bad.bin")
        seated.table.prompt.text = "What is it?"
        await seated.pilot.press("enter")
        await seated.until(
            lambda: seated.table.prompt.text == "What is it?" and not seated.table.run_control.is_starting
        )
        assert chips(seated) == ["bad.bin"]
        seated.table.prompt.text = "/attach nowhere.txt"
        await seated.pilot.press("enter")
        await seated.until(lambda: "file not found" in seated.screen_text)
        assert seated.table.prompt.text == "/attach nowhere.txt"


async def test_attached_picture_is_folded_above_the_run_and_drawn_by_a_key(demo, tmp_path: Path) -> None:
    from PIL import Image

    from roundtable_tui.tui.screens.dialogs.pictures import PictureScreen

    picture = tmp_path / "dot.png"
    Image.new("RGB", (40, 20), "#c02010").save(picture)
    async with demo(Medium) as seated:
        await ready(seated)
        seated.table.input.attach_file(picture)
        assert chips(seated) == ["▣ dot.png"]
        await seated.ask("What is this?")
        await seated.over()
        await seated.until(lambda: "attached: dot.png (40 x 20 pixels) · i shows" in seated.screen_text)
        picture.unlink()  # It is kept beside the record.
        await seated.pilot.press("escape", "i")
        await seated.until(lambda: isinstance(seated.app.screen, PictureScreen))
        await seated.until(lambda: "▀" * 40 in seated.screen_text, "the picture is drawn")
        await seated.pilot.press("escape")
        await seated.until(lambda: seated.app.screen is seated.table)

        await seated.pilot.press("f10")
        await seated.until(lambda: isinstance(seated.app.screen, RunsScreen))
        await seated.until(lambda: "What is this?" in seated.screen_text)
        await seated.pilot.press("enter")
        await seated.until(lambda: isinstance(seated.app.screen, ReplayScreen))
        await seated.until(lambda: "attached: dot.png" in seated.screen_text, "also above an opened run")
        await seated.pilot.press("i")
        await seated.until(lambda: "▀" * 40 in seated.screen_text)
        for path in seated.table.session.run.folder.glob("pictures/*"):
            path.unlink()
        await seated.pilot.resize_terminal(100, 30)
        await seated.until(lambda: "not beside the record any more" in seated.screen_text)
