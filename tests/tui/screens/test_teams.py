"""The list of teams and the team editor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot

from roundtable_tui.resources import Member, PersonaLibrary, Team, save_team
from roundtable_tui.resources.draft import CAPTAIN, TeamDraft
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.teams.editor import TeamEditor
from roundtable_tui.tui.screens.library.teams.list import TeamsScreen
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from roundtable_tui.utils import paths
from tests.support.screen_host import Host, acting, frame, open_screen, said, settle
from tests.support.waits import until

pytestmark = pytest.mark.anyio

A, B = Member(persona="Ada"), Member(persona="Bob", model="m", server="home")


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Bundle three personas and a team; the current folder has none."""
    folder = tmp_path / "shipped"
    (folder / "teams").mkdir(parents=True)
    for name in ("Ada", "Bob", "Cap"):
        (folder / f"{name}.json").write_text(f'{{"name": "{name}", "prompt": "You are {name}."}}')
    team = {"name": "Old", "title": "As it came", "members": ["Ada"], "captain": "Cap"}
    (folder / "teams/old.json").write_text(json.dumps(team))
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def rows(app: Host) -> list[tuple[str, str]]:
    listed = app.screen.query_one(ItemList)
    return [(item.title, item.hint) for item in listed._rows if item is not None]


async def press(app: Host, pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(app, pilot)


async def pick(app: Host, pilot: Pilot[None], key: str, *names: str) -> None:
    """Open a picker with a key and choose the items."""
    if key:
        await pilot.press(key)
    for name in names:
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*name, "enter")
        await pilot.pause()


def test_team_draft_changes_one_seat_at_a_time() -> None:
    draft = TeamDraft.of(Team(name="T", members=(A, B, A)))
    moved, row = draft.move_seat("0", 1)
    assert (moved.members, row) == ((B, A, A), "1")
    assert draft.move_seat("2", 5)[1] == "2" and draft.move_seat(CAPTAIN, 1) == (draft, CAPTAIN)
    assert draft.with_persona("1", "Cap").members[1] == Member(persona="Cap", model="m", server="home")
    assert draft.with_member("1", None).members == (A, A)
    assert draft.with_persona("3", "Bob").members == (A, B, A, Member(persona="Bob"))
    led = draft.with_persona(CAPTAIN, "Cap").with_model(CAPTAIN, "home", "big")
    assert led.captain == Member(persona="Cap", model="big", server="home")
    assert led.resource == Team(name="T", members=(A, B, A), captain=led.captain)
    assert led.with_member(CAPTAIN, None) == draft
    assert [problem.field for problem in TeamDraft.of(None).problems] == ["name", "members"]


async def test_team_editor_new_team_is_saved() -> None:
    async def voice(title: str) -> tuple[str, str]:
        assert title == "Model for Bob"
        return "Ollama", "qwen3"

    builder = TeamEditor(None, library=PersonaLibrary.load(), context=LibraryContext(pick_model=voice))
    async with open_screen(builder) as (app, pilot):
        assert "No seats yet" in frame(app)
        await press(app, pilot, "ctrl+s")
        assert said(app, "#status").startswith("Not saved: ") and "name should be" in said(app, "#fault")
        await pilot.press(*"Crew", "enter", *"Good at it", "enter")
        assert builder.query_one(ItemList).has_focus
        await pick(app, pilot, "n", "ada", "bob", "bob")
        await pilot.press("escape")
        await pick(app, pilot, "C", "cap")
        await until(pilot, lambda: rows(app)[0] == ("Cap", "default model"))
        assert [title for title, _ in rows(app)] == ["Cap", "1  Ada", "2  Bob", "3  Bob"]
        await press(app, pilot, "end", "f4")
        assert rows(app)[-1][1] == "qwen3 @ Ollama"
        await press(app, pilot, "K", "K")
        assert [member.persona for member in builder.draft.members] == ["Bob", "Ada", "Bob"]
        await press(app, pilot, "end", "D")
        assert len(builder.draft.members) == 2
        await press(app, pilot, "U", "ctrl+s")
        made = app.results[0]
        assert made.path == (paths.data_dir() / "personas/teams/crew.json").resolve()
        found = PersonaLibrary.load().get_team("crew").team
        assert found.summary == "Bob (qwen3 @ Ollama), Ada, Bob; captain Cap" and found.title == "Good at it"


async def test_team_editor_bundled_team_is_saved_as_copy(shipped: Path) -> None:
    before = (shipped / "teams/old.json").read_text()
    seated: list[str] = []
    async with open_screen(TeamsScreen(context=LibraryContext(use_team=seated.append))) as (app, pilot):
        assert rows(app) == [("Old · As it came", "1 seat, captain")] and "Cap" in said(app, "#known")
        await press(app, pilot, "D", "R")
        assert app.screen is app.shown, "what is not yours stays"
        await press(app, pilot, "enter", "end", "D")
        assert isinstance(app.screen, TeamEditor)
        await press(app, pilot, "ctrl+s")
        assert said(app, "#status").startswith("Not saved: ")
        await pick(app, pilot, "n", "bob")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.focused is not None)
        await press(app, pilot, "ctrl+s")
        assert [title for title, _ in rows(app)] == ["Old · As it came", "Old · As it came"]
        assert (shipped / "teams/old.json").read_text() == before
        assert PersonaLibrary.load().get_team("old").origin == "yours"
        await press(app, pilot, "s")
        assert seated == ["Old"] and app.results == [True]


async def test_team_list_rename_delete_and_undo_own_team() -> None:
    path = save_team(Team(name="Crew", members=(A, B)))
    async with open_screen(TeamsScreen()) as (app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: app.screen is not app.shown)
        await press(app, pilot, "end", "2", "enter")
        assert rows(app)[0][0] == "Crew2" and '"m"' in path.read_text()
        await press(app, pilot, "U")
        assert rows(app)[0][0] == "Crew"
        await press(app, pilot, "D")
        assert not path.exists() and len(rows(app)) == 1
        await press(app, pilot, "U")
        assert path.exists() and rows(app)[0][0] == "Crew"
        await press(app, pilot, "c", "ctrl+s")
        assert [title for title, _ in rows(app)][:2] == ["Crew", "Crew 2"]


async def test_team_editor_file_changed_on_disk_is_loaded_or_kept() -> None:
    path = save_team(Team(name="Crew", members=(A,)))
    async with open_screen(TeamsScreen()) as (app, pilot):
        save_team(Team(name="Crew", title="Now two", members=(A, B)))
        await until(pilot, lambda: rows(app)[0] == ("Crew · Now two", "2 seats"))
        await press(app, pilot, "enter")
        builder = app.screen
        assert isinstance(builder, TeamEditor)
        await press(app, pilot, "D", "end", "D")
        assert builder.changed
        save_team(Team(name="Crew", title="Now one", members=(B,)))
        await until(pilot, lambda: "ctrl+l loads it" in said(app, "#disk"))
        await press(app, pilot, "ctrl+l")
        assert builder.draft.members == (B,) and not builder.changed
        path.write_text("{")
        await until(pilot, lambda: "Not a valid team" in said(app, "#disk"))
        await press(app, pilot, "ctrl+l")
        assert builder.draft.members == (B,)
        await press(app, pilot, "shift+f8", "ctrl+s")
        assert PersonaLibrary.load().get_team("crew").team.title == "Now one"


async def test_team_list_hostile_names_are_shown_inert() -> None:
    folder = paths.data_dir() / "personas/teams"
    folder.mkdir(parents=True)
    evil = {"persona": "[/] [@click=app.pwn]x[/]", "model": "[b]m", "server": "[/]"}
    (folder / "a.json").write_text(json.dumps({"name": "[/] [@click=app.pwn]", "members": [evil, "Ada"]}))
    (folder / "b.json").write_text('{"name": "\\u001b[31m", "members": 3}')
    async with open_screen(TeamsScreen(), (80, 24)) as (app, pilot):
        for key in ("down", "down", "home", "enter", "end", "ctrl+s"):
            await press(app, pilot, key)
            assert acting(frame(app)) == [] and not app.pwned
        assert isinstance(app.screen, TeamEditor)
        assert "persona not found" in frame(app)
