"""What the screens of personas, teams, servers and settings look like, and an account: each at three sizes.

Each is opened once, in a fixed state, and made smaller twice; nothing is read from a disk, asked or timed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from textual.screen import Screen
from textual.widgets import Input, TextArea

from roundtable_tui.config import ServerSettings
from roundtable_tui.model_choice import server_check
from roundtable_tui.model_choice.server_check import CheckResult
from roundtable_tui.reports.stats import compute_stats
from roundtable_tui.resources import Member, Persona, PersonaLibrary, Team
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.screens.dialogs.stats import StatsScreen
from roundtable_tui.tui.screens.library.personas.editor import PersonaEditor
from roundtable_tui.tui.screens.library.servers.form import ServerForm
from roundtable_tui.tui.screens.library.teams.editor import TeamEditor
from roundtable_tui.tui.screens.settings.screen import SettingsScreen
from roundtable_tui.tui.widgets.forms.form_row import FormRow
from tests.support.pilot import Medium, Sitting, Small, Wide, kept, sitting

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("preloaded")]
NOWHERE = Path("/nowhere/roundtable")
"""A home whose name is as long everywhere. Nothing is written there."""


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDTABLE_HOME", str(NOWHERE))


@asynccontextmanager
async def shown(make: Callable[[Sitting], Screen[Any]]) -> AsyncIterator[Sitting]:
    """A screen above the empty table, of which nothing blinks."""
    async with sitting(RunRequest(demo=True, mode="debate"), Wide) as seated:
        seated.app.push_screen(make(seated))
        await seated.until(lambda: seated.app.screen.is_mounted and seated.app.screen.focused)
        for field in seated.app.screen.query("Input, TextArea"):
            assert isinstance(field, Input | TextArea)
            field.cursor_blink = False
        yield seated


async def same(seated: Sitting, snapshot: Any) -> None:
    """Compare a picture at each size."""
    for size in (Wide, Medium, Small):
        await seated.pilot.resize_terminal(*size)
        await seated.app.workers.wait_for_complete()
        await seated.pilot.pause()
        picture = seated.app.export_screenshot()
        name = f"{size[0]}x{size[1]}"
        assert snapshot(name=name, extension_class=SVGImageExtension) == picture
    assert not NOWHERE.exists()


async def test_persona_editor_with_problem_looks_same(snapshot: Any) -> None:
    prompt = "You are Ada, who asks of every claim how it would be checked, and by whom."
    ada = Persona(name="Ada", full_name="Ada the examiner", role="critic", creativity=0.35, prompt=prompt)
    async with shown(lambda _: PersonaEditor(ada)) as seated:
        field = seated.app.screen.query_one("#temperature", Input)
        field.focus()
        field.value = "9"
        await seated.until(lambda: "not 9" in seated.screen_text)
        await same(seated, snapshot)


async def test_team_editor_with_seats_looks_same(snapshot: Any, tmp_path: Path) -> None:
    for name in ("Ada", "Bob", "Cap"):
        (tmp_path / f"{name}.json").write_text(f'{{"name": "{name}", "prompt": "You are {name}."}}')
    bob = Member(persona="Bob", model="qwen3:8b", server="Ollama")
    crew = Team(
        name="Crew",
        title="Two and a third",
        members=(Member(persona="Ada"), bob, bob),
        captain=Member(persona="Cap"),
    )
    builder = TeamEditor(crew, library=PersonaLibrary.load(tmp_path))
    async with shown(lambda _: builder) as seated:
        await seated.pilot.press("down", "down")
        await seated.until(lambda: "You are Bob" in seated.screen_text)
        await same(seated, snapshot)


async def test_server_form_after_check_looks_right(snapshot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: Any) -> AsyncIterator[CheckResult]:
        yield CheckResult("ok", "port 11434 at box is open")
        yield CheckResult("note", "the list of models is at another address", "The right one ends in /v1.")
        yield CheckResult("bad", "no model is loaded", "Load one there.", url="http://box:11434/v1")

    monkeypatch.setattr(server_check, "check_server", found)
    server = ServerSettings("box", "http://box:11434", api_key_env="BOX_KEY")
    async with shown(lambda _: ServerForm(server, saved_name="box")) as seated:
        await seated.pilot.press("enter")
        await seated.until(lambda: "shift+F9 uses" in seated.screen_text)
        row = seated.app.screen.query_one("#row-concurrency", FormRow)
        row.field.focus()
        row.text = "many"
        await seated.until(lambda: "not many" in seated.screen_text)
        await same(seated, snapshot)


async def test_settings_screen_with_error_looks_right(snapshot: Any) -> None:
    async with shown(lambda seated: SettingsScreen(seated.table.session)) as seated:
        row = seated.app.screen.query_one("#row-agents", FormRow)
        row.field.focus()
        row.text = "100"
        await seated.until(lambda: "from 1 to 64" in seated.screen_text)
        await same(seated, snapshot)


async def test_report_of_debate_looks_right(snapshot: Any) -> None:
    made = compute_stats(kept("debate").events)
    async with shown(lambda _: StatsScreen(lambda: made)) as seated:
        await seated.until(lambda: "Board" in seated.screen_text)
        await same(seated, snapshot)
