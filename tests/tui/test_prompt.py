"""The input: new lines in every encoding of terminals, the history, and that nothing typed is lost."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from roundtable_tui.config import Settings
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.textual_patches.pasted_controls import install_pasted_controls_patch
from roundtable_tui.tui.textual_patches.terminal_keys import install_terminal_key_patch
from tests.support.fake_server import Reply
from tests.support.pilot import sitting
from tests.tui.test_main_screen import debate

pytestmark = pytest.mark.anyio

NEW_LINES = {
    "ESC CR": "\x1b\r",
    "Kitty's protocol": "\x1b[13;2u",
    "Kitty's protocol with the kind of event": "\x1b[13;2:1u",
    "modifyOtherKeys": "\x1b[27;2;13~",
    "modifyOtherKeys, ctrl": "\x1b[27;5;13~",
    "line feed": "\n",
    "backslash and Enter": "\\\r",
}


def parse_keys(text: str) -> list[events.Key]:
    install_terminal_key_patch()
    parser = XTermParser()
    return [event for event in parser.feed(text) if isinstance(event, events.Key)]


@pytest.mark.parametrize("sent", NEW_LINES.values(), ids=NEW_LINES)
async def test_prompt_encoding_of_new_line_adds_a_line(sent: str, demo) -> None:
    async with demo() as seated:
        for event in parse_keys(f"one{sent}two"):
            seated.app.post_message(event)
        await seated.until(lambda: seated.table.prompt.text.endswith("two"))
        assert seated.table.prompt.text == "one\ntwo" and seated.table.session.run is None


def test_terminal_key_release_is_ignored_and_shifted_letter_stays() -> None:
    assert [event.key for event in parse_keys("\x1b[13;2:3u")] == []
    (letter,) = parse_keys("\x1b[27;2;65~")
    assert (letter.character, letter.is_printable) == ("A", True)


@pytest.mark.parametrize("split", [1, 3, 7, 1000])
def test_paste_with_escape_sequences_is_one_paste_without_them(split: int) -> None:
    install_pasted_controls_patch()
    parser = XTermParser()
    sent = "a\x1b[200~one\x1b(0\x1b[A two\r\nthree\x07\x1b\t\x9b2J\x1b[20four\x1b[201~b"
    got = [event for at in range(0, len(sent), split) for event in parser.feed(sent[at : at + split])]
    (pasted,) = [event.text for event in got if isinstance(event, events.Paste)]
    assert pasted == "one(0[A two\r\nthree\t2J[20four"
    assert [event.key for event in got if isinstance(event, events.Key)] == ["a", "b"]


async def test_prompt_control_characters_are_never_drawn(demo) -> None:
    async with demo() as seated:
        prompt = seated.table.prompt
        seated.app.post_message(events.Paste("one\x1b(0two\x9b2J\x07"))
        await seated.until(lambda: "two" in prompt.text)
        prompt._history, prompt._history_index = ["three\x1b[2J"], 1
        assert prompt.text.isprintable() and prompt.text.startswith("one")
        await seated.pilot.press("up")
        assert prompt.text.startswith("three") and prompt.text.isprintable()


async def test_prompt_history_keeps_the_text_being_typed(demo) -> None:
    async with demo() as seated:
        prompt = seated.table.prompt
        prompt._history, prompt._history_index = ["first\nquestion", "second"], 2
        prompt.text = "a draft"
        await seated.pilot.press("up")
        assert prompt.text == "second"
        await seated.pilot.press("up")
        assert prompt.text == "first\nquestion"
        await seated.pilot.press("down", "down")
        assert prompt.text == "a draft"


async def test_question_sent_while_run_starts_is_asked_after_it(scripted, monkeypatch) -> None:
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        gate, prepare = asyncio.Event(), seated.table.session.prepare

        async def slow_prepare(question: str):
            await gate.wait()
            return await prepare(question)

        monkeypatch.setattr(seated.table.session, "prepare", slow_prepare)
        seated.table.prompt.text = "First?"
        await seated.pilot.press("enter")
        seated.table.prompt.text = "Second?"
        await seated.pilot.press("enter")
        await seated.until(lambda: "Queued" in seated.screen_text)
        gate.set()

        def question() -> str:
            run = seated.table.session.run
            return run.plan.question if run is not None else ""

        await seated.until(lambda: question() == "First?")
        await seated.until(lambda: question() == "Second?")
        await seated.over()


async def test_question_that_fails_returns_to_the_input_or_to_the_history(monkeypatch) -> None:
    settings = Settings(animations=False, discovery=False)
    async with sitting(RunRequest(demo=True), settings=settings) as seated:
        gate = asyncio.Event()

        async def fail(question: str):
            await gate.wait()
            raise UsageError("no such team")

        monkeypatch.setattr(seated.table.session, "prepare", fail)
        prompt = seated.table.prompt
        prompt.text = "First?"
        await seated.pilot.press("enter")
        await seated.until(lambda: seated.table.run_control.is_starting)
        prompt.text = "Second?"
        await seated.pilot.press("enter")
        await seated.pilot.press(*"third")
        gate.set()
        await seated.until(lambda: not seated.table.run_control.is_starting)
        assert prompt.text == "third"
        await seated.until(lambda: "no such team" in seated.screen_text)
        await seated.pilot.press("up", "up")
        assert prompt.text == "First?"
        await seated.pilot.press("down")
        assert prompt.text == "Second?"
        await seated.pilot.press("down")
        assert prompt.text == "third"


async def test_queued_question_returns_after_a_stopped_run(scripted, monkeypatch) -> None:
    gate = asyncio.Event()
    async with scripted(Reply("half a", gate=gate), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: len(seated.fake.requests) >= 3)
        seated.table.run_control.queued.append("Second?")
        await seated.pilot.press("f8")
        await seated.over()
        await seated.until(lambda: seated.table.prompt.text == "Second?")
        gate.set()


async def test_stopped_run_is_resumed_by_key(scripted) -> None:
    gate = asyncio.Event()
    async with scripted(Reply("4\n[[ANSWER]] 4", gate=gate), team="roles", mode="vote") as seated:
        await seated.ask()
        await seated.until(lambda: seated.fake.requests)
        run = seated.table.session.run
        await seated.pilot.press("f8")
        await seated.over()
        gate.set()
        await seated.pilot.press("ctrl+o")
        await seated.until(lambda: seated.table.session.run is not run and seated.table.session.run)
        assert seated.table.session.run.folder == run.folder
        await seated.over()
        assert seated.table.session.run.result.status == "complete"


async def test_paste_is_inserted_once_wherever_the_focus_is(demo) -> None:
    async with demo() as seated:
        await seated.ask("First?")
        await seated.over()
        prompt = seated.table.prompt
        seated.app.post_message(events.Paste("one\ntwo"))
        await seated.until(lambda: prompt.text == "one\ntwo")
        await seated.pilot.press("escape")
        await seated.until(lambda: not prompt.has_focus)
        seated.app.post_message(events.Paste(" three"))
        await seated.until(lambda: prompt.text == "one\ntwo three" and prompt.has_focus)
        await seated.pilot.pause()
        assert prompt.text == "one\ntwo three"


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [("x" * 100_000, "100,000 characters"), ("a\nb\n" * 30 + "end", "61 lines")],
    ids=["one line", "many lines"],
)
async def test_long_paste_is_shown_as_a_line_and_sent_whole(pasted: str, shown: str, demo) -> None:
    async with demo() as seated:
        prompt = seated.table.prompt
        prompt.text = "Sum up: "
        prompt.move_cursor(prompt.document.end)
        prompt.post_message(events.Paste(pasted))
        await seated.until(lambda: "Pasted" in prompt.text)
        assert prompt.text == f"Sum up: [Pasted text 1: {shown}]" and shown in seated.screen_text
        await seated.pilot.press("enter")
        await seated.until(lambda: seated.table.has_class("-run"))
        assert seated.table.session.run.plan.question == f"Sum up: {pasted}"
        await seated.pilot.press("up")
        assert prompt.text.startswith("Sum up: [Pasted") and prompt.full_text == f"Sum up: {pasted}"
        await seated.over()
