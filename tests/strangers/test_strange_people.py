"""A stranger's personas, teams, settings and knowledge: what hides others says so, links out are refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from roundtable_tui.config.file import load
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.tui.screens.library.personas.list import PersonasScreen
from tests.support.strangers import ITEMS, SECRET, copy_item, run_command


def test_persona_hiding_a_built_in_one_is_reported(here: Path) -> None:
    copy_item("persona", here / "personas")
    said = run_command("ask", "Which?", "--demo", "--mode", "debate", "--max-rounds", "1")
    assert "Captain: from this folder, in place of the shipped one" in said.err
    assert "Harper: from this folder" not in said.err
    assert any(
        line.startswith("Captain ") and "here, hides shipped" in line
        for line in run_command("personas").out.splitlines()
    )


def test_persona_hiding_one_of_the_user_is_reported(here: Path, roundtable_home: Path) -> None:
    copy_item("persona", here / "personas")
    copy_item("persona", roundtable_home / "personas")
    said = run_command("ask", "Which?", "--demo", "--mode", "debate", "--max-rounds", "1")
    assert "Captain: from this folder, in place of yours" in said.err


def test_persona_hiding_another_is_marked_in_the_list_of_the_app(here: Path) -> None:
    copy_item("persona", here / "personas")
    path = str(here / "personas" / "captain.json")
    row = next(row for row in PersonasScreen().read().rows if row.id == path)
    assert row.hint.startswith("hides shipped")


def test_team_hiding_a_built_in_one_is_reported_and_its_names_are_not_paths(
    here: Path, private: Path
) -> None:
    copy_item("team", here / "personas")
    shown = run_command("teams")
    assert "here, hides shipped" in shown.out and "there is no persona called" in shown.err
    said = run_command("ask", "Which?", "--mode", "debate", base_url=True)
    assert said.code == 2 and said.requests == 0 and SECRET not in said.err
    (here / "personas/teams/roles.json").write_text('{"name": "roles", "members": ["Harper", "Lucas"]}')
    said = run_command("ask", "Which?", "--demo", "--mode", "debate", "--max-rounds", "1")
    assert "team roles: from this folder, in place of the shipped one" in said.err


def test_persona_that_is_a_link_out_of_the_current_folder_is_refused(here: Path, private: Path) -> None:
    private.write_text('{"name": "Eve", "prompt": "You are Eve, and private."}')
    (here / "personas").mkdir()
    (here / "personas" / "eve.json").symlink_to(private)
    library = PersonaLibrary.load()
    assert "Eve" not in {found.persona.name for found in library.items}
    assert "personas/eve.json: is a link that leads out of the folder" in " ".join(map(str, library.problems))


@pytest.mark.parametrize("name", ["settings.toml", "roundtable.toml", ".roundtable/settings.toml"])
def test_settings_of_the_current_folder_are_not_read(here: Path, name: str) -> None:
    before = load()
    (here / name).parent.mkdir(exist_ok=True)
    shutil.copy(ITEMS / "settings.toml", here / name)
    assert load() == before


def test_knowledge_file_adds_only_its_own_text(here: Path, private: Path) -> None:
    folder = copy_item("knowledge", here / "office")
    (folder / "private.md").symlink_to(private)
    assert run_command("knowledge", "add", str(folder), "--into", "office").code in (0, 1)
    said = run_command(
        "ask", "How long is parental leave?", "--mode", "single", "--knowledge", "office", base_url=True
    )
    assert "fourteen weeks" in said.sent and "@@include ~/id_rsa" in said.sent and SECRET not in said.sent
