from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.resources import TaskLibrary, load_task, task_storage
from roundtable_tui.resources.task_storage import (
    copy_task,
    delete_task,
    list_deleted_tasks,
    new_settings_text,
    new_task,
    rename_task,
    restore_task,
    user_tasks_dir,
)
from roundtable_tui.utils import paths
from roundtable_tui.utils.trash import TRASH_DIR


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One built-in task; the current folder holds none."""
    folder = tmp_path / "shipped"
    (folder / "salon/documents").mkdir(parents=True)
    (folder / "salon/questions.txt").write_text("Who goes first?\n")
    (folder / "salon/task.toml").write_text('# about it\ntitle = "Snowed in"\nmode = "roundtable"\n')
    (folder / "salon/documents/snow.md").write_text("deep")
    (folder / "salon/.hidden").write_text("x")
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def test_new_task_is_found_with_its_title(shipped: Path) -> None:
    folder = new_task(
        "A shed, by the sea", {"questions.txt": "Which roof?\n", "task.toml": new_settings_text("A shed")}
    )
    assert (
        folder == user_tasks_dir() / "a-shed-by-the-sea" and (user_tasks_dir() / "task.schema.json").exists()
    )
    assert TaskLibrary.load().get("A shed").task.questions == ("Which roof?",)
    with pytest.raises(UsageError, match="there is a task a-shed-by-the-sea already"):
        new_task("a shed by the sea", {"questions.txt": "?"})
    with pytest.raises(UsageError, match="needs a name"):
        new_task("  ", {})
    assert new_task("雪", {"questions.txt": "?"}).parent == user_tasks_dir()


def test_copy_task_built_in_keeps_or_changes_its_name(shipped: Path) -> None:
    before = {path: path.read_bytes() for path in shipped.rglob("*") if path.is_file()}
    copy = copy_task(shipped / "salon")
    assert copy == user_tasks_dir() / "salon" and TaskLibrary.load().get("salon").origin == "yours"
    assert (copy / "documents/snow.md").read_text() == "deep" and not (copy / ".hidden").exists()
    assert (copy / "task.toml").read_text() == (shipped / "salon/task.toml").read_text()
    other = copy_task(shipped / "salon", "Iced in")
    assert load_task(other).title == "Iced in" and "# about it" in (other / "task.toml").read_text()
    with pytest.raises(UsageError, match="already"):
        copy_task(shipped / "salon")
    assert {path: path.read_bytes() for path in shipped.rglob("*") if path.is_file()} == before


def test_copy_task_failure_leaves_nothing(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shipped / "salon/task.toml").write_text("title = ")
    with pytest.raises(FileError, match="is not TOML"):
        copy_task(shipped / "salon", "Iced in")
    monkeypatch.setattr(task_storage, "MAX_BYTES", 3)
    with pytest.raises(FileError, match="too large to be copied"):
        copy_task(shipped / "salon")
    assert [path.name for path in user_tasks_dir().iterdir() if path.is_dir()] == []


def test_rename_task_renames_its_folder(shipped: Path) -> None:
    folder = new_task(
        "Old", {"questions.txt": "?", "task.toml": '# kept\ntitle = "Old"  # here\nteam = "A"\n'}
    )
    renamed = rename_task(folder, "Brand new")
    task = load_task(renamed)
    assert renamed == user_tasks_dir() / "brand-new" and not folder.exists()
    assert (task.title, task.settings.team) == ("Brand new", "A")
    assert "# kept" in (renamed / "task.toml").read_text()
    assert rename_task(renamed, "Brand New") == renamed and load_task(renamed).title == "Brand New"
    new_task("Other", {"questions.txt": "?"})
    with pytest.raises(UsageError, match="there is a task other already"):
        rename_task(renamed, "other")


def test_restore_task_brings_back_a_deleted_task(shipped: Path) -> None:
    folder = new_task("One", {"questions.txt": "First?"})
    gone = delete_task(folder)
    assert not folder.exists() and TaskLibrary.load().get("salon")
    assert [one.path for one in list_deleted_tasks()] == [folder]
    new_task("One", {"questions.txt": "Second?"})
    with pytest.raises(UsageError, match="already"):
        restore_task(gone)
    again = delete_task(folder)
    assert [one.trash_path for one in list_deleted_tasks()] == [again.trash_path, gone.trash_path]
    assert (
        restore_task(list_deleted_tasks()[1]) == folder and (folder / "questions.txt").read_text() == "First?"
    )
    with pytest.raises(UsageError, match="built-in tasks"):
        delete_task(shipped / "salon")
    assert (shipped / "salon").exists()


def test_delete_task_that_cannot_be_moved_raises(shipped: Path) -> None:
    folder = new_task("One", {"questions.txt": "?"})
    (user_tasks_dir() / TRASH_DIR).write_text("a file where the trash should be")
    with pytest.raises(FileError, match="cannot be deleted"):
        delete_task(folder)
    assert folder.exists() and list_deleted_tasks() == []


def test_is_shipped_follows_links(shipped: Path) -> None:
    user_tasks_dir().mkdir(parents=True)
    (user_tasks_dir() / "linked").symlink_to(shipped / "salon")
    assert task_storage.is_shipped(user_tasks_dir() / "linked") and not task_storage.is_shipped(
        user_tasks_dir() / "other"
    )
