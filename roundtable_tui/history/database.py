"""The SQLite file of the run index: its schema, and opening it even if it is damaged."""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path

from roundtable_tui.history.search import SYMBOLS
from roundtable_tui.utils import paths, sqlite

SCHEMA_VERSION = 6
_BUSY_TIMEOUT_S = 5.0
_SCHEMA = f"""
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL, mtime INTEGER NOT NULL,
    status TEXT NOT NULL, started REAL NOT NULL, title TEXT NOT NULL, mode TEXT NOT NULL,
    question TEXT NOT NULL, asked TEXT NOT NULL,
    team TEXT NOT NULL, models TEXT NOT NULL, seats TEXT NOT NULL,
    how TEXT NOT NULL, agreement REAL, elapsed REAL NOT NULL, tokens INTEGER NOT NULL, turns INTEGER NOT NULL,
    parent TEXT NOT NULL, follows TEXT NOT NULL, outcome TEXT NOT NULL, client TEXT NOT NULL
);
CREATE INDEX by_time ON runs (started, name, status, mode);
CREATE INDEX unsettled ON runs (name, size, mtime) WHERE status <> 'complete';
CREATE TABLE looked (at REAL NOT NULL, folder INTEGER NOT NULL);
CREATE TABLE models (run INTEGER NOT NULL, model TEXT NOT NULL, PRIMARY KEY (model, run)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
    question, said, content='', prefix='2', tokenize="unicode61 remove_diacritics 2 tokenchars '{SYMBOLS}'"
);
CREATE VIRTUAL TABLE grams USING fts5 (question, answer, content='', tokenize='trigram');
INSERT INTO words (words, rank) VALUES ('hashsize', 32000000);
INSERT INTO grams (grams, rank) VALUES ('hashsize', 32000000);
"""


def index_path(folder: Path) -> Path:
    """Return the path of the index of the runs in `folder`."""
    mark = sha256(str(folder.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return paths.cache_dir() / f"runs-{mark}.db"


def open_index(path: Path) -> sqlite3.Connection:
    """Open the index at `path`.

    An index that is damaged or of another version is created again. If nothing can be written, the index is
    kept in memory.
    """
    try:
        paths.make_private_dir(path.parent)
        try:
            return _connect(path)
        except sqlite3.DatabaseError:
            delete_index(path)
            return _connect(path)
    except (OSError, sqlite3.Error):
        return open_in_memory()


def open_in_memory() -> sqlite3.Connection:
    """Open an empty index that no file belongs to."""
    return _connect(":memory:")


def open_second_connection(base: sqlite3.Connection) -> sqlite3.Connection:
    """Open a second connection to the same index; the same connection if it is in memory."""
    file = base.execute("PRAGMA database_list").fetchone()[2]
    try:
        return _connect(file) if file else base
    except sqlite3.Error:
        return base


def delete_index(path: Path) -> None:
    """Delete the index and its side files. Raises OSError."""
    sqlite.remove_database(path)


def _connect(path: Path | str) -> sqlite3.Connection:
    base = sqlite.connect(path, busy_timeout_s=_BUSY_TIMEOUT_S)
    try:
        sqlite.create_schema(base, SCHEMA_VERSION, _SCHEMA)
    except BaseException:
        base.close()
        raise
    return base
