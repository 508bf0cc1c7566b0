"""Open SQLite files: settings of a connection, the version of the tables, transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

DEFAULT_BUSY_TIMEOUT_S = 5.0


def connect(path: Path | str, *, busy_timeout_s: float = DEFAULT_BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Open a database file, or create it, in autocommit mode with a write-ahead log.

    Args:
        path: The file, or ":memory:".
        busy_timeout_s: Seconds to wait for another process that is writing.

    Raises:
        sqlite3.Error: The file is not a database or cannot be opened.
    """
    connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        # Some file systems cannot have the log; the default journal works there, more slowly.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a database file for reading where nothing can be written, such as on a full disk.

    Raises:
        sqlite3.Error: The file cannot be read, or its log has changes, which only a writer can see.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise sqlite3.OperationalError("it has changes that can be read only where it can be written")
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def create_schema(
    connection: sqlite3.Connection,
    version: int,
    script: str,
    values: Sequence[tuple[str, Sequence[str]]] = (),
) -> None:
    """Create the tables in an empty database; do nothing if they exist in this version.

    Args:
        connection: As `connect` opens it.
        version: The version of the tables, at least 1; kept in `user_version`.
        script: SQL statements, separated by ";" at the end of a line.
        values: Further statements with their parameters.

    Raises:
        sqlite3.DatabaseError: The tables are of another version or another program.
    """
    if not _is_empty(connection, version):
        return
    with transaction(connection):
        # Again, now alone: another process may have created them in between.
        if _is_empty(connection, version):
            for statement in script.split(";\n"):
                connection.execute(statement)
            for statement, parameters in values:
                connection.execute(statement, parameters)
            connection.execute(f"PRAGMA user_version = {version}")


def _is_empty(connection: sqlite3.Connection, version: int) -> bool:
    """Return whether the tables have to be created. Raises DatabaseError for other tables."""
    # In this order: another process that creates the tables commits them with their version.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == version:
        return False
    if found:
        raise sqlite3.DatabaseError(f"it has version {found}, this program needs version {version}")
    if tables:
        raise sqlite3.DatabaseError("it is the database of another program")
    return True


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block writes, or roll it back if the block raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")  # This too can fail: on a disk that is full.
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def remove_database(path: Path) -> None:
    """Remove a database file and its logs. Raises OSError."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
