"""While a run goes on: mute, replace and promote seats, change rounds and budget, see what it will cost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Input

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.calls import pricing
from roundtable_tui.reports.stats import compute_stats
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui import commands
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.dialogs.stats import StatsScreen, render_page
from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt
from roundtable_tui.tui.screens.main.budget_text import format_budget, parse_budget
from roundtable_tui.tui.screens.main.context import LIVE_RUN_ACTIONS
from roundtable_tui.tui.screens.main.seat_controller import MENU_ACTIONS
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from roundtable_tui.tui.widgets.run.seat_pane import MUTED_SIGN
from roundtable_tui.tui.widgets.run.status_bar import StatusBar, format_forecast
from tests.support.fake_server import FakeServer, Reply
from tests.support.pilot import Small, Wide, sitting

pytestmark = pytest.mark.anyio


def held(gate: asyncio.Event, *, rounds: int = 2):
    """A debate whose captain waits at the gate before the first verdict, then asks for more rounds."""

    def specialist(request: dict, nth: int) -> Reply:
        system = request["messages"][0]["content"]
        marker = system[system.index("[[ANSWER-") :].split("]]")[0] + "]]"
        return Reply(f"Because ({nth}).\n{marker}\n{request['model']} {nth}")

    def captain(request: dict, nth: int) -> Reply:
        if "The debate is over" in request["messages"][-1]["content"]:
            return Reply(decision={"choice": 1})
        return Reply(
            decision={"consensus": nth >= rounds, "direction": "What?"}, gate=gate if nth == 1 else None
        )

    def script(request: dict, nth: int) -> Reply:
        if "You chair a debate" in request["messages"][0]["content"]:
            said = 1 + sum(message["role"] == "assistant" for message in request["messages"])
            return captain(request, said)
        return specialist(request, nth)

    return script


async def at_the_gate(seated, wish: str = "What is 2+2?") -> None:
    """Ask, and wait until the captain judges the first round."""
    await seated.ask(wish)
    await seated.until(lambda: len(seated.fake.requests) == 4, "the captain was asked")
    await seated.pilot.press("escape")


def notes(seated, seat: str) -> str:
    """The lines that a pane tells of what was done, which are no one's words."""
    document = seated.stage.find_pane(seat).view.document
    return "\n".join(turn.end_note for turn in document._turns.values())


def told(seated, kind):
    return [event for event in seated.table.session.run.events if isinstance(event, kind)]


async def test_mute_and_rounds_keys_change_running_run(scripted):
    gate = asyncio.Event()
    how = {"team": "roles", "mode": "debate", "options": {"max_rounds": 2}}
    async with scripted(held(gate, rounds=9), **how) as seated:
        await at_the_gate(seated)
        await seated.pilot.press("2", "M")
        pane = seated.stage.find_pane("benjamin")
        assert pane.muted and MUTED_SIGN in str(pane.border_title) and "muted" in str(pane.border_title)
        assert MUTED_SIGN in seated.screen_text
        await seated.pilot.press("greater_than_sign", "greater_than_sign", "less_than_sign")
        await seated.until(lambda: "round 1 of 3" in seated.screen_text)
        assert [e.limit for e in told(seated, events.RoundsChanged)] == [3, 4, 3]
        gate.set()
        await seated.over()
        assert seated.table.session.run.result.status == "complete"
        assert [e.turn for e in told(seated, events.TurnStarted) if e.seat == "benjamin"] == ["benjamin.1"]
        assert "skipped: muted" in seated.text("benjamin") and not pane.has_class("-failed")
        assert max(e.number for e in told(seated, events.PhaseStarted)) == 3
        assert "the limit is now 3 rounds" in notes(seated, "captain")


async def test_promote_and_replace_persona_by_menu_and_key(scripted):
    gate = asyncio.Event()
    async with scripted(held(gate), team="roles", mode="debate") as seated:
        await at_the_gate(seated)
        await seated.pilot.press("1", "m")
        await seated.until(lambda: "Harper: m at" in seated.screen_text, "the seat's menu")
        assert "Make captain" in seated.screen_text and "Replace model" in seated.screen_text
        await seated.pilot.press(*"captain", "enter")
        await seated.until(lambda: told(seated, events.SeatChanged), "promoted")
        assert seated.stage.find_pane("captain").seat_name == "Captain Harper"
        assert "Harper becomes the captain" in notes(seated, "captain")

        await seated.pilot.press("3", "p")
        await seated.until(lambda: "Replace Lucas with" in seated.screen_text, "the personas")
        await seated.pilot.press(*"Iris", "enter")
        await seated.until(lambda: len(told(seated, events.SeatChanged)) == 2, "replaced")
        assert seated.stage.find_pane("lucas").seat_name == "Iris"
        assert "Iris takes the seat of Lucas" in notes(seated, "lucas")

        await seated.pilot.press("2", "v")
        await seated.until(lambda: isinstance(seated.app.screen, Picker))
        await seated.pilot.press(*"zz9", "enter")
        await seated.until(lambda: len(told(seated, events.SeatChanged)) == 3, "another model")
        gate.set()
        await seated.over()
        judged = [seen for seen in seated.fake.requests if "You chair a debate" in seen.system]
        assert "Harper" in judged[-1].system and "Harper" not in judged[0].system
        assert any("Iris" in seen.system for seen in seated.fake.requests[4:])
        assert [s.body["model"] for s in seated.fake.requests if s.body["model"] != "m"] == ["zz9"]


async def test_replace_model_changes_model_and_server(monkeypatch):
    gate = asyncio.Event()

    async def discover(*_, **__):
        return []

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
    async with FakeServer(held(gate), models=["m"]) as fake, FakeServer(held(gate), models=["n"]) as other:
        settings = Settings(
            animations=False, discovery=False, servers={"other": ServerSettings("other", other.url)}
        )
        wish = RunRequest(base_url=fake.url, model="m", team="roles", mode="debate")
        async with sitting(wish, Wide, settings, fake) as seated:
            await at_the_gate(seated)
            await seated.pilot.press("1", "v")
            await seated.until(lambda: isinstance(seated.app.screen, Picker))
            listed = seated.app.screen.query_one(ItemList)
            await seated.until(lambda: any(row and row.title == "n" for row in listed._rows), "it is listed")
            seated.app.screen.query_one("#search", Input).value = "n"
            await seated.pilot.press("enter")
            await seated.until(lambda: told(seated, events.SeatChanged), "moved")
            assert told(seated, events.SeatChanged)[0].value["model"] == "n"
            assert "n ·" in str(seated.stage.find_pane("harper").border_subtitle)
            gate.set()
            await seated.over()
            assert [seen.body["model"] for seen in other.requests] == ["n"]


async def test_change_budget_key_sets_limits(scripted):
    gate = asyncio.Event()
    async with scripted(held(gate), team="roles", mode="debate", budget=90_000) as seated:
        await at_the_gate(seated)
        assert "of 90,000 tokens" in seated.screen_text
        await seated.pilot.press("dollar_sign")
        await seated.until(lambda: isinstance(seated.app.screen, TextPrompt))
        line = seated.app.screen.query_one(Input)
        assert line.value == "90000"
        line.value = "lots"
        await seated.pilot.press("enter")
        await seated.pilot.pause()
        assert any("no budget: lots" in note.message for note in seated.app._notifications)
        await seated.pilot.press("dollar_sign")
        await seated.until(lambda: isinstance(seated.app.screen, TextPrompt))
        seated.app.screen.query_one(Input).value = "1k $2"
        await seated.pilot.press("enter")
        await seated.until(lambda: told(seated, events.BudgetChanged), "changed")
        assert "of 1,000 tokens" in seated.screen_text
        assert "the budget is now 1,000 tokens and $2" in notes(seated, "captain")
        gate.set()
        await seated.over()
        run = seated.table.session.run
        assert run.result.status == "partial" and "did not allow" in run.result.answer.how
        assert "not asked" in seated.text("harper")


async def test_status_bar_shows_forecast_while_round_runs(scripted):
    gate = asyncio.Event()
    async with scripted(Reply("Yes.", gate=gate), mode="pro", agents=3) as seated:
        await seated.ask()
        await seated.until(lambda: len(seated.fake.requests) == 3)
        forecast = told(seated, events.CallsForecast)[0]
        assert format_forecast(forecast) in seated.screen_text and "next: ~" in seated.screen_text
        await seated.pilot.press("escape", "greater_than_sign")
        await seated.pilot.pause()
        assert any("no rounds" in note.message for note in seated.app._notifications)
        gate.set()
        await seated.over()
        assert "next: ~" not in seated.screen_text


async def test_live_run_actions_without_run_are_disabled(scripted):
    async with scripted("Yes.", Small, mode="pro", agents=2) as seated:
        assert not any(seated.table.check_action(action, ()) for action in LIVE_RUN_ACTIONS)
        await seated.ask()
        await seated.over()
        await seated.pilot.press("escape", "M", "m", "p", "v", "C", "greater_than_sign", "dollar_sign")
        await seated.pilot.pause()
        assert len(seated.app.screen_stack) == 1 and not told(seated, events.SeatChanged)


def test_live_run_actions_are_commands_with_keys():
    ids = {command.id for command in commands.COMMANDS}
    assert ids >= LIVE_RUN_ACTIONS and set(MENU_ACTIONS) <= ids
    keys = [key for command in commands.list_commands("pane") for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))
    replay = [
        key for where in ("replay", "run") for c in commands.list_commands(where) for key in c.keys.split(",")
    ]
    mine = [key for c in commands.COMMANDS if c.id in LIVE_RUN_ACTIONS for key in c.keys.split(",")]
    assert not set(mine) & set(replay), "a pane's keys would hide those of a replay"
    assert commands.format_keys("greater_than_sign,dollar_sign") == "> $"


@pytest.mark.parametrize(
    ("text", "tokens", "cost"),
    [("20000", 20000, None), ("20k", 20000, None), ("1.5m tokens", 1_500_000, None),
     ("20,000 tokens", 20000, None), ("$0.50", None, 0.5), ("0.5 usd", None, 0.5),
     ("20_000 and $2", 20000, 2.0), ("none", None, None),
     ("", None, None), ("0", None, None)],
)  # fmt: skip
def test_parse_budget_accepts_usual_notations(text, tokens, cost):
    assert parse_budget(text) == (tokens, cost)
    assert parse_budget(format_budget(tokens, cost)) == (tokens, cost)


@pytest.mark.parametrize("text", ["lots", "12x", "$", "1..2", "-5", "20k tok"])
def test_parse_budget_invalid_text_raises(text):
    with pytest.raises(Exception, match="no budget"):
        parse_budget(text)


async def test_cost_is_shown_in_status_bar_and_report(scripted, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(
        pricing, "cost_of", lambda s, m, p, c, cached=0: None if m == "free" else (p + c) / 1000
    )
    async with scripted("Yes.", mode="pro", agents=2, max_cost=50.0) as seated:
        await seated.ask()
        await seated.over()
        run = seated.table.session.run
        assert run.result.status == "complete"
        cost = pricing.format_dollars(run.table.budget.totals.cost)
        assert f"{cost} of $50.00" in seated.screen_text
        shown = render_page(compute_stats(run.events)).plain
        assert "cost" in shown and cost in shown and "no price" not in shown
        await seated.pilot.press("f12")
        await seated.until(lambda: isinstance(seated.app.screen, StatsScreen))
        await seated.until(lambda: cost in seated.screen_text)


def test_report_shows_costs_and_missing_prices():
    def turn(n: int, seat: str, **usage: float) -> events.TurnFinished:
        return events.TurnFinished(
            turn=f"{seat}.{n}", seat=seat, text="x", usage=usage, ttft_s=0.1 * n, elapsed_s=1.0 + n
        )

    recorded = [
        turn(1, "a", prompt_tokens=10, completion_tokens=20, cost=0.01),
        turn(2, "a", prompt_tokens=10, completion_tokens=40, cost=0.02),
        turn(1, "b", prompt_tokens=10, completion_tokens=5),
    ]
    shown = render_page(compute_stats(recorded)).plain
    assert "$0.0300" in shown and "no price set for it" in shown
    assert "no price set for these models" in render_page(compute_stats(recorded[2:])).plain
    narrow = render_page(compute_stats(recorded), 40).plain.splitlines()
    assert "cached" in shown and "cached" not in narrow[0] and "cost" in narrow[0]
    assert max(map(len, narrow[:2])) <= 40


def test_status_bar_shows_budget():
    top = StatusBar()
    header = events.RunStarted(
        run_id="x", started_at="", mode="debate", question="?", calls={"max_cost": 2.0}
    )
    top.handle(header)
    assert "no price set of $2.00" in str(top.content)
    top.handle(events.UsageUpdated(calls=1, prompt_tokens=10, completion_tokens=5, cost=0.25, estimated=True))
    assert "~15 tokens · ~$0.250 of $2.00" in str(top.content)
    top.handle(events.BudgetChanged(tokens=100))
    assert "~15 of 100 tokens · ~$0.250" in str(top.content)
