from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from roundtable_tui.resources import Persona, PersonaLibrary, check_persona, save_persona
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.file_editor import Edited
from roundtable_tui.tui.screens.library.personas.editor import PersonaEditor
from roundtable_tui.tui.widgets.forms.slider import Slider
from roundtable_tui.tui.widgets.forms.text_pane import ProblemField
from roundtable_tui.utils import files, paths
from tests.support.screen_host import SIZES, Host, acting, frame, open_screen, said, settle
from tests.support.waits import until

pytestmark = pytest.mark.anyio

ADA = Persona(name="Ada", role="critic", creativity=0.5, prompt="You are Ada.")


def source(app: Host) -> str:
    return app.screen.query_one(ProblemField).text


def field(app: Host, name: str) -> str:
    return app.screen.query_one(f"#{name}", Input).value


async def write_json(app: Host, pilot: Pilot[None], text: str) -> None:
    app.screen.query_one(ProblemField).text = text
    await settle(app, pilot)


async def focus(app: Host, pilot: Pilot[None], selector: str) -> None:
    app.screen.query_one(selector).focus()
    await pilot.pause()


def mine() -> list[Path]:
    folder = paths.data_dir() / "personas"
    return sorted(path for path in folder.glob("*.json") if not path.name.endswith(".schema.json"))


# Form and JSON


async def test_persona_editor_form_edit_changes_json() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await pilot.press("!", "enter", "L", "down", "down", "right")
        assert [row.id for row in app.screen.query(".-here")] == ["field-creativity"]
        await focus(app, pilot, "#max_tokens")
        await pilot.press(*"500")
        await focus(app, pilot, "#prompt")
        await pilot.press("X", "enter", "Y")
        await settle(app, pilot)
        assert json.loads(source(app)) == {
            "name": "Ada!",
            "full_name": "L",
            "role": "critic",
            "creativity": 0.55,
            "prompt": "X\nYYou are Ada.",
            "max_tokens": 500,
        }
        assert said(app, "#faults") == "✓ Valid persona." and said(app, "#who") == "Ada! •"
        assert said(app, "#temperature-line") == "0.55  temperature 0.55"


async def test_persona_editor_json_edit_changes_form() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await write_json(
            app,
            pilot,
            '{"name": "Bob", "creativity": 0.25, "temperature": 1.5, "model": "m", "prompt": "You\\nare B."}',
        )
        assert (field(app, "name"), field(app, "role"), field(app, "model")) == ("Bob", "", "m")
        assert field(app, "temperature") == "1.5"
        assert app.screen.query_one(Slider).value == 0.25
        assert app.screen.query_one("#prompt", TextArea).text == "You\nare B."
        assert said(app, "#temperature-line") == "0.25  overridden: 1.5"


async def test_persona_editor_invalid_value_is_shown_in_form_and_json() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await focus(app, pilot, "#temperature")
        await pilot.press(*"9")
        await settle(app, pilot)
        assert said(app, "#field-temperature .fault").startswith("temperature should be a number from 0 to 2")
        assert "line 6: temperature should be" in said(app, "#faults")
        await pilot.press("backspace", *"1")
        await settle(app, pilot)
        assert said(app, "#field-temperature .fault") == "" and said(app, "#faults") == "✓ Valid persona."


async def test_persona_editor_misspelt_field_suggests_nearest() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await write_json(app, pilot, '{\n"name": "Ada",\n"promt": "x"\n}')
        assert said(app, "#faults") == "line 3: there is no field promt. Did you mean prompt?"
        assert said(app, "#other-problem") == said(app, "#faults")


async def test_persona_editor_invalid_json_disables_form() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await write_json(app, pilot, '{\n"name": "Ada"\n"prompt": "x"}')
        assert said(app, "#faults").startswith("line 3: is not JSON")
        assert field(app, "name") == "Ada" and app.screen.query_one("#field-name").disabled
        await pilot.press("alt+down")
        await settle(app, pilot)
        json_field = app.screen.query_one(ProblemField)
        assert json_field.has_focus and json_field.cursor_location[0] == 2
        await write_json(app, pilot, '{\n"name": "Eva",\n"prompt": "x"}')
        assert field(app, "name") == "Eva" and not app.screen.query_one("#field-name").disabled


async def test_persona_editor_form_edit_can_be_undone_in_json() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        before = source(app)
        await pilot.press("x")
        await focus(app, pilot, "#json")
        assert field(app, "name") == "Adax"
        await pilot.press("ctrl+z")
        await settle(app, pilot)
        assert source(app) == before and field(app, "name") == "Ada"
        await pilot.press("ctrl+z")
        await settle(app, pilot)
        assert source(app) == before, "the beginning is the beginning"


async def test_persona_editor_problem_lines_are_underlined() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await write_json(app, pilot, '{\n"name": "Ada",\n"creativity": 7,\n"prompt": "x"\n}')

        def underlined() -> list[int]:
            area = app.screen.query_one(ProblemField)
            rows = [area.render_line(y) for y in range(5)]
            return [n for n, row in enumerate(rows) if any(s.style and s.style.underline for s in row)]

        assert underlined() == [2]
        await write_json(app, pilot, source(app).replace("7", "1"))
        assert underlined() == []


# A new persona


async def test_persona_editor_new_persona_hides_problems_until_saved() -> None:
    async with open_screen(PersonaEditor(None)) as (app, pilot):
        assert said(app, "#faults") == "Not complete yet." and said(app, "#field-name .fault") == ""
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert said(app, "#status").startswith("Not saved: line 2: name should be text")
        assert said(app, "#field-name .fault") and said(app, "#field-prompt .fault")
        assert app.screen.query_one("#name").has_focus
        await pilot.press(*"Zed")
        await focus(app, pilot, "#prompt")
        await pilot.press(*"You")
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        path = paths.data_dir() / "personas" / "zed.json"
        assert app.results == [Edited(Persona(name="Zed", prompt="You"), path)]
        assert PersonaLibrary.load().get("zed").persona.prompt == "You"


# Saving


async def test_persona_editor_own_file_is_overwritten() -> None:
    path = save_persona(ADA)
    async with open_screen(PersonaEditor(ADA, path=path, origin="yours")) as (app, pilot):
        assert said(app, "#where") == f"Saves to {files.display_path(path)}"
        await pilot.press("!", "ctrl+s")
        await settle(app, pilot)
        assert app.results[0].path == path and app.results[0].resource.name == "Ada!"
        assert mine() == [path] and '"Ada!"' in path.read_text()
        assert [n.message for n in app._notifications] == [f"Ada! saved to {files.display_path(path)}"]


@pytest.mark.parametrize("origin", ["shipped", "here"])
async def test_persona_editor_other_file_is_saved_as_copy(origin: str, tmp_path: Path) -> None:
    foreign = tmp_path / "ada.json"
    foreign.write_text(before := json.dumps({"name": "Ada", "prompt": "You are Ada."}))
    persona, _ = check_persona(before)
    async with open_screen(PersonaEditor(persona, path=foreign, origin=origin)) as (app, pilot):
        target = paths.data_dir() / "personas" / "ada.json"
        assert f"Saves a copy to {files.display_path(target)} (" in said(app, "#where")
        await focus(app, pilot, "#role")
        await pilot.press("x", "ctrl+s")
        await settle(app, pilot)
        assert app.results[0].path == target and foreign.read_text() == before


async def test_persona_editor_saved_but_overridden_is_announced(tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text('{"name": "Ada", "prompt": "You are given."}')
    library = PersonaLibrary.load(tmp_path)
    found = library.get("ada")
    editor = PersonaEditor(found.persona, path=found.path, origin="given", library=library)
    async with open_screen(editor) as (app, pilot):
        await focus(app, pilot, "#role")
        await pilot.press("x", "ctrl+s")
        await settle(app, pilot)
        assert ["has the same name and is used instead" in n.message for n in app._notifications] == [True]


async def test_persona_editor_same_name_is_replaced_after_second_save() -> None:
    path = save_persona(ADA)
    async with open_screen(PersonaEditor(Persona(name="Ada", prompt="You are new."))) as (app, pilot):
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert "would be replaced. Press ctrl+s again to save anyway." in said(app, "#status")
        assert app.results == [] and "You are Ada." in path.read_text()
        await pilot.press("x", "backspace", "ctrl+s")
        assert app.results == [], "after a change it is asked again"
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert app.results[0].path == path and "You are new." in path.read_text()


async def test_persona_editor_save_without_change_does_nothing() -> None:
    path = save_persona(ADA)
    async with open_screen(PersonaEditor(ADA, path=path)) as (app, pilot):
        await pilot.press("ctrl+s")
        assert said(app, "#status") == "Nothing has changed: there is nothing to save."
        await pilot.press("escape")
        assert app.results == [None]


async def test_persona_editor_save_with_problem_focuses_field() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await focus(app, pilot, "#max_tokens")
        await pilot.press("x")
        await focus(app, pilot, "#name")
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert (
            said(app, "#status").startswith("Not saved: line")
            and app.screen.query_one("#max_tokens").has_focus
        )
        await write_json(app, pilot, '{"name": 3,')
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert app.screen.query_one(ProblemField).has_focus and app.results == [] and mine() == []


async def test_persona_editor_failed_write_shows_error_and_keeps_text() -> None:
    (paths.data_dir() / "personas").write_text("a file where the folder should be")
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await pilot.press("x", "ctrl+s")
        await settle(app, pilot)
        assert said(app, "#status").startswith("Not saved: ") and "cannot be written" in said(app, "#status")
        assert app.results == [] and field(app, "name") == "Adax"


# Leaving, and using


async def test_persona_editor_leave_unsaved_asks_once() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await pilot.press("x", "escape")
        assert "unsaved changes" in said(app, "#status") and app.results == []
        await pilot.press("y", "escape")
        assert app.results == [], "after a change it is asked again"
        await pilot.press("escape")
        assert app.results == [None]


async def test_persona_editor_leave_unchanged_asks_nothing() -> None:
    async with open_screen(PersonaEditor(ADA)) as (app, pilot):
        await pilot.press("x", "backspace", "shift+f9")
        assert app.results == [] and "shift+F9" not in frame(app)
        await pilot.press("escape")
        assert app.results == [None]


async def test_persona_editor_live_persona_is_applied_without_saving() -> None:
    async with open_screen(PersonaEditor(ADA, live=True)) as (app, pilot):
        assert "next turn" in frame(app) and "shift+F9" in frame(app)
        await focus(app, pilot, "#max_tokens")
        await pilot.press("x", "shift+f9")
        await settle(app, pilot)
        assert said(app, "#status").startswith("Not applied: ") and app.results == []
        await pilot.press("backspace", *"9", "shift+f9")
        await settle(app, pilot)
        assert app.results == [Edited(ADA.model_copy(update={"max_tokens": 9}), None)] and mine() == []


# Mending a file


async def test_persona_editor_broken_file_is_repaired(tmp_path: Path) -> None:
    folder = paths.data_dir() / "personas"
    folder.mkdir(parents=True)
    path = folder / "bad.json"
    path.write_text('{\n  "name": "Bob",\n  "creativty": 0.5,\n  "prompt": "You are Bob."\n}\n')
    async with open_screen(PersonaEditor(None, path=path)) as (app, pilot):
        assert "creativty" in source(app) and "Did you mean creativity?" in said(app, "#faults")
        await write_json(app, pilot, source(app).replace("creativty", "creativity"))
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert app.results[0].path == path and app.results[0].resource.name == "Bob"


@pytest.mark.parametrize(
    ("content", "told"), [(b"\xff\xfe{}", "UTF-16"), (b"\x00", "NUL"), (None, "cannot be read")]
)
async def test_persona_editor_unreadable_file_shows_error(
    content: bytes | None, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_bytes(content)
    async with open_screen(PersonaEditor(None, path=path)) as (app, _):
        assert told in said(app, "#status")


async def test_persona_editor_huge_file_opens(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    path.write_text(json.dumps({"name": "Ada", "prompt": "word " * 100_000}))
    async with open_screen(PersonaEditor(None, path=path)) as (app, pilot):
        assert "prompt should be text of 1 to 100,000 characters" in said(app, "#faults")
        await pilot.press("x")
        assert field(app, "name") == "Adax"


# Looks


@pytest.mark.parametrize("size", SIZES)
async def test_persona_editor_both_sides_reachable_at_every_size(size: tuple[int, int]) -> None:
    async with open_screen(PersonaEditor(ADA, live=True), size) as (app, pilot):
        wide = size[0] >= 100
        assert "full name" in frame(app) and "^s" in frame(app) and "Saves to" in frame(app)
        assert ('"role"' in frame(app)) == wide
        await pilot.press("ctrl+t")
        await settle(app, pilot)
        assert '"role": "critic"' in frame(app) and app.screen.query_one(ProblemField).has_focus
        assert ("full name" in frame(app)) == wide
        await pilot.press("ctrl+t")
        await settle(app, pilot)
        assert "full name" in frame(app) and app.screen.query_one("#name").has_focus


async def test_persona_editor_click_on_side_name_shows_side() -> None:
    async with open_screen(PersonaEditor(ADA), (80, 24)) as (app, pilot):
        await pilot.click("#side-json")
        await settle(app, pilot)
        assert app.screen.query_one(ProblemField).has_focus and '"role"' in frame(app)
        await pilot.click("#side-form")
        await settle(app, pilot)
        assert app.screen.query_one("#name").has_focus and "full name" in frame(app)


async def test_persona_editor_smaller_screen_keeps_side() -> None:
    async with open_screen(PersonaEditor(ADA), (120, 40)) as (app, pilot):
        await focus(app, pilot, "#json")
        await pilot.resize_terminal(70, 20)
        await settle(app, pilot)
        assert app.screen.query_one(ProblemField).has_focus and '"role"' in frame(app)


async def test_persona_editor_hostile_text_is_shown_inert() -> None:
    evil = "[/] [@click=app.pwn]x[/] \x9b31m\x7f\u202eend"
    persona = Persona(name="[/] [@click=app.pwn]x[/]", model="[b]", prompt=evil)
    async with open_screen(PersonaEditor(persona, context=LibraryContext(servers=[evil]))) as (
        app,
        pilot,
    ):
        assert acting(frame(app)) == [] and "[@click=app.pwn]x[/]" in frame(app)
        await write_json(app, pilot, '{"[/]": 1, "name": "[@click=app.pwn]x[/]", "role": "\\u001b[31m"}')
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert acting(frame(app)) == [] and "[/]" in said(app, "#faults")
        app.screen.query_one(ProblemField).post_message(events.Paste("a\r\nb\rc\x1b[2J\x9b"))
        app.screen.query_one("#prompt", TextArea).focus()
        await settle(app, pilot)
        assert "a\nb\nc␛[2J" in source(app) and acting(frame(app)) == []
        assert not app.pwned


async def test_persona_editor_known_servers_are_completed() -> None:
    async with open_screen(PersonaEditor(ADA, context=LibraryContext(servers=["home", "gpu"]))) as (
        app,
        pilot,
    ):
        await focus(app, pilot, "#server")
        await pilot.press(*"ho")
        await settle(app, pilot)
        await pilot.press("right")
        await settle(app, pilot)
        assert json.loads(source(app))["server"] == "home"


# What somebody else does to the file


async def test_persona_editor_file_changed_on_disk_is_loaded_or_kept() -> None:
    path = save_persona(ADA)
    theirs = path.read_text()
    async with open_screen(PersonaEditor(ADA, path=path)) as (app, pilot):
        path.write_text(theirs.replace("critic", "poet"))
        await until(pilot, lambda: field(app, "role") == "poet")
        assert "Reloaded" in said(app, "#status") and said(app, "#who") == "Ada", "nothing was changed here"
        await pilot.press("!")
        await settle(app, pilot)
        path.write_text(theirs.replace("critic", "clown"))
        await until(pilot, lambda: "ctrl+l loads it, shift+F8 keeps" in said(app, "#disk"))
        assert field(app, "role") == "poet" and "clown" in path.read_text()
        await pilot.press("ctrl+l")
        await settle(app, pilot)
        assert (field(app, "role"), field(app, "name"), said(app, "#disk")) == ("clown", "Ada", "")
        await pilot.press("!")
        await settle(app, pilot)
        path.write_text(theirs)
        await until(pilot, lambda: said(app, "#disk"))
        await pilot.press("shift+f8")
        await settle(app, pilot)
        assert (field(app, "role"), field(app, "name"), said(app, "#disk")) == ("clown", "Ada!", "")
        path.unlink()
        await until(pilot, lambda: "removed from disk" in said(app, "#disk"))
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert app.results[0].path == path and '"Ada!"' in path.read_text()


async def test_persona_editor_picked_model_is_set() -> None:
    asked = []

    async def pick(title: str) -> tuple[str, str]:
        asked.append(title)
        return "Ollama", "qwen3"

    async with open_screen(PersonaEditor(ADA, context=LibraryContext(pick_model=pick))) as (app, pilot):
        await pilot.press("f4")
        await settle(app, pilot)
        assert (field(app, "server"), field(app, "model")) == ("Ollama", "qwen3")
        assert asked == ["Model for Ada"] and '"server": "Ollama"' in source(app)
