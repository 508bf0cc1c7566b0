"""Knowledge in PostgreSQL, with pgvector for vectors: one database for many users and programs.

The same terms and the same two rankings as in SQLite, made and fused by one statement.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.knowledge import vectors as exact
from roundtable_tui.knowledge.collections import check_compatible, collection_key
from roundtable_tui.knowledge.passages import TextPassage
from roundtable_tui.knowledge.rank_fusion import MAX_RANK, RRF_K
from roundtable_tui.knowledge.stores import postgres_sql as sql
from roundtable_tui.knowledge.stores.base import Collection, DocumentSource, PassageVectors, SearchHit, Vector
from roundtable_tui.knowledge.terms import extract_query_terms, extract_terms
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    import psycopg

URL_SCHEMES = ("postgresql://", "postgres://")
_CONNECT_TIMEOUT_S = 10
_MIN_PGVECTOR_VERSION = (0, 8)
MIN_INDEXED_PASSAGES = 2000
"""Vectors of a collection from which on they have an index; fewer are all measured, in a few milliseconds."""


class PostgresStore:
    """Collections in the schema `roundtable` of one database."""

    def __init__(self, url: str) -> None:
        """Create a store for a libpq URL; the password may come from PGPASSWORD or ~/.pgpass."""
        self._url = url
        self._safe_url = redact_url(url)
        self._connection: psycopg.Connection[Any] | None = None
        self._has_new_vectors = False

    def collections(self) -> list[Collection]:
        """Return the collections by name."""
        with self._translate_errors() as connection:
            return [Collection(*row) for row in connection.execute(sql.COLLECTIONS)]

    def sources(self, name: str) -> list[DocumentSource]:
        """Return the sources of a collection by path; none where there is no such collection."""
        with self._translate_errors() as connection:
            known = connection.execute(sql.SELECT_COLLECTION, (collection_key(name),)).fetchone()
            return (
                [DocumentSource(*row) for row in connection.execute(sql.SOURCES, known[:1])] if known else []
            )

    def add(
        self,
        name: str,
        source: DocumentSource,
        pieces: Sequence[TextPassage],
        vectors: PassageVectors | None = None,
    ) -> None:
        """Keep a source in place of the one at the same path, whole or not at all; makes the collection."""
        found = [extract_terms(f"{source.name}\n{piece.heading}\n{piece.text}") for piece in pieces]
        rows = [_passage_row(piece, found_by) for piece, found_by in zip(pieces, found, strict=True)]
        with self._translate_errors() as connection, connection.transaction():
            connection.execute(sql.INSERT_COLLECTION, (collection_key(name), name))
            # Held until the end: two programs that add the same file do it one after another.
            number, *about = connection.execute(sql.LOCK_COLLECTION, (collection_key(name),)).fetchone() or (
                0,
            )
            if vectors is not None and vectors.rows:
                self._store_model(connection, number, about, vectors)
            _delete_source(connection, number, source.path)
            told = (number, source.path, source.name, source.digest, source.unit)
            made = connection.execute(sql.ADD_SOURCE, told).fetchone()
            rows = [(number, *(made or ()), *row) for row in rows]
            statement = sql.ADD_PASSAGE
            if vectors is not None:
                statement = sql.ADD_PASSAGE_WITH_VECTOR
                self._has_new_vectors = True
                rows = [
                    (*row, _format_vector(vector)) for row, vector in zip(rows, vectors.rows, strict=True)
                ]
            with connection.cursor() as cursor:
                cursor.executemany(statement, rows)
            counts = Counter(term for found_by in found for term in set(found_by))
            connection.execute(sql.ADD_TERMS, (number, list(counts), list(counts.values())))

    def search(self, name: str, query: str, count: int, vector: Vector | None = None) -> list[SearchHit]:
        """Return the best passages for a query, best first."""
        with self._translate_errors() as connection, connection.transaction():
            known = connection.execute(sql.SELECT_COLLECTION, (collection_key(name),)).fetchone()
            if known is None:
                return []
            number, _, _, size = known
            given = {"terms": extract_query_terms(query), "depth": MAX_RANK, "k": RRF_K, "count": count}
            by_vector = sql.NO_VECTOR
            if vector is not None and len(vector) == size and (literal := _format_vector(vector)):
                connection.execute(sql.SET_SEARCH_WIDTH)
                by_vector = sql.BY_VECTOR.format(collection=number, size=size)
                given["vector"] = literal
            statement = sql.SEARCH.format(collection=number, by_vector=by_vector)
            # Not prepared: only with its values at hand does the planner see which index fits.
            rows = connection.execute(statement, given, prepare=False).fetchall()
        return [SearchHit(DocumentSource(*row[:4]), TextPassage(*row[4:8]), *row[8:]) for row in rows]

    def delete(self, name: str, path: str = "") -> int:
        """Delete one source, or the whole collection; return the number of deleted sources."""
        with self._translate_errors() as connection, connection.transaction():
            known = connection.execute(sql.LOCK_COLLECTION, (collection_key(name),)).fetchone()
            if known is None:
                return 0
            number = known[0]
            if path:
                return _delete_source(connection, number, path)
            (count,) = connection.execute(sql.COUNT_SOURCES, (number,)).fetchone() or (0,)
            connection.execute(sql.DROP_INDEX.format(collection=number))
            for statement in sql.DELETE_COLLECTION.split(";\n"):
                connection.execute(statement, {"id": number})
            return int(count)

    def close(self) -> None:
        """Create missing vector indexes, and close the connection."""
        try:
            if self._connection is not None and self._has_new_vectors:
                with self._translate_errors() as connection, connection.transaction():
                    connection.execute(sql.LOCK)
                    due = connection.execute(
                        sql.SELECT_UNINDEXED,
                        {"widest": sql.MAX_INDEXED_VECTOR_SIZE, "many": MIN_INDEXED_PASSAGES},
                    ).fetchall()
                    for number, size in due:
                        connection.execute(sql.CREATE_INDEX.format(collection=number, size=size))
        finally:
            connection_, self._connection = self._connection, None
            if connection_ is not None:
                connection_.close()

    def _store_model(
        self, connection: psycopg.Connection[Any], number: int, about: Sequence[Any], vectors: PassageVectors
    ) -> None:
        name, model, size = about
        new = check_compatible(Collection(name, model=model, vector_size=size), vectors)
        if not size:
            connection.execute(sql.LOCK)
            connection.execute(sql.CREATE_EXTENSION)
            (version,) = connection.execute(sql.SELECT_EXTENSION_VERSION).fetchone() or ("0",)
            if tuple(int(part) for part in version.split(".")[:2]) < _MIN_PGVECTOR_VERSION:
                hint = "Update it: ALTER EXTENSION vector UPDATE."
                raise RoundtableError(
                    f"its pgvector is {version}, 0.8 is needed", where=self._safe_url, hint=hint
                )
            connection.execute(sql.ADD_VECTOR_COLUMN)
        connection.execute(sql.UPDATE_MODEL, (vectors.model, vectors.server, new, number))

    def _connect(self) -> psycopg.Connection[Any]:
        try:
            import psycopg
        except ImportError:
            hint = "Install it: pip install 'roundtable-tui[pg]'."
            raise UsageError("psycopg is not installed", where=self._safe_url, hint=hint) from None
        connection = psycopg.connect(
            self._url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S, application_name="roundtable"
        )
        try:
            with connection.transaction():
                connection.execute(sql.LOCK)
                (comment,) = connection.execute(sql.SELECT_VERSION).fetchone() or (None,)
                if comment is None:
                    connection.execute(sql.CREATE_TABLES)
                elif comment != sql.VERSION:
                    what = f"its tables are of another version ({single_line(comment, 60)})"
                    raise RoundtableError(what, where=self._safe_url, hint="Update Roundtable.")
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _translate_errors(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield the connection; errors of the database become one line."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = self._connect()
            yield self._connection
        except RoundtableError:
            raise
        except Exception as error:
            import psycopg

            if not isinstance(error, psycopg.Error):
                raise
            reason = _error_reason(error, self._url)
            raise RoundtableError(reason, where=self._safe_url, hint=_error_hint(error)) from None


def redact_url(url: str) -> str:
    """Return the address of a database without its password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "PostgreSQL"
    place = parts.netloc.rpartition("@")[2] or "local socket"
    return single_line(f"PostgreSQL at {place}{parts.path}", 120)


def _delete_source(connection: psycopg.Connection[Any], number: int, path: str) -> int:
    which = {"id": number, "path": path}
    connection.execute(sql.DECREMENT_TERMS, which)
    return connection.execute(sql.DELETE_SOURCE, which).rowcount


def _passage_row(piece: TextPassage, found_by: Sequence[str]) -> tuple[Any, ...]:
    return (piece.first, piece.last, piece.heading, piece.text, _format_tsvector(found_by), len(found_by))


def _format_tsvector(found_by: Sequence[str]) -> str:
    """Return terms with their positions as a `tsvector` literal, which PostgreSQL does not parse further."""
    places = defaultdict(list)
    for place, term in enumerate(found_by, 1):
        places[term].append(str(min(place, 16383)))
    quoted = ((term.replace("\\", "\\\\").replace("'", "''"), at) for term, at in places.items())
    return " ".join(f"'{term}':{','.join(at)}" for term, at in quoted)


def _format_vector(vector: Vector) -> str | None:
    """Return a vector normalized to length 1 as a pgvector literal; None for a zero vector."""
    row = exact.normalize(vector)
    return None if row is None else f"[{','.join(f'{x:.6g}' for x in row)}]"


def _error_reason(error: Exception, url: str) -> str:
    """Return the first line of a database error, without user and password."""
    said = str(error)
    who = url.partition("://")[2].rpartition("@")[0]
    for secret in (who, who.partition(":")[2]):
        said = said.replace(secret, "***") if secret else said
    lines = [line for line in said.splitlines() if line.strip()] or [type(error).__name__]
    return single_line(lines[0], 240)


def _error_hint(error: Exception) -> str:
    from psycopg import errors

    if isinstance(error, errors.FeatureNotSupported | errors.UndefinedFile) and "vector" in str(error):
        return "Install pgvector on that server, or leave out --embedding-model."
    if isinstance(error, errors.InsufficientPrivilege):
        return "Its owner can allow it: CREATE EXTENSION vector; GRANT CREATE ON DATABASE ..."
    if isinstance(error, errors.OperationalError):
        return "Check the address, the password and that the server runs."
    return ""
