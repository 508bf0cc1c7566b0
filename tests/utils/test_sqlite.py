"""SQLite files: settings of a connection, the version of the tables, transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from roundtable_tui.utils.sqlite import (
    connect,
    connect_read_only,
    create_schema,
    remove_database,
    transaction,
)

SCRIPT = "CREATE TABLE t (x INTEGER);\nCREATE TABLE u (y TEXT);\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as opened:
        yield opened


def test_connect_opens_a_file_with_a_write_ahead_log(path: Path, connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert connection.execute("PRAGMA busy_timeout").fetchone() == (5000,)
    assert path.exists()


def test_connect_read_only_reads_without_a_log_and_refuses_one(path: Path) -> None:
    with closing(connect(path)) as writer:
        create_schema(writer, 1, SCRIPT, [("INSERT INTO t VALUES (?)", ("7",))])
        with pytest.raises(sqlite3.OperationalError, match="has changes"):
            connect_read_only(path)
    with closing(connect_read_only(path)) as reader:
        assert reader.execute("SELECT x FROM t").fetchall() == [(7,)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("INSERT INTO t VALUES (8)")
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_connect_in_memory_works() -> None:
    with closing(connect(":memory:")) as connection:
        create_schema(connection, 1, SCRIPT)


def test_connect_to_a_file_that_is_not_a_database_fails(path: Path) -> None:
    path.write_text("not a database, but long enough to be read as one" * 20)
    with pytest.raises(sqlite3.DatabaseError), closing(connect(path)) as connection:
        create_schema(connection, 1, SCRIPT)


def test_create_schema_twice_keeps_what_is_there(path: Path, connection: sqlite3.Connection) -> None:
    create_schema(connection, 3, SCRIPT, [("INSERT INTO t VALUES (?)", ("7",))])
    create_schema(connection, 3, SCRIPT, [("INSERT INTO t VALUES (?)", ("8",))])
    with closing(connect(path)) as other:
        create_schema(other, 3, SCRIPT, [("INSERT INTO t VALUES (?)", ("9",))])
        assert other.execute("SELECT x FROM t").fetchall() == [(7,)]
        assert other.execute("PRAGMA user_version").fetchone() == (3,)


def test_create_schema_over_another_version_fails(connection: sqlite3.Connection) -> None:
    create_schema(connection, 3, SCRIPT)
    with pytest.raises(sqlite3.DatabaseError, match="it has version 3, this program needs version 4"):
        create_schema(connection, 4, SCRIPT)


def test_create_schema_over_tables_of_another_program_fails(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE other (x)")
    with pytest.raises(sqlite3.DatabaseError, match="another program"):
        create_schema(connection, 1, SCRIPT)


def test_create_schema_with_an_error_leaves_the_database_empty(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.Error):
        create_schema(connection, 1, "CREATE TABLE t (x);\nnonsense;\n")
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    create_schema(connection, 1, SCRIPT)


def test_transaction_with_an_error_changes_nothing(connection: sqlite3.Connection) -> None:
    create_schema(connection, 1, SCRIPT)
    with pytest.raises(KeyError), transaction(connection):
        connection.execute("INSERT INTO t VALUES (1)")
        raise KeyError
    with transaction(connection):
        connection.execute("INSERT INTO t VALUES (2)")
    assert connection.execute("SELECT x FROM t").fetchall() == [(2,)]


def test_remove_database_removes_its_logs_too(path: Path) -> None:
    for name in ("a.db", "a.db-wal", "a.db-shm", "a.db-other"):
        path.with_name(name).write_text("")
    remove_database(path)
    remove_database(path)
    assert [one.name for one in path.parent.iterdir()] == ["a.db-other"]
