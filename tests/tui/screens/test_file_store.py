from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.errors import FileError
from roundtable_tui.resources import Persona, PersonaLibrary, save_persona
from roundtable_tui.tui.screens.library.file_store import Away, Home, before, folder, is_yours
from roundtable_tui.utils import paths

ADA = Persona(name="Ada", prompt="You are Ada.")
OTHER = Persona(name="Ada", prompt="You are another Ada.")


def test_a_file_of_ones_own_is_written_to() -> None:
    path = save_persona(ADA)
    home = Home(path)
    home.read()
    assert home.yours and home.question(OTHER) == ""
    assert home.save(OTHER) == path and "another" in path.read_text()


@pytest.mark.parametrize("where", ["shipped", "elsewhere", "link"])
def test_any_other_file_becomes_a_copy(where: str, tmp_path: Path) -> None:
    shipped = paths.shipped("personas") / "ada.json"
    path = {"shipped": shipped, "elsewhere": tmp_path / "ada.json", "link": folder() / "ada.json"}[where]
    if where == "elsewhere":
        path.write_text("{}")
    if where == "link":
        folder().mkdir(parents=True)
        path.symlink_to(shipped)
    assert not is_yours(path)
    home = Home(path, origin=where)
    assert home.line("Ada").startswith("Saves a copy to ")


def test_a_persona_of_the_same_name_is_not_replaced_unasked(tmp_path: Path) -> None:
    mine = save_persona(ADA)
    assert "would be replaced" in Home(tmp_path / "x.json").question(OTHER)
    assert "would be replaced" in Home(None).question(OTHER)
    assert Home(None).question(OTHER.model_copy(update={"name": "Bob"})) == ""
    second = folder() / "second.json"
    second.write_text(mine.read_text().replace("Ada", "Bob"))
    assert "only one of them is found" in Home(second).question(OTHER)


def test_what_somebody_else_changed_is_not_replaced_unasked() -> None:
    path = save_persona(ADA)
    home = Home(path)
    home.read()
    path.write_text(path.read_text().replace("You are", "You were"))
    assert "changed by somebody else" in home.question(ADA)
    path.unlink()
    assert home.question(ADA) == ""
    path.mkdir()
    assert "changed by somebody else" in home.question(ADA)


def test_files_that_cannot_be_read_are_no_namesakes() -> None:
    folder().mkdir(parents=True)
    (folder() / "bad.json").write_bytes(b"\xff\xfe")
    (folder() / "worse.json").write_text("{")
    assert Home(None).question(ADA) == ""


def test_it_is_told_who_comes_first(tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text('{"name": "ada", "prompt": "You are given."}')
    assert before(PersonaLibrary.load(tmp_path), ADA) == tmp_path / "ada.json"
    assert before(PersonaLibrary.load(), Persona(name="Zed", prompt="x")) is None
    assert before(None, ADA) is None


def test_what_is_put_away_comes_back() -> None:
    path = save_persona(ADA)
    first = Away.put(path)
    save_persona(OTHER)
    second = Away.put(path)
    assert not path.exists() and first.kept != second.kept
    second.bring_back()
    assert "another" in path.read_text()
    with pytest.raises(FileError, match="is there again"):
        first.bring_back()
    assert first.kept.exists()
    path.unlink()
    first.bring_back()
    assert "another" not in path.read_text()


def test_what_cannot_be_put_away_is_told() -> None:
    with pytest.raises(FileError, match="cannot be moved"):
        Away.put(folder() / "nobody.json")
