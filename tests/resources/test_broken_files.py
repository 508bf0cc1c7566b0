"""Broken files are reported by whatever name they are asked for, never as missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources import PersonaLibrary, TaskLibrary, load_task
from roundtable_tui.utils import paths
from tests.support.resource_files import write_persona, write_task


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and nothing shipped but what a test ships."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: tmp_path / "shipped" / kind)
    return tmp_path


BROKEN = {
    "not JSON": '{"name": "Zoë Ray", "full_name": "Zoë of Kiel", "prompt": "x",}',
    "a wrong field": json.dumps({"name": "Zoë Ray", "full_name": "Zoë of Kiel", "prompt": 3}),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=list(BROKEN))
@pytest.mark.parametrize("name", ["p7", "P7", "p7.json", "Zoë Ray", "zoe ray", "zoe-ray", "Zoë of Kiel"])
def test_get_broken_persona_by_any_name_raises_its_error(here: Path, content: str, name: str) -> None:
    (here / "personas").mkdir()
    (here / "personas" / "p7.json").write_text(content, encoding="utf-8")
    with pytest.raises(FileError, match=r"personas/p7\.json"):
        PersonaLibrary.load().get(name)


@pytest.mark.parametrize("name", ["personas/p7.json", "./personas/p7.json", "{here}/personas/p7.json"])
def test_get_persona_by_path_gives_it_or_its_error(here: Path, name: str) -> None:
    path = here / "personas" / "p7.json"
    path.parent.mkdir()
    path.write_text('{"name": "Zoe"', encoding="utf-8")
    name = name.format(here=here)
    with pytest.raises(FileError, match=r"personas/p7\.json, line 1: is not JSON"):
        PersonaLibrary.load().get(name)
    path.write_text('{"name": "Zoe", "prompt": "You are Zoe."}', encoding="utf-8")
    assert PersonaLibrary.load().get(name).persona.name == "Zoe"


@pytest.mark.parametrize("name", ["pirate", "Pirate.yaml", "personas/pirate.yaml"])
def test_get_file_of_another_kind_says_what_it_is(here: Path, name: str) -> None:
    (here / "personas").mkdir()
    (here / "personas" / "pirate.yaml").write_text("name: Pirate\n")
    with pytest.raises(FileError, match=r"personas/pirate\.yaml: is not the JSON file of a persona"):
        PersonaLibrary.load().get(name)
    with pytest.raises(UsageError, match="there is no persona called other"):
        PersonaLibrary.load().get("other")


@pytest.mark.parametrize("content", ['{"name": "Night Watch", "members": []}', '{"name": "Night Watch"'])
@pytest.mark.parametrize("name", ["t1", "Night Watch", "night-watch"])
def test_get_broken_team_by_any_name_raises_its_error(here: Path, content: str, name: str) -> None:
    (here / "personas" / "teams").mkdir(parents=True)
    (here / "personas" / "teams" / "t1.json").write_text(content)
    with pytest.raises(FileError, match=r"teams/t1\.json"):
        PersonaLibrary.load().get_team(name)


@pytest.mark.parametrize("name", ["Night_watch", "night-watch", "NIGHT WATCH", "Who is awake"])
def test_get_broken_task_by_any_name_raises_its_error(here: Path, name: str) -> None:
    write_task(here / "tasks" / "Night_watch", questions="Who?", toml='title = "Who is awake"\nmoed = 1\n')
    with pytest.raises(FileError, match=r"task\.toml, line 2: there is no field moed"):
        TaskLibrary.load().get(name)


def test_get_folder_without_task_raises_what_it_lacks(here: Path) -> None:
    (here / "tasks" / "empty").mkdir(parents=True)
    (here / "tasks" / "note.txt").write_text("x")
    with pytest.raises(FileError, match="tasks/empty: holds no task"):
        TaskLibrary.load().get("empty")
    with pytest.raises(FileError, match=r"tasks/note\.txt: is not a folder"):
        TaskLibrary.load().get("note.txt")


def test_get_link_out_of_folder_is_not_read_for_names(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("private") / "secret.json"
    secret.write_text('{"name": "Secret"')
    (here / "personas").mkdir()
    (here / "personas" / "eve.json").symlink_to(secret)
    library = PersonaLibrary.load()
    assert library.find_file_error("Secret") is None
    assert library.find_file_error("eve") is not None


@pytest.mark.parametrize("reference", ["checkout", "checkout/task"])
def test_load_task_airoundtable_checkout_has_participants_beside_it(here: Path, reference: str) -> None:
    for number, name in enumerate(("Ada", "Bea"), 1):
        write_persona(here / "checkout" / "participants", name, file=f"role{number}.json", creativity=0.4)
    write_task(here / "checkout" / "task", questions="Who?\nWhy?\n", context="A ship.")
    task = load_task(here / reference)
    assert (task.name, task.questions, task.settings.mode) == ("checkout", ("Who?", "Why?"), "roundtable")
    library = PersonaLibrary.load(task=task.participants)
    assert [(found.persona.name, found.origin) for found in library.items] == [
        ("Ada", "task"),
        ("Bea", "task"),
    ]
    assert TaskLibrary.load().get(reference).task.name == "checkout"


def test_load_task_participants_beside_that_lead_out_of_checkout_are_refused(here: Path) -> None:
    write_task(here / "checkout" / "task", questions="Who?")
    write_persona(here / "elsewhere", "Eve")
    (here / "checkout" / "participants").symlink_to(here / "elsewhere")
    with pytest.raises(FileError, match="leads out of the folder"):
        load_task(here / "checkout")


def test_load_task_questions_in_markdown_are_read(here: Path) -> None:
    folder = here / "tasks" / "t"
    folder.mkdir(parents=True)
    (folder / "questions.md").write_text("# Gates\n\n1. What?\n2. Why?\n")
    assert TaskLibrary.load().get("t").task.questions == ("What?", "Why?")
    (folder / "questions.txt").write_text("How?\n")
    task = load_task(folder)
    assert (task.questions, task.notes) == (("How?",), ("questions.txt is used, questions.md is not",))


def test_library_load_upper_case_suffix_is_json(here: Path) -> None:
    write_persona(here / "personas", "Ada", file="ADA.JSON")
    write_persona(here / "personas", "Bea", file="Role1.Json")
    assert [found.persona.name for found in PersonaLibrary.load().items] == ["Bea", "Ada"]


def test_persona_with_many_faults_says_first_what_it_cannot_do_without(here: Path) -> None:
    fields = {
        "nickname": "Ada",
        "avatar": "x.png",
        "creativity": 7,
        "tags": [],
        "prompt": 5,
        "a": 1,
        "b": 2,
        "c": 3,
    }
    (here / "personas").mkdir()
    (here / "personas" / "p7.json").write_text(json.dumps(fields, indent=1))
    library = PersonaLibrary.load()
    assert [str(problem).partition(": ")[2].partition(".")[0] for problem in library.problems] == [
        "name is missing",
        "prompt should be text of 1 to 100,000 characters, not 5",
        "creativity should be a number from 0 to 1, not 7",
        "there are no fields nickname, avatar, tags, a, b and 1 more",
    ]
    with pytest.raises(FileError, match="name is missing"):
        library.get("p7")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({f"k{n}": n for n in range(8000)}),
        "{" + ", ".join(['"role": "a"'] * 8000) + "}",
        json.dumps({"name": 5} | {f"k{n}": n for n in range(8000)}, indent=1),
    ],
    ids=["unknown", "twice", "wrong"],
)
def test_persona_with_thousands_of_faults_says_first_what_it_cannot_do_without(here: Path, text: str) -> None:
    (here / "personas").mkdir()
    (here / "personas" / "p8.json").write_text(text)
    library = PersonaLibrary.load()
    said = [str(problem).partition(": ")[2] for problem in library.problems]
    assert said[0].startswith(("name is missing", "name should be text", "prompt is missing"))
    assert said[-1] == "has more problems; the first 20 are shown"
    with pytest.raises(FileError, match=r"(name|prompt) (is missing|should be text)"):
        library.get("p8")


def test_persona_misspelt_required_field_comes_before_other_faults(here: Path) -> None:
    (here / "personas").mkdir()
    text = '{"name": "Ada",\n"creativity": 7,\n"promt": "You are Ada."}'
    (here / "personas" / "p7.json").write_text(text)
    first, second = PersonaLibrary.load().problems
    assert "there is no field promt. Did you mean prompt?" in str(first) and "creativity" in str(second)
