"""What only SQLite has: files that are broken, foreign, newer, or not ours to write."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from roundtable_tui.errors import FileError
from roundtable_tui.knowledge import vectors
from roundtable_tui.knowledge.passages import TextPassage
from roundtable_tui.knowledge.stores import sqlite
from roundtable_tui.knowledge.stores.base import DocumentSource, PassageVectors
from roundtable_tui.knowledge.stores.sqlite import SqliteStore

SOURCE = DocumentSource("/a", "a", "one")


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "store")


def file_of(store: SqliteStore) -> Path:
    store.add("Office", SOURCE, [TextPassage("words", 1, 1)])
    store.close()
    (path,) = store._folder.glob("*.db")
    return path


def test_sqlite_collection_is_a_private_file(store: SqliteStore) -> None:
    path = file_of(store)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert store.delete("office") == 1
    assert list(path.parent.iterdir()) == []


def test_sqlite_reading_creates_nothing(store: SqliteStore) -> None:
    store.search("nobody", "x", 1)
    assert not store._folder.exists()


@pytest.mark.parametrize("content", [b"nonsense" * 1000, b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 4096])
def test_sqlite_broken_file_is_reported_and_unchanged(store: SqliteStore, content: bytes) -> None:
    path = file_of(store)
    path.write_bytes(content)
    for do in (
        lambda: store.search("Office", "x", 1),
        lambda: store.add("Office", SOURCE, []),
    ):
        with pytest.raises(FileError, match=r"office\S*\.db: cannot be used: "):
            do()
    store.add("Home", SOURCE, [TextPassage("words", 1, 1)])
    broken, home = sorted(store.collections(), key=lambda one: one.name == "Home")
    assert (broken.name, home.problem) == (path.stem, "")
    assert "cannot be used" in broken.problem
    assert path.read_bytes() == content


def test_sqlite_truncated_file_is_reported(store: SqliteStore) -> None:
    path = file_of(store)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(FileError, match="cannot be used"):
        store.search("Office", "words", 1)


def test_sqlite_empty_file_becomes_a_collection(store: SqliteStore) -> None:
    path = file_of(store)
    path.write_bytes(b"")
    assert [(one.name, one.passages) for one in store.collections()] == [(path.stem, 0)]


def test_sqlite_other_program_or_version_raises_and_is_unchanged(store: SqliteStore) -> None:
    path = file_of(store)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {sqlite.SCHEMA_VERSION + 1}")
    with pytest.raises(FileError, match="it has version 2, this program needs version 1"):
        store.search("Office", "words", 1)
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(FileError, match="it is the database of another program"):
        store.add("Office", SOURCE, [])


def test_sqlite_blocked_path_raises(store: SqliteStore, tmp_path: Path) -> None:
    path = file_of(store)
    path.unlink()
    path.mkdir()
    with pytest.raises(FileError, match="is not a file"):
        store.search("Office", "words", 1)
    (tmp_path / "taken").write_text("")
    with pytest.raises(FileError, match="cannot be used: "):
        SqliteStore(tmp_path / "taken").add("Office", SOURCE, [])


def test_sqlite_locked_file_raises_after_waiting(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file_of(store)
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT_S", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert store.search("Office", "words", 1)
    with pytest.raises(FileError, match="Another program is writing to it: try again"):
        store.add("Office", SOURCE, [])
    other.execute("ROLLBACK")
    other.close()
    store.add("Office", SOURCE, [])


def test_sqlite_search_many_vectors_preselects_by_signs(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_RERANKED", 4)
    rows = [[-1.0, -1.0, 1.0]] * 40
    rows[5:9] = [[1.0, n / 10, -1.0] for n in range(1, 5)]
    pieces = [TextPassage(f"piece {n}", n, n) for n in range(1, 41)]
    store.add("Office", SOURCE, pieces, PassageVectors("mini", "here", rows))
    found = store.search("Office", "", 10, [1.0, 0.3, -1.0])
    assert found[0].passage.first == 8
    assert {hit.passage.first for hit in found} == {6, 7, 8, 9}
