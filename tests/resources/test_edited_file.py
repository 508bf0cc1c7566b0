from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.resources import Persona, PersonaLibrary, save_persona
from roundtable_tui.resources.edited_file import ResourceFile, find_overriding
from roundtable_tui.resources.editing import is_user_file, user_personas_dir
from roundtable_tui.utils import paths

ADA = Persona(name="Ada", prompt="You are Ada.")
OTHER = Persona(name="Ada", prompt="You are another Ada.")


def store_for(path: Path | None, origin: str = "") -> ResourceFile[Persona]:
    return ResourceFile(path, Persona, origin)


def test_resource_file_own_file_is_overwritten() -> None:
    path = save_persona(ADA)
    home = store_for(path)
    home.read()
    assert home.is_writable and home.question(OTHER) == ""
    assert home.save(OTHER) == path and "another" in path.read_text()


@pytest.mark.parametrize("where", ["shipped", "elsewhere", "link"])
def test_resource_file_other_file_is_saved_as_copy(where: str, tmp_path: Path) -> None:
    shipped = paths.bundled_dir("personas") / "ada.json"
    path = {"shipped": shipped, "elsewhere": tmp_path / "ada.json", "link": user_personas_dir() / "ada.json"}[
        where
    ]
    if where == "elsewhere":
        path.write_text("{}")
    if where == "link":
        user_personas_dir().mkdir(parents=True)
        path.symlink_to(shipped)
    assert not is_user_file(path)
    home = store_for(path, origin=where)
    assert home.describe_target("Ada").startswith("Saves a copy to ")


def test_resource_file_same_name_asks_before_replacing(tmp_path: Path) -> None:
    mine = save_persona(ADA)
    assert "would be replaced" in store_for(tmp_path / "x.json").question(OTHER)
    assert "would be replaced" in store_for(None).question(OTHER)
    assert store_for(None).question(OTHER.model_copy(update={"name": "Bob"})) == ""
    second = user_personas_dir() / "second.json"
    second.write_text(mine.read_text().replace("Ada", "Bob"))
    assert "only one of them is used" in store_for(second).question(OTHER)


def test_resource_file_changed_on_disk_asks_before_replacing() -> None:
    path = save_persona(ADA)
    home = store_for(path)
    home.read()
    path.write_text(path.read_text().replace("You are", "You were"))
    assert "changed on disk" in home.question(ADA)
    path.unlink()
    assert home.question(ADA) == ""
    path.mkdir()
    assert "changed on disk" in home.question(ADA)


def test_resource_file_unreadable_file_is_not_a_namesake() -> None:
    user_personas_dir().mkdir(parents=True)
    (user_personas_dir() / "bad.json").write_bytes(b"\xff\xfe")
    (user_personas_dir() / "worse.json").write_text("{")
    assert store_for(None).question(ADA) == ""


def test_find_overriding_returns_file_that_is_used_instead(tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text('{"name": "ada", "prompt": "You are given."}')
    assert find_overriding(PersonaLibrary.load(tmp_path), ADA) == tmp_path / "ada.json"
    assert find_overriding(PersonaLibrary.load(), Persona(name="Zed", prompt="x")) is None
