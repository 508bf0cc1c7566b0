"""Personas and teams from the table: a team is put together, seated, and left again."""

from __future__ import annotations

import pytest

from roundtable_tui.config import Settings, apply_app_state
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.library.personas.list import PersonasScreen
from roundtable_tui.tui.screens.library.teams.editor import TeamEditor
from roundtable_tui.tui.screens.library.teams.list import TeamsScreen
from roundtable_tui.utils import paths
from tests.support.fake_server import Reply

pytestmark = pytest.mark.anyio


async def test_new_team_from_team_choice_is_used(demo):
    async with demo() as seated:
        table, pilot = seated.table, seated.pilot

        async def on(kind):
            await seated.until(lambda: isinstance(seated.app.screen, kind), kind)
            await pilot.pause()

        async def picked(text):
            await on(Picker)
            await pilot.press(*text, "enter")
            await pilot.pause()

        await pilot.press("f3")
        await picked("new team")
        await on(TeamEditor)
        builder = seated.app.screen
        await seated.until(lambda: builder.query_one("#name").has_focus)
        await pilot.press(*"Crew", "f3")
        await picked("theo")
        await picked("iris")
        await on(Picker)
        await pilot.press("escape")
        await on(TeamEditor)
        await pilot.press("f4")
        await picked("written")
        await seated.until(lambda: builder.draft.members[-1].server == "demo")
        await pilot.press("ctrl+s")
        await seated.until(lambda: seated.app.screen is table)
        assert table.session.summary["team"] == "Crew"
        assert PersonaLibrary.load().get_team("crew").team.summary == "Theo, Iris (demo)"
        await seated.ask()
        await seated.over()
        assert [place.persona.name for place in table.session.run.plan.assignments] == ["Theo", "Iris"]

        await pilot.press("ctrl+n", "f3")
        await picked("default")
        assert table.session.summary["team"] == "default" and apply_app_state(Settings()).team == ""

        await pilot.press("shift+f3")
        await on(TeamsScreen)
        await seated.until(lambda: seated.app.screen.entry)
        assert seated.app.screen.entry.found.team.name == "Crew"
        await pilot.press("s")
        await seated.until(lambda: seated.app.screen is table)
        assert table.session.summary["team"] == "Crew"

        await pilot.press("f5")
        await on(PersonasScreen)
        await seated.until(lambda: seated.app.screen.entry)
        await pilot.press("f9")
        await seated.until(lambda: seated.app.screen.query_one("#question").has_focus)
        await pilot.press("enter")
        await seated.until(lambda: seated.app.screen.trial.query_one("TrySeatPane").view.copy_text().strip())
        await seated.until(lambda: not seated.app.screen.trial.is_asking)
        assert len(list(paths.runs_dir().glob("*/events.jsonl"))) == 1, "a trial is no run"
        await pilot.press("escape", "shift+f3")
        await on(TeamsScreen)


async def test_personas_opened_at_the_active_seat(scripted):
    script = {"": "It is four.", "chair": Reply(decision={"consensus": True, "direction": ""})}
    async with scripted(script, team="roles", mode="debate") as seated:
        await seated.ask()
        await seated.over()
        await seated.pilot.press("escape", "2", "f5")
        await seated.until(lambda: isinstance(seated.app.screen, PersonasScreen) and seated.app.screen.entry)
        seat = seated.table.session.run.table.seats[1]
        assert seat.persona.slug != seated.table.session.run.table.seats[0].persona.slug
        await seated.until(lambda: seated.app.screen.entry.found.slug == seat.persona.slug)
