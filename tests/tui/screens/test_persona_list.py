from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from roundtable_tui.resources import Persona, PersonaLibrary, save_persona
from roundtable_tui.tui.screens.library.personas import PersonaEditor, PersonasScreen
from roundtable_tui.tui.screens.library.personas.rows import PersonaFolders, PersonaScan
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from roundtable_tui.utils import paths
from tests.support.screen_host import SIZES, Host, acting, frame, open_screen, said, settle
from tests.support.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Only one persona is shipped, and the folder one is in holds none."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    write(folder, "Plato", "sage")
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def write(folder: Path, name: str, role: str = "") -> Path:
    path = folder / f"{name.lower()}.json"
    path.write_text(f'{{"name": "{name}", "role": "{role}", "prompt": "You are {name}."}}')
    return path


def mine(name: str, role: str = "") -> Path:
    return save_persona(Persona(name=name, role=role, prompt=f"You are {name}."))


def shown(app: Host) -> list[str]:
    return [item.title for item in app.shown.query_one(ItemList)._rows if item is not None]


def highlighted(app: Host) -> str:
    item = app.shown.query_one(ItemList).item
    return item.title if item is not None else ""


async def press(app: Host, pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(app, pilot)


async def test_they_are_listed_by_where_they_come_from(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    write(given, "Ada", "guest")
    mine("Ada")
    mine("Zed", "critic")
    async with open_screen(PersonasScreen(given)) as (app, _):
        lines = frame(app).split("\n")
        order = [
            next(n for n, line in enumerate(lines) if text in line) for text in ("Given", "Yours", "Bundled")
        ]
        assert order == sorted(order)
        assert shown(app) == ["Ada", "Ada", "Zed", "Plato"]
        assert "hidden by the given one" in frame(app) and "sage" in frame(app)
        assert said(app, "#known").startswith("Ada\nguest\ncreativity 0.7") and "You are Ada." in said(
            app, "#known"
        )


async def test_files_with_a_fault_are_told_and_can_be_mended() -> None:
    path = mine("Ada")
    path.write_text('{\n"name": "Ada",\n"prompt": 3\n}')
    async with open_screen(PersonasScreen()) as (app, pilot):
        assert shown(app) == [
            "Plato",
            "ada.json, line 3: prompt should be text of 1 to 100,000 characters, not 3",
        ]
        assert said(app, "#title") == "◆ Personas  1, 1 with errors"
        await press(app, pilot, "end", "enter")
        assert isinstance(app.screen, PersonaEditor) and '"prompt": 3' in frame(app)
        app.screen.query_one("#json").focus()  # type: ignore[attr-defined]
        app.screen.query_one("#prompt").text = "You are Ada."  # type: ignore[attr-defined]
        await settle(app, pilot)
        await press(app, pilot, "ctrl+s")
        assert shown(app) == ["Ada", "Plato"] and highlighted(app) == "Ada"


async def test_one_that_is_edited_is_read_anew_and_highlighted() -> None:
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "enter")
        assert isinstance(app.screen, PersonaEditor)
        await press(app, pilot, "x", "ctrl+s")
        assert shown(app) == ["Platox", "Plato"] and highlighted(app) == "Platox"
        await press(app, pilot, "escape")
        assert app.results == [True]


async def test_one_can_be_made() -> None:
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "n", *"Zed")
        app.screen.query_one("#prompt").text = "You are Zed."  # type: ignore[attr-defined]
        await settle(app, pilot)
        await press(app, pilot, "ctrl+s")
        assert shown(app) == ["Zed", "Plato"]


async def test_one_can_be_copied_under_a_name_of_its_own() -> None:
    mine("Plato 2")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "end", "c", "ctrl+s")
        assert shown(app) == ["Plato 2", "Plato 3", "Plato"] and highlighted(app) == "Plato 3"
        assert PersonaLibrary.load().get("Plato 3").persona.prompt == "You are Plato."


async def test_ones_own_can_be_deleted_and_brought_back() -> None:
    path = mine("Ada")
    mine("Bob")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "d")
        assert not path.exists() and shown(app) == ["Bob", "Plato"] and highlighted(app) == "Bob"
        assert said(app, "#status") == "ada.json deleted. Press u to undo."
        await press(app, pilot, "d", "u", "u")
        assert shown(app) == ["Ada", "Bob", "Plato"] and highlighted(app) == "Ada"
        await press(app, pilot, "u")
        assert path.exists()


async def test_what_is_not_ones_own_stays(nothing_shipped: Path) -> None:
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "d")
        assert (nothing_shipped / "plato.json").exists() and shown(app) == ["Plato"]
        await press(app, pilot, "escape")
        assert app.results == [False]


async def test_a_deletion_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    path = mine("Ada")
    (paths.data_dir() / "deleted").write_text("a file where the folder should be")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "d")
        assert "cannot be moved" in said(app, "#status") and path.exists()


async def test_undoing_does_not_replace_what_is_there_again() -> None:
    path = mine("Ada")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "d")
        mine("Ada", "new")
        await press(app, pilot, "u")
        assert "exists again" in said(app, "#status") and "new" in path.read_text()


async def test_the_search_narrows_and_escape_leaves_it() -> None:
    mine("Ada", "critic")
    mine("Bob", "poet")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "slash", *"poe")
        assert shown(app) == ["Bob"] and said(app, "#known").startswith("Bob")
        await press(app, pilot, "x")
        assert shown(app) == [] and said(app, "#nothing") == "No match for “poex”."
        assert said(app, "#known").strip() == ""
        await press(app, pilot, "escape")
        assert shown(app) == ["Ada", "Bob", "Plato"] and app.shown.query_one(ItemList).has_focus
        assert app.results == []
        await press(app, pilot, "slash", "p", "down", "up", "enter")
        assert isinstance(app.screen, PersonaEditor)


async def test_a_click_highlights_and_a_second_one_edits() -> None:
    mine("Ada")
    async with open_screen(PersonasScreen()) as (app, pilot):
        listed = app.shown.query_one(ItemList)
        await pilot.click(listed, offset=(4, 4))
        await settle(app, pilot)
        assert highlighted(app) == "Plato" and app.screen is app.shown
        await pilot.click(listed, offset=(4, 4))
        await settle(app, pilot)
        assert isinstance(app.screen, PersonaEditor)


async def test_without_any_persona_it_says_what_to_do(nothing_shipped: Path) -> None:
    (nothing_shipped / "plato.json").unlink()
    async with open_screen(PersonasScreen()) as (app, pilot):
        assert said(app, "#nothing") == "There are no personas yet. Press n to create one."
        await press(app, pilot, "enter", "c", "d", "u")
        assert app.screen is app.shown
        await press(app, pilot, "n")
        assert isinstance(app.screen, PersonaEditor)


async def test_a_given_folder_that_is_not_there_is_a_fault_among_others(tmp_path: Path) -> None:
    async with open_screen(PersonasScreen(tmp_path / "nowhere")) as (app, pilot):
        assert shown(app) == ["Plato", "nowhere: is not there"]
        await press(app, pilot, "end", "enter")
        assert app.screen is app.shown, "there is no file to mend"


async def test_whatever_fails_while_reading_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folders: PersonaFolders) -> PersonaScan:
        raise OSError("the disk is gone")

    monkeypatch.setattr(PersonaScan, "read", fail)
    async with open_screen(PersonasScreen()) as (app, _):
        assert "the disk is gone" in frame(app)


async def test_files_changed_by_somebody_else_are_seen() -> None:
    async with open_screen(PersonasScreen()) as (app, pilot):
        mine("Ada")
        await until(pilot, lambda: shown(app) == ["Ada", "Plato"])
        assert highlighted(app) == "Plato"
        mine("Ada", "critic")
        await until(pilot, lambda: "critic" in frame(app))
        await press(app, pilot, "ctrl+r")
        assert shown(app) == ["Ada", "Plato"] and highlighted(app) == "Plato"


@pytest.mark.parametrize("size", SIZES)
async def test_it_fits_every_size(size: tuple[int, int]) -> None:
    for n in range(40):
        mine(f"Person {n:02}", "thinker")
    async with open_screen(PersonasScreen(), size) as (app, pilot):
        for part in (
            "/ to search",
            "Yours",
            "Person 01",
            "You are Person 00" if size[1] > 20 else "creativity",
            "Edit",
            "Back",
        ):
            assert part in frame(app)
        await press(app, pilot, "end")
        assert "Plato" in frame(app)


async def test_foreign_text_is_shown_and_does_nothing(tmp_path: Path) -> None:
    folder = paths.data_dir() / "personas"
    folder.mkdir(parents=True)
    (folder / "a[link=app.pwn]\x1b[31m.json").write_text('{"[@click=app.pwn]x[/]": "\x9b"}')
    (folder / "b.json").write_text(
        '{"name": "[/] [@click=app.pwn]x[/]", "role": "[/]", "prompt": "[/]\x9b31m\u202e"}'
    )
    async with open_screen(PersonasScreen()) as (app, pilot):
        for _ in range(3):
            assert acting(frame(app)) == []
            await press(app, pilot, "down")
        await press(app, pilot, "d")
        assert acting(frame(app)) == [] and not app.pwned


async def test_ones_own_can_be_renamed_and_named_back(nothing_shipped: Path) -> None:
    path = mine("Ada", "critic")
    mine("Bob")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: app.screen is not app.shown)
        await press(app, pilot, "end", "!", "enter")
        assert shown(app) == ["Ada!", "Bob", "Plato"] and highlighted(app) == "Ada!"
        assert said(app, "#status") == "Ada renamed to Ada!. Press u to undo."
        assert PersonaLibrary.load().get("ada!").path == path
        await press(app, pilot, "u")
        assert shown(app) == ["Ada", "Bob", "Plato"] and "critic" in path.read_text()
        await pilot.press("r")
        await until(pilot, lambda: app.screen is not app.shown)
        app.screen.query_one("#line").value = "Bob"  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        assert "has the name Bob too" in said(app, "#status") and shown(app)[0] == "Ada"
        await press(app, pilot, "end", "r")
        assert app.screen is app.shown, "the shipped one keeps its name"
