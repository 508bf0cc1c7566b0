"""Tasks: folders of texts, read whichever way they are named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources import TaskLibrary, TaskSettings, load_task
from roundtable_tui.utils import paths


def put(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / (f"{name}.toml" if name == "task" else f"{name}.txt")).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and nothing shipped but what a test ships."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: tmp_path / "shipped" / kind)
    return tmp_path


def test_load_task_reads_every_file(here: Path) -> None:
    folder = put(
        here / "big_talk",
        context="\ufeff The background. \n",
        discuss_instructions="Be brief.\n",
        summarize_instructions="Sum up.\n",
        questions="\nFirst?\r\n\r\n   Second?  \n\n",
        questions_alternative="never read",
        task='title = "Big talk"\nmode = "roundtable"\nteam = "salon"\n'
        'answers = ["yes"]\n[options]\nturns = 4\n',
    )
    (folder / "documents").mkdir()
    (folder / "participants").mkdir()
    task = load_task(folder)
    assert (task.name, task.slug, task.title, task.path) == ("big_talk", "big-talk", "Big talk", folder)
    assert (task.context, task.instructions, task.summarize) == ("The background.", "Be brief.", "Sum up.")
    assert task.questions == ("First?", "Second?")
    assert (task.documents, task.participants) == (folder / "documents", folder / "participants")
    assert (task.settings.mode, task.settings.team, task.settings.options) == (
        "roundtable",
        "salon",
        {"turns": 4},
    )
    assert task.settings.answers == ("yes",)
    assert task.notes == ()


@pytest.mark.parametrize("name", ["questions", "context", "instructions", "discuss_instructions"])
def test_load_task_with_one_text_is_valid(here: Path, name: str) -> None:
    task = load_task(put(here / "small-task", **{name: "words"}))
    assert task.title == "small task"
    assert (task.documents, task.participants, task.settings) == (None, None, TaskSettings())
    assert "words" in {task.context, task.instructions, *task.questions}


def test_load_task_with_both_instructions_uses_discussion_and_warns(here: Path) -> None:
    task = load_task(put(here / "t", instructions="old", discuss_instructions="new"))
    assert task.instructions == "new"
    assert task.notes == ("discuss_instructions.txt is used, instructions.txt is not",)
    task = load_task(put(here / "t", instructions="old", discuss_instructions=" \n"))
    assert (task.instructions, task.notes) == ("old", ())


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({}, "t: holds no task. Put some words into questions.txt, context.txt, discuss_instructions.txt or"),
        ({"questions": " \n\n", "context": ""}, "t: holds no task"),
        ({"summarize_instructions": "x"}, "t: holds no task"),
        ({"questions": "?", "task": "mode = "}, "t/task.toml, line 1: is not TOML: Invalid value"),
        ({"questions": "?", "task": "\nmoed = 1"}, "line 2: there is no field moed. Did you mean mode?"),
        ({"questions": "?", "task": "mode = 'Pro Mode'"}, "task.toml, line 1: mode should be a word of a-z"),
        ({"questions": "?", "task": "mode = 3"}, "mode should be a word of a-z, 0-9, - and _, not 3"),
        ({"questions": "?", "task": "team = ['a']"}, "team should be text of at most 40 characters, not a"),
        ({"questions": "?", "task": "options = 3"}, "line 1: options should be an object, not 3"),
        ({"questions": "?", "task": "answers = ['a', 3]"}, "line 1: answers[2] should be text, not 3"),
        (
            {"questions": "?", "task": "title = 'x'\nanswers = ['a', 'b']"},
            "t/task.toml, line 2: answers holds 2 for 1 questions. Write one per question, in order.",
        ),
        ({"questions": "?", "task": "api_key = 'x'"}, "there is no field api_key"),
    ],
)  # fmt: skip
def test_load_task_invalid_settings_raise_with_file_and_line(
    here: Path, texts: dict[str, str], expected: str
) -> None:
    with pytest.raises(FileError) as caught:
        load_task(put(here / "t", **texts))
    assert str(caught.value).startswith("t")
    assert expected in str(caught.value)


def test_load_task_unreadable_text_raises(here: Path) -> None:
    folder = put(here / "t", questions="?")
    (folder / "context.txt").open("wb").truncate(17_000_000)
    with pytest.raises(FileError, match=r"t/context.txt: is too large \(17.0 MB\). At most 16 MB is read."):
        load_task(folder)
    (folder / "context.txt").unlink()
    os.mkfifo(folder / "context.txt")
    with pytest.raises(FileError, match=r"t/context.txt: is a device or a pipe"):
        load_task(folder)
    (folder / "context.txt").unlink()
    (folder / "context.txt").symlink_to("nowhere")
    with pytest.raises(FileError, match=r"t/context.txt: cannot be read: No such file"):
        load_task(folder)


@pytest.mark.parametrize(
    "toml", ['[params]\ntop_k = 20\nmodel = "x"', "\n\nparams.stop = {}", "\n\n[params.api_key]"]
)
def test_load_task_wrong_parameter_is_reported_at_its_line(here: Path, toml: str) -> None:
    folder = put(here / "t", questions="?")
    (folder / "task.toml").write_text(toml + "\n")
    with pytest.raises(FileError, match=r"t/task.toml, line 3: params: "):
        load_task(folder)


def test_load_task_not_a_task_folder_raises(here: Path) -> None:
    (here / "file").write_text("x")
    (here / "loop").symlink_to("loop")
    with pytest.raises(FileError, match="file: is not a folder"):
        load_task(here / "file")
    with pytest.raises(FileError, match="loop: is not a folder"):
        load_task(here / "loop")
    with pytest.raises(FileError, match="nothing: is not there"):
        load_task(here / "nothing")


def test_load_task_current_folder_is_valid(here: Path) -> None:
    put(here, questions="Why?")
    found = TaskLibrary().get(".")
    assert (found.task.name, found.origin) == (here.name, "given")


def test_task_library_searches_all_folders_despite_invalid_tasks(here: Path) -> None:
    put(here / "given" / "one", questions="given")
    put(here / "tasks" / "One", questions="here")
    put(here / "tasks" / "bad", questions="?", task="x")
    put(here / "tasks" / "not-a-task", notes="x")
    put(here / "tasks" / ".hidden", questions="?")
    put(paths.data_dir() / "tasks" / "two", questions="?")
    put(here / "shipped" / "tasks" / "three", questions="?")
    library = TaskLibrary.load(here / "given")
    assert [(found.task.name, found.origin) for found in library.items] == [
        ("one", "given"), ("two", "yours"), ("three", "shipped"),
    ]  # fmt: skip
    assert [found.task.name for found in library.hidden] == ["One"]
    assert len(library.problems) == 1
    assert str(library.problems[0]).startswith("tasks/bad/task.toml, line 1: is not TOML")


def test_task_library_given_folder_may_be_a_task(here: Path) -> None:
    library = TaskLibrary.load(put(here / "one", questions="?"))
    assert [found.origin for found in library.items] == ["given"]
    with pytest.raises(FileError, match="nowhere: is not there"):
        TaskLibrary.load(here / "nowhere")


def test_task_library_get_finds_by_name_title_or_path(here: Path) -> None:
    put(here / "tasks" / "big_talk", questions="?", task='title = "Talk at large"')
    put(here / "else", questions="else")
    put(here / "big_talk", questions="another")
    library = TaskLibrary.load()
    for name in ("big_talk", "BIG_TALK", "big-talk", "talk at large"):
        assert library.get(name).origin == "here"
    assert library.get("else").task.questions == ("else",)
    assert library.get("./big_talk").task.questions == ("another",)
    assert library.get(str(here / "else")).origin == "given"
    with pytest.raises(UsageError, match=r"there is no task called big_tlk\. Did you mean big_talk\?"):
        library.get("big_tlk")
    with pytest.raises(FileError, match="nope: is not there"):
        library.get("./nope")
