from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.resources.library import TaskLibrary
from roundtable_tui.resources.task_entries import list_missing_texts, read_tasks, snapshot_tasks
from roundtable_tui.resources.task_storage import user_tasks_dir


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, questions: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "questions.txt").write_text(questions)
    return folder


def test_read_tasks_any_folder_name_is_found_by_reference(here: Path) -> None:
    odd = (
        "a\x1b[31mb",
        "tab\tand\nline",
        " blank ",
        "\x9b2J",
        "[b] [@click=app.quit]",
        "~me",
        "x" * 120,
        "\udcff",
    )
    for name in odd:
        put(here / "tasks" / name, "Why?")
    entries = [entry for entry in read_tasks()[0] if entry.origin == "here"]
    assert {entry.path.name for entry in entries} == set(odd)
    for entry in entries:
        found = TaskLibrary.load().get(entry.reference)
        assert found.path.resolve() == entry.path.resolve(), repr(entry.reference)


def test_read_tasks_second_of_a_name_is_hidden_and_broken_one_is_listed(here: Path) -> None:
    first, second = put(here / "tasks/shed", "Mine?"), put(user_tasks_dir() / "shed", "Whose?")
    broken = put(user_tasks_dir() / "broken", "?")
    (broken / "task.toml").write_text("mode = 3")
    entries = {entry.path.resolve(): entry for entry in read_tasks()[0]}
    assert entries[first.resolve()].reference == "shed" and entries[first.resolve()].hidden_by == ""
    assert entries[second.resolve()].hidden_by == "here"
    assert entries[second.resolve()].reference == str(second.absolute())
    assert entries[broken.resolve()].task is None and entries[broken.resolve()].fault is not None


def test_list_missing_texts_one_name_of_the_instructions_is_enough(here: Path) -> None:
    folder = put(here / "tasks/shed", "Mine?")
    before = snapshot_tasks()
    assert [*list_missing_texts(read_tasks()[0][0])] == [
        "context.txt",
        "instructions.txt",
        "summarize_instructions.txt",
        "task.toml",
    ]
    (folder / "discuss_instructions.txt").write_text("Be brief.")
    assert "instructions.txt" not in list_missing_texts(read_tasks()[0][0]) and snapshot_tasks() != before
