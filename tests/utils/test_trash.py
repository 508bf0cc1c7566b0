"""Files and folders in the trash: deleted, listed, restored, deleted for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.errors import FileError
from roundtable_tui.utils.trash import TRASH_DIR, list_trash, move_to_trash, purge, restore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.1").mkdir()
    (tmp_path / "run.1" / "events").write_text("one")
    (tmp_path / "ada.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize("name", ["run.1", "ada.json"])
def test_restore_puts_a_deleted_item_back(folder: Path, name: str) -> None:
    item = move_to_trash(folder / name)
    assert not (folder / name).exists() and list_trash(folder) == [item]
    assert item.trash_path.parent == folder / TRASH_DIR and item.trash_path.exists()
    assert restore(item) == folder / name
    assert (folder / name).exists() and list_trash(folder) == []


def test_list_trash_has_the_last_deleted_first(folder: Path) -> None:
    first, second = move_to_trash(folder / "run.1"), move_to_trash(folder / "ada.json")
    assert list_trash(folder) == [second, first]
    assert second.deleted_at >= first.deleted_at > 1_000_000_000


def test_list_trash_ignores_what_it_did_not_delete(folder: Path) -> None:
    assert list_trash(folder) == []
    (folder / TRASH_DIR).mkdir()
    for name in ("notes", "x.y", "12", "12.", ".hidden"):
        (folder / TRASH_DIR / name).write_text("")
    assert list_trash(folder) == []


def test_restore_over_another_item_fails_and_keeps_both(folder: Path) -> None:
    item = move_to_trash(folder / "ada.json")
    (folder / "ada.json").write_text("new")
    with pytest.raises(FileError, match="already exists"):
        restore(item)
    assert (folder / "ada.json").read_text() == "new" and item.trash_path.read_text() == "{}"


@pytest.mark.parametrize("name", ["run.1", "ada.json"])
def test_purge_deletes_for_good(folder: Path, name: str) -> None:
    item = move_to_trash(folder / name)
    purge(item)
    assert list_trash(folder) == [] and not (folder / name).exists()
    with pytest.raises(FileError, match="cannot be deleted"):
        purge(item)


def test_purge_of_a_link_keeps_what_it_points_to(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "run.1")
    purge(move_to_trash(folder / "link"))
    assert (folder / "run.1" / "events").read_text() == "one"


def test_move_to_trash_that_fails_leaves_the_item(folder: Path) -> None:
    (folder / TRASH_DIR).write_text("a file in its place")
    with pytest.raises(FileError, match="cannot be deleted"):
        move_to_trash(folder / "ada.json")
    assert (folder / "ada.json").exists()
