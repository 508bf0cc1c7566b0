"""The table as a person meets it: an empty one, a run, its panes, and what can be done meanwhile."""

from __future__ import annotations

import asyncio
import json

import pytest

from roundtable_tui import config
from roundtable_tui.engine import events
from roundtable_tui.tui.screens.dialogs.help import HelpScreen
from roundtable_tui.tui.screens.dialogs.palette import make_command_items
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.library.tasks.list import TasksScreen
from roundtable_tui.utils import paths
from tests.support.fake_server import Reply, error
from tests.support.pilot import Medium, Small, Wide, sitting

pytestmark = pytest.mark.anyio
AGREED = {"": "It is four.", "chair": Reply(decision={"consensus": True, "direction": ""})}


def seat_answer(text: str):
    """A specialist's reply: reasons, the marker from its own prompt, the answer."""

    def reply(request: dict, nth: int) -> Reply:
        system = request["messages"][0]["content"]
        marker = system[system.index("[[ANSWER-") :].split("]]")[0] + "]]"
        return Reply(f"Because it is so ({nth}).\n\n{marker}\n{text}")

    return reply


def debate(*answers: str, verdicts: tuple[bool, ...] = (True,)):
    """A script for `roles`: what Harper, Benjamin and Lucas answer, and the captain's verdicts."""
    rulings = [
        Reply(text=json.dumps({"consensus": v, "direction": "" if v else "Is it odd?"})) for v in verdicts
    ]
    return {
        "Harper": seat_answer(answers[0]),
        "Benjamin": seat_answer(answers[1]),
        "Lucas": seat_answer(answers[2]),
        "": rulings,
    }


async def test_main_screen_without_run_shows_first_keys(demo):
    async with demo() as seated:
        await seated.until(lambda: "a written example" in seated.screen_text)
        shown = seated.screen_text
        assert "Type a question" in shown
        assert "F6" in shown and "F1" in shown
        assert len(seated.app.screen_stack) == 1
        assert seated.table.prompt.has_focus


@pytest.mark.parametrize("size", [Wide, Medium, Small])
async def test_main_screen_debate_shows_answer_at_every_size(scripted, size):
    async with scripted(
        debate("4", "5", "4", verdicts=(False, True)), size, team="roles", mode="debate"
    ) as seated:
        await seated.ask("What is 2+2?")
        await seated.over()
        assert seated.table.session.run.result.status == "complete"
        assert [pane.seat for pane in seated.stage.panes] == ["harper", "benjamin", "lucas", "captain"]
        assert "round 2" in seated.text("harper")
        captain = seated.text("captain")
        assert "No consensus yet" in captain and "Is it odd?" in captain
        assert "Answer · from" in captain
        assert "done" in seated.screen_text


async def test_pane_answer_marker_is_shown_as_heading(scripted):
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        assert "[[ANSWER" not in seated.text("harper")
        assert "### Answer\n4" in seated.text("harper")


async def test_main_screen_shows_all_panes_if_wide_and_one_if_narrow(scripted):
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        assert sum(pane.display for pane in seated.stage.panes) == 1, "one is opened, the others are lines"
        await seated.pilot.press("escape", "g")
        assert sum(pane.display for pane in seated.stage.panes) == 3
        await seated.pilot.resize_terminal(60, 24)
        await seated.pilot.pause()
        assert sum(pane.display for pane in seated.stage.panes) <= 1
        assert "Benjamin" in seated.screen_text, "the roster names the others"
        await seated.pilot.resize_terminal(160, 50)
        await seated.pilot.pause()
        assert sum(pane.display for pane in seated.stage.panes) == 3
        seated.stage.panes[0].model = "a-model-with-a-name-of-some-forty-columns"
        await seated.pilot.resize_terminal(80, 50)
        await seated.until(lambda: "╰─ a-" in seated.screen_text, "the name is there")
        edge = str(seated.stage.panes[0].border_subtitle)
        assert edge in seated.screen_text and "… · " in edge, "the name gives way, the figures are whole"
        await seated.pilot.press("0")
        await seated.until(lambda: "done in" in seated.screen_text, "the captain's pane is opened")


async def test_panes_are_selected_by_number_or_letter_and_zoomed(scripted):
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        await seated.pilot.press("escape", "2")
        assert seated.stage.active.seat == "benjamin"
        await seated.pilot.press("z")
        assert [pane.seat for pane in seated.stage.panes if pane.display] == ["benjamin"]
        await seated.pilot.press("escape")
        assert [pane.seat for pane in seated.stage.panes if pane.display] == ["benjamin"], "it is opened"
        await seated.pilot.press("0")
        assert seated.stage.active.seat == "captain"
        await seated.pilot.press("ctrl+g")
        await seated.pilot.pause()
        await seated.pilot.press("a")
        await seated.pilot.pause()
        assert seated.stage.active.seat == "harper"
        await seated.pilot.press("escape")
        assert seated.stage.roster.has_focus and not seated.stage.is_opened
        await seated.pilot.press("escape")
        assert seated.table.prompt.has_focus


async def test_stop_seat_leaves_other_seats_running(scripted):
    gate = asyncio.Event()
    script = debate("4", "4", "4") | {"Harper": Reply("It is going to be", gate=gate)}
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: len(seated.fake.requests) >= 3)
        await seated.until(lambda: seated.stage.find_pane("lucas").state == "done")
        await seated.pilot.press("escape", "1", "X")
        await seated.over()
        assert "[stopped: " in seated.text("harper")
        run = seated.table.session.run
        assert run.result.status == "partial"
        assert "2 of 3 answered" in run.result.answer.how
        gate.set()


async def test_retry_seat_stalled_turn_is_repeated(scripted):
    gate = asyncio.Event()
    first = Reply("never to be seen", gate=gate)
    script = debate("4", "4", "4")
    whole = script["Harper"]
    script["Harper"] = lambda request, nth: first if nth == 1 else whole(request, nth)
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: seated.stage.find_pane("lucas").state == "done")
        await seated.pilot.press("escape", "1", "r")
        await seated.over()
        assert seated.table.session.run.result.status == "complete"
        assert "never to be seen" not in seated.text("harper")
        gate.set()


async def test_stop_run_shows_stopped_status(scripted):
    gate = asyncio.Event()
    async with scripted(Reply("half a", gate=gate), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: len(seated.fake.requests) >= 3)
        await seated.pilot.press("f8")
        await seated.over()
        assert seated.table.session.run.result.status == "cancelled"
        assert "stopped" in seated.screen_text
        for request in seated.fake.requests:
            await asyncio.wait_for(request.ended.wait(), 60)
        gate.set()


async def test_message_reaches_all_seats_or_only_the_named_one(scripted):
    gate = asyncio.Event()
    script = debate("4", "5", "4", verdicts=(False, True))
    whole = script["Harper"]

    async def held(request, nth):
        if nth == 1:
            await gate.wait()
        return whole(request, nth)

    script["Harper"] = held
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: len(seated.fake.requests) >= 3)
        for words in ("@all Mind the cost.", "@Lucas Be bolder."):
            seated.table.prompt.text = words
            await seated.pilot.press("enter")
        gate.set()
        await seated.over()
        second = {r.system.split(",")[0]: r.user for r in seated.fake.requests if "Round 2" in r.user}
        assert len(second) == 3
        assert all("Mind the cost." in user for user in second.values())
        assert sum("Be bolder." in user for user in second.values()) == 1
        assert "Mind the cost." in seated.text("captain")
        assert "Be bolder." in seated.text("lucas")


async def test_pause_holds_turns_and_step_starts_one(scripted):
    gate = asyncio.Event()
    script = debate("4", "5", "4", verdicts=(False, True))
    whole = script["Harper"]

    async def held(request, nth):
        await gate.wait()
        return whole(request, nth)

    script["Harper"] = held
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: len(seated.fake.requests) == 3)
        await seated.pilot.press("f7")
        assert seated.table.session.run.table.controls.is_paused and "paused" in seated.screen_text
        gate.set()
        await seated.until(lambda: seated.stage.find_pane("captain").state == "waiting")
        assert len(seated.fake.requests) == 3, "the captain was not asked"
        await seated.pilot.press("shift+f7")
        await seated.until(lambda: seated.stage.find_pane("captain").state == "done")
        await seated.until(lambda: all(s.state == "waiting" for s in seated.stage.panes[:3]))
        assert len(seated.fake.requests) == 4
        await seated.pilot.press("f7")
        await seated.over()
        assert seated.table.session.run.result.status == "complete"


async def test_main_screen_failed_seat_leads_to_partial_run(scripted):
    script = debate("4", "4", "4") | {"Benjamin": error(401, "bad key sk-abcdefghij1234567890klmnop")}
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        pane = seated.stage.find_pane("benjamin")
        assert pane.state == "failed"
        assert "sk-abcdefghij" not in seated.text("benjamin") and "sk-abcdefghij" not in seated.screen_text
        assert "Benjamin" in seated.text("benjamin")
        assert seated.table.session.run.result.status == "partial"


async def test_ask_without_server_shows_error_and_keeps_question():
    from roundtable_tui.setup.request import RunRequest

    async with sitting(RunRequest(mode="debate")) as seated:
        seated.table.prompt.text = "Who answers?"
        await seated.pilot.press("enter")
        await seated.until(lambda: "no server" in seated.screen_text.lower())
        assert seated.table.prompt.text == "Who answers?"
        assert not seated.table.session.is_running


async def test_ask_unreachable_server_shows_reason():
    from roundtable_tui.setup.request import RunRequest

    async with sitting(
        RunRequest(base_url="http://127.0.0.1:9/v1", model="m", mode="pro", agents=2)
    ) as seated:
        await seated.ask("Anybody?")
        await seated.over()
        assert seated.table.session.run.result.status == "failed"
        assert "127.0.0.1:9" in seated.text("candidate-1")


async def test_main_screen_hostile_text_is_only_displayed(scripted):
    hostile = "\x1b[2J\x1b]0;pwned\x07[/] [@click=app.quit]x[/] [red]\x9b31m \u202egnp.exe [bold"
    script = {"": Reply(hostile), "chair": Reply(hostile)}
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask("[/] [@click=app.bell]hm[/]")
        await seated.over()
        shown = seated.screen_text
        assert "\x1b" not in shown and "\x9b" not in shown and "\u202e" not in shown
        assert "[@click=app.quit]x[/]" in seated.text("harper")
        assert seated.app.is_running


async def test_choices_by_key_are_saved_for_next_session(demo):
    async with demo() as seated:
        await seated.pilot.press("f2")
        await seated.until(lambda: isinstance(seated.app.screen, Picker))
        await seated.pilot.press(*"roundt", "enter")
        await seated.until(lambda: not isinstance(seated.app.screen, Picker))
        assert seated.table.session.wish.mode == "roundtable"
        assert config.load().mode == "debate", "a script goes by the settings, not by what somebody looked at"
        assert config.apply_app_state(config.load()).mode == "roundtable"
        assert "roundtable" in seated.screen_text


async def test_prompt_enter_with_task_starts_it(demo):
    async with demo() as seated:
        await seated.pilot.press("f6")
        await seated.until(lambda: isinstance(seated.app.screen, TasksScreen))
        await seated.until(lambda: "bakery" in seated.screen_text, "the tasks are read")
        await seated.pilot.press(*"bakery", "enter")
        await seated.until(lambda: seated.table.session.wish.task == "decision")
        await seated.pilot.press("enter")
        await seated.until(lambda: seated.table.has_class("-run"))
        await seated.over()
        assert seated.table.session.run.plan.task.name == "decision"
        await seated.pilot.press("f6")
        await seated.until(lambda: isinstance(seated.app.screen, TasksScreen))
        await seated.until(lambda: "● A bakery" in seated.screen_text, "the chosen one is marked")
        await seated.pilot.press("down", "right", "right", "down", "enter")
        await seated.until(lambda: seated.table.session.wish.question_number == 2)
        assert "decision, question 2" in seated.screen_text
        first = seated.table.session.run
        await seated.pilot.press("enter")
        await seated.until(lambda: seated.table.session.run is not first)
        await seated.over()
        assert seated.table.session.run.plan.question.startswith("How should the owners decide")


def palette(seated) -> set[str]:
    return {item.title for item in make_command_items(seated.app.screen, {})}


async def test_help_lists_all_commands_and_palette_only_available_ones(demo):
    async with demo() as seated:
        await seated.pilot.press("f1")
        await seated.until(lambda: isinstance(seated.app.screen, HelpScreen))
        await seated.until(lambda: "Choose mode" in seated.screen_text)
        await seated.pilot.press("escape")
        assert {"Choose mode", "Personas"} <= palette(seated)
        told = {one.title: one for one in make_command_items(seated.app.screen, {})}
        assert told["Choose mode"].hint == "F2" and told["Choose mode"].detail.endswith("/mode")
        assert not {"Stop the run", "Zoom pane", "Add a round"} & palette(seated)
        await seated.ask()
        await seated.over()
        assert {"Zoom pane", "Report"} <= palette(seated)
        assert not {"Stop the run", "Add a round"} & palette(seated)


async def test_edit_persona_live_applies_from_next_turn_and_is_recorded(scripted):
    gate = asyncio.Event()
    script = debate("4", "5", "4", verdicts=(False, True))
    whole = script["Lucas"]

    async def held(request, nth):
        if nth == 1:
            await gate.wait()
        return whole(request, nth)

    script["Lucas"] = held
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: len(seated.fake.requests) >= 3)
        run = seated.table.session.run
        harper = run.table.seat("harper")
        await seated.pilot.press("escape", "1", "e")
        await seated.until(lambda: len(seated.app.screen_stack) == 2)
        seated.app.screen.query_one("#prompt").text = "You are Harper, now blunt."
        await seated.pilot.pause()
        await seated.pilot.press("shift+f9")
        await seated.until(lambda: harper.persona.prompt.endswith("blunt."), "the seat was changed")
        gate.set()
        await seated.over()
        asked = [r for r in seated.fake.requests if "Harper" in r.system]
        assert "now blunt" not in asked[0].system and "now blunt" in asked[-1].system
        kept = [json.loads(line) for line in (run.folder / "events.jsonl").read_text().splitlines()]
        told = [event for event in kept if event["type"] == "seat_changed"]
        assert [(e["seat"], e["what"], e["value"]["prompt"]) for e in told] == [
            ("harper", "persona", "You are Harper, now blunt.")
        ]
        assert not (paths.data_dir() / "personas").exists(), "used, not saved"


async def test_new_question_clears_main_screen(scripted):
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        await seated.pilot.press("ctrl+n")
        await seated.pilot.pause()
        assert not seated.table.has_class("-run")
        assert "Type a question" in seated.screen_text


async def test_main_screen_many_seats_scroll(scripted):
    async with scripted("Four.", mode="pro", agents=12) as seated:
        await seated.ask()
        await seated.over()
        assert len(seated.stage.panes) == 13
        await seated.pilot.press("escape", "g")
        await seated.pilot.pause()
        assert all(pane.region.height >= 5 for pane in seated.stage.panes[:4])


async def test_answer_groups_are_drawn_as_bars(scripted):
    async with scripted(debate("4", "5", "4"), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        captain = seated.text("captain")
        assert "■ ■  2  4 · Harper, Lucas" in captain and "▲    1  5 · Benjamin" in captain


async def test_passages_are_named_with_text_folded(scripted):
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        row = {"number": 1, "source": "hand.md", "path": "hand.md", "collection": "work"}
        row |= {"unit": "line", "first": 3, "last": 5, "text": "Leave is paid."}
        seated.stage.handle(events.PassagesUsed(passages=(row,), knowledge=("work",), query="leave"))
        await seated.pilot.pause()
        assert "[1] hand.md" in seated.text("captain")
        assert "Leave is paid." in seated.stage.find_pane("captain").view.document.get_reasoning("passages")


async def test_stop_run_while_panes_are_built_keeps_screen_usable(scripted, monkeypatch):
    from roundtable_tui.tui.widgets.run.run_panes import RunPanes

    opening, held = asyncio.Event(), asyncio.Event()
    whole = RunPanes.open_run

    async def slow(self, header, clock):
        opening.set()
        await held.wait()
        await whole(self, header, clock)

    monkeypatch.setattr(RunPanes, "open_run", slow)
    async with scripted(debate("4", "4", "4"), team="roles", mode="debate") as seated:
        seated.table.prompt.text = "First?"
        await seated.pilot.press("enter")
        await asyncio.wait_for(opening.wait(), 60)
        await seated.pilot.press("f8")
        await seated.until(lambda: not seated.table.session.is_running)
        held.set()
        await seated.ask("Second?")
        await seated.over()
        assert seated.table.session.run.result.status == "complete"


async def test_mode_exception_shows_path_of_log(demo, monkeypatch, roundtable_home):
    from dataclasses import replace

    from roundtable_tui import modes

    async def broken(table, options):
        raise ZeroDivisionError("in the mode")

    mode = modes.get_mode("debate")
    monkeypatch.setitem(modes.all_modes(), "debate", replace(mode, run=broken))
    async with demo(mode="debate") as seated:
        await seated.ask()
        await seated.over()
        await seated.until(lambda: "ZeroDivisionError" in seated.screen_text)
        assert seated.app.is_running and not seated.table.session.is_running
    assert "in the mode" in (roundtable_home / "cache" / "roundtable.log").read_text()


async def test_message_to_unknown_name_is_not_sent(scripted):
    gate = asyncio.Event()
    script = debate("4", "4", "4") | {"Harper": Reply("held", gate=gate)}
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        seated.table.prompt.text = "@Nobody between us"
        await seated.pilot.press("enter")
        await seated.until(lambda: "there is no seat @Nobody" in seated.screen_text)
        assert seated.table.prompt.text == "@Nobody between us"
        assert not seated.table.session.run.table.controls.user_messages
        await seated.pilot.press("f8")
        gate.set()
        await seated.over()


async def test_typing_without_focus_goes_to_prompt(demo):
    async with demo() as seated:
        seated.table.set_focus(None)
        await seated.pilot.press("h", "i")
        assert seated.table.prompt.text == "hi"


async def test_stopped_run_leaves_no_pane_active(scripted):
    gate = asyncio.Event()
    async with scripted(Reply("half a", gate=gate), team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.until(lambda: len(seated.fake.requests) >= 3)
        await seated.pilot.press("f8")
        await seated.over()
        assert {pane.state for pane in seated.stage.panes[:3]} == {"stopped"}
        assert "[stopped: " in seated.text("harper")
        gate.set()


async def test_pane_keeps_text_after_server_disconnects(scripted):
    cut = Reply("These words arrived before the end came", cut_after=5)
    script = debate("4", "4", "4") | {"Benjamin": cut}
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        assert "These words arrived" in seated.text("benjamin")
        assert seated.stage.find_pane("benjamin").state == "failed"


async def test_jump_narrow_screen_shows_letters_on_tabs(scripted):
    async with scripted(debate("4", "4", "4"), Medium, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        await seated.pilot.press("escape", "ctrl+g")
        await seated.pilot.pause()
        await seated.pilot.press("d")
        await seated.pilot.pause()
        assert seated.stage.active.seat == "lucas"
        for number, seat in (("2", "benjamin"), ("0", "captain")):  # The numbers the tabs have do as well.
            await seated.pilot.press("ctrl+g", number)
            await seated.pilot.pause()
            assert seated.stage.active.seat == seat


@pytest.mark.parametrize("wish", [{"task": "sallon"}, {"mode": "debat"}])
async def test_startup_unknown_name_shows_error(demo, wish):
    async with demo(**wish) as seated:
        await seated.until(lambda: "Did you mean" in seated.screen_text)
        assert "salon" in seated.screen_text or "debate" in seated.screen_text
