"""The library: where personas and teams come from, which one counts, and what is said of the others."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.resources.reading import list_json_files
from roundtable_tui.utils import paths


def put(path: Path, name: str, **more: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"name": name, "prompt": f"You are {name}.", **more}), encoding="utf-8")
    return path


def put_team(path: Path, name: str, *members: str, captain: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"name": name, "members": members, "captain": captain}, indent=1))
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and nothing shipped but what a test ships."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: tmp_path / "shipped" / kind)
    return tmp_path


def names(library: PersonaLibrary) -> list[str]:
    return [f"{found.persona.name} {found.origin}" for found in library.items]


def told(library: PersonaLibrary) -> list[str]:
    return [str(problem) for problem in library.problems]


def test_library_load_first_of_a_name_hides_later_ones(here: Path) -> None:
    put(here / "given" / "x.json", "Ada", role="given")
    put(here / "personas" / "ada.json", "ADA", role="here")
    put(here / "personas" / "bea.json", "Bea")
    put(paths.data_dir() / "personas" / "bea.json", "Bea")
    put(paths.data_dir() / "personas" / "cora.json", "Cora")
    put(here / "shipped" / "personas" / "dane.json", "Dane")
    library = PersonaLibrary.load(here / "given")
    assert names(library) == ["Ada given", "Bea here", "Cora yours", "Dane shipped"]
    assert [(found.persona.name, found.origin) for found in library.hidden] == [
        ("ADA", "here"),
        ("Bea", "yours"),
    ]
    assert library.problems == []
    assert library.get("ada").persona.role == "given"


def test_library_load_without_files_is_empty(here: Path) -> None:
    assert PersonaLibrary.load() == PersonaLibrary()


def test_library_load_invalid_file_is_reported_and_others_loaded(here: Path) -> None:
    folder = here / "personas"
    put(folder / "good.json", "Good")
    (folder / "broken.json").write_text('{"name": ')
    (folder / "binary.json").write_bytes(b"\xff\xfe\x00")
    (folder / "cp1252.json").write_bytes('{\n"name": "Zoë"}'.encode("cp1252"))
    (folder / "huge.json").open("wb").truncate(2_000_000)
    (folder / "loop.json").symlink_to("loop.json")
    (folder / "gone.json").symlink_to("nowhere")
    (folder / "folder.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    put(folder / "typo.json", "Typo", creativty=0.5)
    (folder / "persona.schema.json").write_text("{}")
    (folder / ".hidden.json").write_text("{}")
    (folder / "notes.txt").write_text("not a persona")
    library = PersonaLibrary.load()
    assert names(library) == ["Good here"]
    assert told(library) == [
        "personas: notes.txt: not the JSON file of a persona. To import it: roundtable personas import FILE",
        "personas/binary.json: is UTF-16. Save it as UTF-8.",
        "personas/broken.json, line 1: is not JSON: expecting value (column 10). The text ends too early:"
        " a quotation mark or a brace is not closed.",
        "personas/cp1252.json, line 2: is not UTF-8: byte 14 is 0xeb. Save it as UTF-8.",
        "personas/folder.json: is a folder, not a file",
        "personas/gone.json: cannot be read: No such file or directory",
        "personas/huge.json: is too large (2.0 MB). At most 1 MB is read.",
        "personas/loop.json: cannot be read: its link leads back to itself",
        "personas/pipe.json: is a device or a pipe, not a file",
        "personas/typo.json, line 1: there is no field creativty. Did you mean creativity?",
    ]


def test_library_load_duplicate_name_in_a_folder_is_reported(here: Path) -> None:
    put(here / "personas" / "a.json", "Ada")
    put(here / "personas" / "b.json", "ada")
    library = PersonaLibrary.load()
    assert names(library) == ["Ada here"]
    assert told(library) == [
        "personas/b.json: ada is there already: personas/a.json is used. Give it another name."
    ]


def test_library_load_roles_are_ordered_by_number_and_gaps_reported(here: Path) -> None:
    folder = here / "participants"
    for number in (10, 2, 1, 4):
        put(folder / f"role{number}.json", f"R{number}")
    put(folder / "extra.json", "Extra")
    library = PersonaLibrary.load(folder)
    assert names(library) == ["R1 given", "R2 given", "R4 given", "R10 given", "Extra given"]
    assert told(library) == [
        "participants: role3.json, role5.json, role6.json, role7.json, role8.json, ... are missing"
        " between the others. The others are used."
    ]


def test_library_load_one_missing_role_is_reported(here: Path) -> None:
    put(here / "role1.json", "R1")
    put(here / "role3.json", "R3")
    assert "role2.json is missing" in str(list_json_files(here)[1][0])


def test_library_load_task_folders_come_first(here: Path) -> None:
    put(here / "old" / "participants" / "role1.json", "One")
    put(here / "task" / "participants" / "role1.json", "Two")
    library = PersonaLibrary.load(here / "old", task=here / "task" / "participants")
    assert names(library) == ["Two task", "One given"]


def test_library_load_given_file_is_loaded(here: Path) -> None:
    assert names(PersonaLibrary.load(put(here / "any.json", "Any"))) == ["Any given"]


def test_library_load_missing_given_folder_raises(here: Path) -> None:
    with pytest.raises(FileError, match=r"^no/where: is not there\. Give a folder of personas\.$"):
        PersonaLibrary.load(here / "no" / "where")


def test_library_load_too_many_files_are_read_in_part(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundtable_tui.resources.reading.MAX_FILES", 2)
    for name in "abc":
        put(here / "personas" / f"{name}.json", name)
    library = PersonaLibrary.load()
    assert names(library) == ["a here", "b here"]
    assert told(library) == ["personas: holds 3 files: the first 2 are looked at"]


@pytest.mark.parametrize("name", ["ada", "Ada", "ADA ", "Ada of Ravenna", "ada of ravenna", "Àda"])
def test_library_get_finds_by_any_name(here: Path, name: str) -> None:
    put(here / "personas" / "x.json", "Ada", full_name="Ada of Ravenna")
    assert PersonaLibrary.load().get(name).persona.name == "Ada"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("harpr", "there is no persona called harpr. Did you mean Harper?"),
        ("zzz", "there is no persona called zzz. Known are: harper, bea."),
        ("", "there is no persona called nothing"),
        ("a\x1b[2J\nb", "there is no persona called a␛[2J b"),
    ],
)
def test_library_get_unknown_name_raises(here: Path, name: str, expected: str) -> None:
    put(here / "personas" / "a.json", "Harper")
    put(here / "personas" / "b.json", "Bea")
    with pytest.raises(UsageError) as caught:
        PersonaLibrary.load().get(name)
    assert expected in str(caught.value)


def test_library_get_team_gives_members(here: Path) -> None:
    for name in ("Ada", "Bea", "Chair"):
        put(here / "personas" / f"{name}.json", name)
    put_team(here / "personas" / "teams" / "t.json", "Pair", "bea", "ADA", "bea", captain="chair")
    put_team(here / "shipped" / "personas" / "teams" / "pair.json", "pair", "Nobody")
    library = PersonaLibrary.load()
    found = library.get_team("PAIR")
    assert (found.origin, found.slug, str(found.team.captain)) == ("here", "pair", "chair")
    members, captain = library.members_of(found.team)
    assert [one.persona.name for one in members] == ["Bea", "Ada", "Bea"]
    assert captain is not None
    assert captain.persona.name == "Chair"
    assert library.problems == []
    with pytest.raises(UsageError, match=r"there is no team called pear\. Did you mean Pair\?"):
        library.get_team("pear")


def test_library_load_team_with_missing_personas_is_reported_with_line(here: Path) -> None:
    put(here / "personas" / "a.json", "Harper")
    put_team(here / "personas" / "teams" / "t.json", "T", "Harper", "Harpr", captain="Chair")
    library = PersonaLibrary.load()
    assert told(library) == [
        "personas/teams/t.json, line 5: there is no persona called Harpr. Did you mean Harper?",
        "personas/teams/t.json, line 7: there is no persona called Chair. Known are: harper.",
    ]
    with pytest.raises(UsageError, match="called Harpr"):
        library.members_of(library.get_team("t").team)


def test_library_members_of_team_without_captain_has_none(here: Path) -> None:
    put(here / "personas" / "a.json", "Ada")
    put_team(here / "personas" / "teams" / "t.json", "T", "Ada")
    library = PersonaLibrary.load()
    assert library.members_of(library.get_team("t").team)[1] is None
