from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from roundtable_tui.resources import Persona, PersonaLibrary, save_persona
from roundtable_tui.tui.screens.library.personas.editor import PersonaEditor
from roundtable_tui.tui.screens.library.personas.list import PersonasScreen
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from roundtable_tui.utils import paths
from tests.support.screen_host import SIZES, Host, acting, frame, open_screen, said, settle
from tests.support.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def one_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Bundle one persona; the current folder has none."""
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


async def test_persona_list_shows_personas_by_origin(tmp_path: Path) -> None:
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


async def test_persona_list_broken_file_is_shown_and_can_be_repaired() -> None:
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
        app.screen.query_one("#json").focus()
        app.screen.query_one("#prompt").text = "You are Ada."  # type: ignore[attr-defined]
        await settle(app, pilot)
        await press(app, pilot, "ctrl+s")
        assert shown(app) == ["Ada", "Plato"] and highlighted(app) == "Ada"


async def test_persona_list_edited_persona_is_reloaded_and_highlighted() -> None:
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "enter")
        assert isinstance(app.screen, PersonaEditor)
        await press(app, pilot, "x", "ctrl+s")
        assert shown(app) == ["Platox", "Plato"] and highlighted(app) == "Platox"
        await press(app, pilot, "escape")
        assert app.results == [True]


async def test_persona_list_new_persona_is_saved_and_listed() -> None:
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "n", *"Zed")
        app.screen.query_one("#prompt").text = "You are Zed."  # type: ignore[attr-defined]
        await settle(app, pilot)
        await press(app, pilot, "ctrl+s")
        assert shown(app) == ["Zed", "Plato"]


async def test_persona_list_copy_gets_unused_name() -> None:
    mine("Plato 2")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "end", "c", "ctrl+s")
        assert shown(app) == ["Plato 2", "Plato 3", "Plato"] and highlighted(app) == "Plato 3"
        assert PersonaLibrary.load().get("Plato 3").persona.prompt == "You are Plato."


async def test_persona_list_delete_own_persona_can_be_undone() -> None:
    path = mine("Ada")
    mine("Bob")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "D")
        assert not path.exists() and shown(app) == ["Bob", "Plato"] and highlighted(app) == "Bob"
        assert said(app, "#status") == "ada.json deleted. Press U to undo."
        await press(app, pilot, "D", "U", "U")
        assert shown(app) == ["Ada", "Bob", "Plato"] and highlighted(app) == "Ada"
        await press(app, pilot, "U")
        assert path.exists()


async def test_persona_list_delete_bundled_persona_does_nothing(one_bundled: Path) -> None:
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "D")
        assert (one_bundled / "plato.json").exists() and shown(app) == ["Plato"]
        await press(app, pilot, "escape")
        assert app.results == [False]


async def test_persona_list_failed_deletion_shows_error(monkeypatch: pytest.MonkeyPatch) -> None:
    path = mine("Ada")
    (path.parent / ".trash").write_text("a file where the folder should be")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "D")
        assert "cannot be deleted" in said(app, "#status") and path.exists()


async def test_persona_list_undo_does_not_replace_new_file() -> None:
    path = mine("Ada")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await press(app, pilot, "D")
        mine("Ada", "new")
        await press(app, pilot, "U")
        assert "already exists" in said(app, "#status") and "new" in path.read_text()


async def test_persona_list_search_filters_and_escape_clears_it() -> None:
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


async def test_persona_list_undo_of_a_broken_file_keeps_the_search() -> None:
    mine("Bob", "poet")
    broken = mine("Ada").with_name("bad.json")
    broken.write_text("{")
    async with open_screen(PersonasScreen()) as (app, pilot):
        app.shown.query_one(ItemList).highlight_item("fault 0")
        await press(app, pilot, "D")
        assert not broken.exists()
        await press(app, pilot, "slash", *"bob", "down", "up", "tab")
        app.shown.query_one(ItemList).focus()
        await press(app, pilot, "U")
        assert broken.exists() and app.shown.query_one("#search", Input).value == "bob"


async def test_persona_list_first_click_highlights_second_edits() -> None:
    mine("Ada")
    async with open_screen(PersonasScreen()) as (app, pilot):
        listed = app.shown.query_one(ItemList)
        await pilot.click(listed, offset=(4, 4))
        await settle(app, pilot)
        assert highlighted(app) == "Plato" and app.screen is app.shown
        await pilot.click(listed, offset=(4, 4))
        await settle(app, pilot)
        assert isinstance(app.screen, PersonaEditor)


async def test_persona_list_empty_shows_what_to_press(one_bundled: Path) -> None:
    (one_bundled / "plato.json").unlink()
    async with open_screen(PersonasScreen()) as (app, pilot):
        assert said(app, "#nothing") == "There are no personas yet. Press n to create one."
        await press(app, pilot, "enter", "c", "d", "U")
        assert app.screen is app.shown
        await press(app, pilot, "n")
        assert isinstance(app.screen, PersonaEditor)


async def test_persona_list_missing_given_folder_is_an_error_row(tmp_path: Path) -> None:
    async with open_screen(PersonasScreen(tmp_path / "nowhere")) as (app, pilot):
        assert shown(app) == ["Plato", "nowhere: is not there"]
        await press(app, pilot, "end", "enter")
        assert app.screen is app.shown, "there is no file to mend"


async def test_persona_list_exception_while_reading_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(screen: PersonasScreen) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(PersonasScreen, "read", fail)
    async with open_screen(PersonasScreen()) as (app, _):
        assert "the disk is gone" in frame(app)


async def test_persona_list_files_changed_on_disk_are_reloaded() -> None:
    async with open_screen(PersonasScreen()) as (app, pilot):
        mine("Ada")
        await until(pilot, lambda: shown(app) == ["Ada", "Plato"])
        assert highlighted(app) == "Plato"
        mine("Ada", "critic")
        await until(pilot, lambda: "critic" in frame(app))
        await press(app, pilot, "ctrl+l")
        assert shown(app) == ["Ada", "Plato"] and highlighted(app) == "Plato"


@pytest.mark.parametrize("size", SIZES)
async def test_persona_list_fits_every_size(size: tuple[int, int]) -> None:
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


async def test_persona_list_hostile_text_is_shown_inert(tmp_path: Path) -> None:
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
        await press(app, pilot, "D")
        assert acting(frame(app)) == [] and not app.pwned


async def test_persona_list_rename_own_persona_can_be_undone(one_bundled: Path) -> None:
    path = mine("Ada", "critic")
    mine("Bob")
    async with open_screen(PersonasScreen()) as (app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: app.screen is not app.shown)
        await press(app, pilot, "end", "!", "enter")
        assert shown(app) == ["Ada!", "Bob", "Plato"] and highlighted(app) == "Ada!"
        assert said(app, "#status") == "Ada renamed to Ada!. Press U to undo."
        assert PersonaLibrary.load().get("ada!").path == path
        await press(app, pilot, "U")
        assert shown(app) == ["Ada", "Bob", "Plato"] and "critic" in path.read_text()
        await pilot.press("R")
        await until(pilot, lambda: app.screen is not app.shown)
        app.screen.query_one("#line").value = "Bob"  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        assert "has the name Bob too" in said(app, "#status") and shown(app)[0] == "Ada"
        await press(app, pilot, "end", "R")
        assert app.screen is app.shown, "the shipped one keeps its name"


async def test_persona_list_imports_a_dropped_file_and_shows_it(tmp_path: Path) -> None:
    """The terminal pastes the path of a file that is dropped, with blanks escaped."""
    card = tmp_path / "a card.json"
    card.write_text(
        '{"spec": "chara_card_v2", "data": {"name": "Pirate", "description": "Arr.", "tags": ["x"]}}'
    )
    async with open_screen(PersonasScreen()) as (app, pilot):
        app.post_message(events.Paste(str(card).replace(" ", r"\ ")))
        await until(pilot, lambda: "Pirate" in shown(app), "the persona is imported")
        await settle(app, pilot)
        assert highlighted(app) == "Pirate" and said(app, "#status") == "Pirate imported. Left out: tags."
        plato = tmp_path / "shipped" / "plato.json"
        app.post_message(events.Paste(f"'{plato}' {card.as_uri()}"))
        await until(pilot, lambda: "Pirate 2" in shown(app), "both are imported")
        (tmp_path / "none.json").write_text("{}")
        app.post_message(events.Paste(str(tmp_path / "none.json")))
        await until(pilot, lambda: "holds no persona" in said(app, "#status"), "what is wrong is said")
        app.post_message(events.Paste("some text"))
        await until(
            pilot, lambda: "drop its file here" in said(app, "#status"), "what can be dropped is said"
        )
    assert PersonaLibrary.load().get("Pirate").persona.prompt.startswith("You are Pirate.")
