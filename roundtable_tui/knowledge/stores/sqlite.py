"""A store in SQLite: one file per collection, without further dependencies.

Words are ranked by FTS5's BM25 over our own terms; vectors, where there are any, by their cosine.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.knowledge import vectors as exact
from roundtable_tui.knowledge.collections import check_compatible, collection_key
from roundtable_tui.knowledge.passages import TextPassage
from roundtable_tui.knowledge.rank_fusion import MAX_RANK, fuse_rankings
from roundtable_tui.knowledge.stores.base import Collection, DocumentSource, PassageVectors, SearchHit, Vector
from roundtable_tui.knowledge.terms import extract_query_terms, extract_terms
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import make_private_dir
from roundtable_tui.utils.sqlite import (
    connect,
    connect_read_only,
    create_schema,
    remove_database,
    transaction,
)

SCHEMA_VERSION = 1
FILE_SUFFIX = ".db"
_BUSY_TIMEOUT_S = 20.0
_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE source (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    digest TEXT NOT NULL, unit TEXT NOT NULL
);
CREATE TABLE passage (
    id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    first INTEGER NOT NULL, last INTEGER NOT NULL, heading TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX passage_source ON passage (source);
-- Apart from each other: all signs are read for a search, and few vectors.
CREATE TABLE sign (passage INTEGER PRIMARY KEY REFERENCES passage ON DELETE CASCADE, bits BLOB NOT NULL);
CREATE TABLE vector (passage INTEGER PRIMARY KEY REFERENCES passage ON DELETE CASCADE, half BLOB NOT NULL);
-- Our terms come apart at spaces alone: 'ascii' leaves every other letter in peace.
CREATE VIRTUAL TABLE words USING fts5 (terms, tokenize = "ascii tokenchars '+#'");
CREATE VIRTUAL TABLE word USING fts5vocab (words, row);
"""
_DELETE = """
DELETE FROM words WHERE rowid IN (SELECT passage.id FROM passage JOIN source ON source.id = passage.source
                                  WHERE source.path = :path);
DELETE FROM source WHERE path = :path
"""
_COUNTS = "(SELECT count(*) FROM source), (SELECT count(*) FROM passage)"
_SOURCES = """
SELECT path, name, digest, unit, (SELECT count(*) FROM passage WHERE passage.source = source.id)
FROM source ORDER BY path
"""
_HITS = """
SELECT passage.id, path, name, digest, unit, text, first, last, heading
FROM passage JOIN source ON source.id = passage.source WHERE passage.id IN ({})
"""


class SqliteStore:
    """Collections as files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connections: dict[str, sqlite3.Connection] = {}

    def collections(self) -> list[Collection]:
        """Return the collections by name."""
        try:
            paths = sorted(self._folder.glob(f"*{FILE_SUFFIX}"))
        except OSError as error:
            raise FileError(
                f"cannot be listed: {error.strerror}", where=files.display_path(self._folder)
            ) from None
        found = []
        for path in paths:
            try:
                found.append(self._read_collection(path))
            except FileError as error:
                found.append(Collection(path.stem, problem=str(error)))
        return found

    def _read_collection(self, path: Path) -> Collection:
        connection = self._connections.get(path.name) or self._connect(path)
        with self._translate_errors(path):
            about = dict(connection.execute("SELECT key, value FROM about"))
            sources, passages = connection.execute(f"SELECT {_COUNTS}").fetchone()
        return Collection(
            about.get("name") or path.stem,
            sources,
            passages,
            about.get("model", ""),
            about.get("server", ""),
            int(about.get("size", 0)),
        )

    def sources(self, name: str) -> list[DocumentSource]:
        """Return the sources of a collection by path; none where there is no such collection."""
        if (connection := self._connect_existing(name)) is None:
            return []
        with self._translate_errors(self._path_of(name)):
            return [DocumentSource(*row) for row in connection.execute(_SOURCES)]

    def add(
        self,
        name: str,
        source: DocumentSource,
        pieces: Sequence[TextPassage],
        vectors: PassageVectors | None = None,
    ) -> None:
        """Keep a source in place of the one at the same path, whole or not at all; makes the collection."""
        connection = self._connect_existing(name) or self._connect(self._path_of(name), name)
        with self._translate_errors(self._path_of(name)), transaction(connection):
            if vectors is not None and vectors.rows:
                self._store_model(connection, name, vectors)
            _delete_source(connection, source.path)
            number = connection.execute(
                "INSERT INTO source (path, name, digest, unit) VALUES (?, ?, ?, ?)",
                (source.path, source.name, source.digest, source.unit),
            ).lastrowid
            for at, piece in enumerate(pieces):
                passage = connection.execute(
                    "INSERT INTO passage (source, first, last, heading, text) VALUES (?, ?, ?, ?, ?)",
                    (number, piece.first, piece.last, piece.heading, piece.text),
                ).lastrowid
                found_by = " ".join(extract_terms(f"{source.name}\n{piece.heading}\n{piece.text}"))
                connection.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (passage, found_by))
                if vectors is not None and (row := exact.normalize(vectors.rows[at])) is not None:
                    connection.execute("INSERT INTO sign VALUES (?, ?)", (passage, exact.sign_bits(row)))
                    connection.execute("INSERT INTO vector VALUES (?, ?)", (passage, exact.pack_vector(row)))

    def search(self, name: str, query: str, count: int, vector: Vector | None = None) -> list[SearchHit]:
        """Return the best passages for a query, best first."""
        if (connection := self._connect_existing(name)) is None:
            return []
        with self._translate_errors(self._path_of(name)):
            by_words = _rank_by_words(connection, query)
            by_vector = _rank_by_vector(connection, vector) if vector is not None else []
            best = fuse_rankings(by_words, by_vector)[:count]
            marks = ", ".join("?" * len(best))
            rows = connection.execute(_HITS.format(marks), [number for number, _ in best])
            found = {row[0]: row for row in rows}
        ranks = [
            {number: rank for rank, number in enumerate(ranking, 1)} for ranking in (by_words, by_vector)
        ]
        hits = []
        for number, score in best:
            _, path, cited, digest, unit, *piece = found[number]
            of_words, of_vector = (ranked.get(number, 0) for ranked in ranks)
            hits.append(
                SearchHit(
                    DocumentSource(path, cited, digest, unit), TextPassage(*piece), score, of_words, of_vector
                )
            )
        return hits

    def delete(self, name: str, path: str = "") -> int:
        """Delete one source, or the whole collection; return the number of deleted sources."""
        if (connection := self._connect_existing(name)) is None:
            return 0
        file = self._path_of(name)
        with self._translate_errors(file):
            if path:
                with transaction(connection):
                    return _delete_source(connection, path)
            (count,) = connection.execute("SELECT count(*) FROM source").fetchone()
        self._connections.pop(file.name).close()
        try:
            remove_database(file)
        except OSError as error:
            raise FileError(f"cannot be removed: {error.strerror}", where=files.display_path(file)) from None
        return int(count)

    def close(self) -> None:
        """Close the files."""
        while self._connections:
            self._connections.popitem()[1].close()

    def _path_of(self, name: str) -> Path:
        return self._folder / (collection_key(name) + FILE_SUFFIX)

    def _connect_existing(self, name: str) -> sqlite3.Connection | None:
        path = self._path_of(name)
        return self._connections.get(path.name) or (self._connect(path) if files.path_exists(path) else None)

    def _connect(self, path: Path, name: str = "") -> sqlite3.Connection:
        """Open a file; with a `name`, create it if it is missing."""
        with self._translate_errors(path):
            make_private_dir(path.parent)
            if not name and not path.is_file():
                raise FileError("is not a file", where=files.display_path(path))
            try:
                connection = _open(connect(path, busy_timeout_s=_BUSY_TIMEOUT_S), name)
            except sqlite3.OperationalError as error:
                if name or _is_busy(error):
                    raise
                connection = _open(connect_read_only(path), name)
        self._connections[path.name] = connection
        return connection

    def _store_model(self, connection: sqlite3.Connection, name: str, vectors: PassageVectors) -> None:
        about = dict(connection.execute("SELECT key, value FROM about"))
        known = Collection(name, model=about.get("model", ""), vector_size=int(about.get("size", 0)))
        size = check_compatible(known, vectors)
        connection.executemany(
            "INSERT OR REPLACE INTO about (key, value) VALUES (?, ?)",
            [("model", vectors.model), ("server", vectors.server), ("size", str(size))],
        )

    @contextmanager
    def _translate_errors(self, path: Path) -> Iterator[None]:
        """Turn errors of SQLite and the disk into one line."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            hint = "Another program is writing to it: try again." if _is_busy(error) else ""
            raise FileError(f"cannot be used: {error}", where=files.display_path(path), hint=hint) from None


def _open(connection: sqlite3.Connection, name: str) -> sqlite3.Connection:
    """Create or check the tables of a connection; it is closed if that fails."""
    try:
        about = ("INSERT INTO about (key, value) VALUES ('name', ?)", (name,))
        create_schema(connection, SCHEMA_VERSION, _TABLES, [about])
        connection.execute("SELECT count(*) FROM about").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _is_busy(error: Exception) -> bool:
    return "locked" in str(error) or "busy" in str(error)


def _delete_source(connection: sqlite3.Connection, path: str) -> int:
    words, source = _DELETE.split(";\n")
    connection.execute(words, {"path": path})
    return connection.execute(source, {"path": path}).rowcount


def _rank_by_words(connection: sqlite3.Connection, query: str) -> list[int]:
    """Return the passages with terms of the query by BM25, best first.

    Terms of more than half of the passages are left out, unless there are no others: they distinguish little.
    """
    (total,) = connection.execute("SELECT count(*) FROM passage").fetchone()
    asked = extract_query_terms(query)
    marks = ", ".join("?" * len(asked))
    known = dict(connection.execute(f"SELECT term, doc FROM word WHERE term IN ({marks})", asked))
    telling = [term for term, count in known.items() if count * 2 <= total] or list(known)
    if not telling:
        return []
    match = " OR ".join(f'"{term}"' for term in telling)
    rows = connection.execute(
        "SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words), rowid LIMIT ?", (match, MAX_RANK)
    )
    return [number for (number,) in rows]


def _rank_by_vector(connection: sqlite3.Connection, vector: Vector) -> list[int]:
    (size,) = connection.execute("SELECT value FROM about WHERE key = 'size'").fetchone() or ("0",)
    query = exact.normalize(vector) if len(vector) == int(size) else None
    if query is None:
        return []
    (total,) = connection.execute("SELECT count(*) FROM vector").fetchone()
    if total <= exact.MAX_RERANKED:
        return exact.rerank(query, connection.execute("SELECT passage, half FROM vector"), MAX_RANK)
    near = exact.nearest(query, connection.execute("SELECT passage, bits FROM sign"), exact.MAX_RERANKED)
    marks = ", ".join("?" * len(near))
    rows = connection.execute(f"SELECT passage, half FROM vector WHERE passage IN ({marks})", near)
    return exact.rerank(query, rows, MAX_RANK)
