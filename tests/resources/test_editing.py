"""Saving personas: readable, whole, and never over something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roundtable_tui.errors import FileError
from roundtable_tui.resources import (
    Member,
    Persona,
    Team,
    check_persona,
    check_team,
    render_persona,
    render_team,
    save_persona,
    save_team,
)
from roundtable_tui.resources.json_schema import persona_schema, render_schema, team_schema
from roundtable_tui.utils import paths

ADA = Persona(name="Ada", prompt="You are Ada.\nYou check: „alles“ 🐝")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the shipped one."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: folder)
    return folder


def test_render_persona_writes_changed_fields_only() -> None:
    assert render_persona(ADA) == (
        '{\n  "$schema": "persona.schema.json",\n  "name": "Ada",\n  "creativity": 0.7,\n'
        '  "prompt": "You are Ada.\\nYou check: „alles“ 🐝"\n}\n'
    )


def test_save_persona_is_read_back_unchanged() -> None:
    full = Persona(
        name="Ada", full_name="Ada L.", role="check", creativity=0.1, prompt="p", model="m", server="s",
        temperature=1.5, max_tokens=9, color="#aabbcc",
    )  # fmt: skip
    for persona in (ADA, full):
        text = save_persona(persona).read_text(encoding="utf-8")
        again, problems = check_persona(text)
        assert problems == []
        assert again is not None
        assert again.model_dump(exclude={"schema_ref"}) == persona.model_dump(exclude={"schema_ref"})


def test_save_persona_writes_to_user_folder_with_schema() -> None:
    path = save_persona(Persona(name="Tom Veselý", prompt="p"))
    assert path == (paths.data_dir() / "personas" / "tom-vesely.json").resolve()
    assert (path.parent / "persona.schema.json").read_text() == render_schema(persona_schema())
    assert sorted(one.name for one in path.parent.iterdir()) == ["persona.schema.json", "tom-vesely.json"]


def test_save_persona_replaces_its_earlier_version(tmp_path: Path) -> None:
    first = save_persona(ADA, tmp_path)
    second = save_persona(ADA.model_copy(update={"name": "ADA", "role": "new"}), tmp_path)
    assert first == second
    assert json.loads(second.read_text())["role"] == "new"


def test_save_persona_never_overwrites_another_persona(tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text('{"name": "Bob", "prompt": "p"}')
    (tmp_path / "ada-2.json").write_text("{ half")
    assert save_persona(ADA, tmp_path).name == "ada-3.json"
    assert save_persona(ADA, tmp_path).name == "ada-3.json"
    assert "Bob" in (tmp_path / "ada.json").read_text()
    assert (tmp_path / "ada-2.json").read_text() == "{ half"


def test_save_persona_edited_file_is_written_even_if_invalid(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text("{ half")
    assert save_persona(ADA, file=path) == path
    assert check_persona(path.read_text(encoding="utf-8"))[1] == []


def test_save_persona_built_in_is_copied(shipped: Path) -> None:
    original = shipped / "ada.json"
    original.write_text(render_persona(ADA))
    changed = ADA.model_copy(update={"role": "mine"})
    yours = (paths.data_dir() / "personas" / "ada.json").resolve()
    assert save_persona(changed, shipped) == yours
    assert save_persona(changed, file=original) == yours
    assert original.read_text() == render_persona(ADA)
    assert list(shipped.iterdir()) == [original]


def test_save_persona_any_name_stays_in_the_folder(tmp_path: Path) -> None:
    for name in ("../../x", "CON", "-rf", "/etc/passwd", "李白", "."):
        path = save_persona(Persona(name=name, prompt="p"), tmp_path / "p")
        assert path.parent == tmp_path / "p"
        assert check_persona(path.read_text(encoding="utf-8"))[0] is not None
    assert [one.name for one in tmp_path.iterdir()] == ["p"]


def test_save_persona_keeps_an_existing_schema(tmp_path: Path) -> None:
    persona, _ = check_persona('{"$schema": "../x.json", "name": "A", "prompt": "p"}')
    assert persona is not None
    assert '"$schema": "../x.json"' in save_persona(persona, tmp_path).read_text()
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_save_persona_unwritable_folder_raises(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError, match="cannot be written"):
        save_persona(ADA, tmp_path / "file")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileError, match="its link leads back to itself"):
        save_persona(ADA, file=tmp_path / "loop")


PAIR = Team(name="Pair", members=(Member(persona="Ada"), Member(persona="Bob", model="m", server="s")))


def test_save_team_is_short_and_read_back_unchanged() -> None:
    led = PAIR.model_copy(update={"title": "Two", "captain": Member(persona="Cap")})
    assert json.loads(render_team(led)) == {
        "$schema": "team.schema.json", "name": "Pair", "title": "Two",
        "members": ["Ada", {"persona": "Bob", "model": "m", "server": "s"}], "captain": "Cap",
    }  # fmt: skip
    path = save_team(led)
    assert path == (paths.data_dir() / "personas/teams/pair.json").resolve()
    assert (path.parent / "team.schema.json").read_text() == render_schema(team_schema())
    again, problems = check_team(path.read_text())
    assert again is not None and not problems and again.summary == led.summary


def test_save_team_built_in_is_copied(shipped: Path) -> None:
    (shipped / "teams").mkdir()
    file = shipped / "teams" / "pair.json"
    file.write_text("as it came")
    path = save_team(PAIR, file=file)
    assert file.read_text() == "as it came" and path.parent == (paths.data_dir() / "personas/teams").resolve()
    other = PAIR.model_copy(update={"name": "PÄIR"})
    assert save_team(other).name != path.name or other.slug == PAIR.slug
