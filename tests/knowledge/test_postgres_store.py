"""What only PostgreSQL has: the vectors' index, its limits, servers that lack something, and addresses."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.knowledge.passages import TextPassage
from roundtable_tui.knowledge.stores import postgres, postgres_sql
from roundtable_tui.knowledge.stores.base import DocumentSource, PassageVectors
from roundtable_tui.knowledge.stores.postgres import PostgresStore, redact_url
from roundtable_tui.knowledge.stores.sqlite import SqliteStore
from tests.support.lazy_module import import_lazily

psycopg = import_lazily("psycopg")


@pytest.fixture
def store(database: str) -> Iterator[PostgresStore]:
    one = PostgresStore(database)
    yield one
    one.close()


def source(number: int = 0) -> DocumentSource:
    return DocumentSource(f"/{number}", f"{number}", "one")


def rows(count: int, size: int, seed: int = 1) -> list[list[float]]:
    random = Random(seed)
    return [[random.gauss(0, 1) for _ in range(size)] for _ in range(count)]


def pieces(count: int) -> list[TextPassage]:
    return [TextPassage(f"piece {n}", n, n) for n in range(1, count + 1)]


def plan(store: PostgresStore, collection: int, size: int) -> str:
    """Return how PostgreSQL looks for the nearest vectors, with an index wherever there is one."""
    statement = postgres_sql.BY_VECTOR.format(collection=collection, size=size)
    vector = "[" + ",".join(["0.1"] * size) + "]"
    with store._translate_errors() as connection, connection.transaction():
        connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        connection.execute("SET LOCAL enable_sort = off")
        lines = connection.execute(f"EXPLAIN (COSTS OFF) {statement}", {"vector": vector, "depth": 5})
        return "\n".join(line for (line,) in lines)


@pytest.mark.parametrize("size", [8, 384, 3072])
def test_postgres_many_vectors_up_to_4000_dimensions_have_an_index(
    store: PostgresStore, database: str, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(postgres, "MIN_INDEXED_PASSAGES", 40)
    store.add("Small", source(), pieces(5), PassageVectors("mini", "here", rows(5, 4)))
    store.add("Large", source(), pieces(60), PassageVectors("mini", "here", rows(60, size)))
    store.close()
    again = PostgresStore(database)
    assert "Index Scan using passage_embedding_2" in plan(again, 2, size)
    assert "passage_embedding_1" not in plan(again, 1, 4)
    wanted = rows(60, size)[17]
    assert again.search("Large", "", 1, wanted)[0].passage.first == 18
    assert again.delete("Large") == 1
    with again._translate_errors() as connection:
        (left,) = connection.execute(
            "SELECT count(*) FROM pg_indexes WHERE indexname = 'passage_embedding_2'"
        ).fetchone() or (1,)
    assert left == 0
    again.close()


def test_postgres_vectors_over_4000_dimensions_are_scanned(
    store: PostgresStore, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "MIN_INDEXED_PASSAGES", 5)
    store.add("Wide", source(), pieces(10), PassageVectors("mini", "here", rows(10, 4096)))
    store.close()
    again = PostgresStore(database)
    assert "passage_embedding" not in plan(again, 1, 4096)
    assert again.search("Wide", "", 1, rows(10, 4096)[3])[0].passage.first == 4
    again.close()


def test_postgres_search_deleted_rows_take_no_place(
    store: PostgresStore, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "MIN_INDEXED_PASSAGES", 50)
    near = [[1.0, n / 1000, 0.0] for n in range(300)]
    store.add("Office", source(1), pieces(300), PassageVectors("mini", "here", near))
    store.add(
        "Office",
        source(2),
        pieces(30),
        PassageVectors("mini", "here", [[-1.0, n / 100, 0.5] for n in range(30)]),
    )
    store.close()
    again = PostgresStore(database)
    assert again.delete("Office", "/1") == 1
    assert len(again.search("Office", "", 50, [1.0, 0.0, 0.0])) == 30
    again.close()


def test_postgres_index_includes_later_additions(
    store: PostgresStore, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "MIN_INDEXED_PASSAGES", 10)
    store.add("Office", source(1), pieces(20), PassageVectors("mini", "here", rows(20, 8)))
    store.close()
    store.add("Office", source(2), [TextPassage("late", 99, 99)], PassageVectors("mini", "here", [[9.0] * 8]))
    assert store.search("Office", "", 1, [1.0] * 8)[0].passage.first == 99


def test_postgres_search_ranks_like_sqlite(store: PostgresStore, tmp_path: Path) -> None:
    random = Random(4)
    words = [f"w{n}" for n in range(60)]
    weights = [1 / (n + 1) for n in range(60)]
    files = SqliteStore(tmp_path)
    for number in range(12):
        made = [
            TextPassage(" ".join(random.choices(words, weights, k=random.randint(1, 60))), n, n)
            for n in range(1, 11)
        ]
        vectors = PassageVectors("mini", "here", [[random.gauss(0, 1) for _ in range(6)] for _ in made])
        for each in (files, store):
            each.add("Office", source(number), made, vectors)
    for each in (files, store):
        each.add("Office", source(3), made[:4], PassageVectors("mini", "here", vectors.rows[:4]))
        each.delete("Office", "/5")

    def ranked(each: SqliteStore | PostgresStore, query: str, vector: list[float] | None = None) -> list[Any]:
        hits = each.search("Office", query, 50, vector)
        return [(hit.source.path, hit.passage.first, hit.word_rank, hit.vector_rank) for hit in hits]

    for _ in range(40):
        query = " ".join(random.choices(words, k=random.randint(1, 6)))
        assert ranked(store, query) == ranked(files, query) != []
        vector = [random.gauss(0, 1) for _ in range(6)]
        ours, theirs = ({row[:2] for row in ranked(each, "", vector)[:10]} for each in (store, files))
        # Half floats are added up in another order: neighbours may change places.
        assert len(ours & theirs) >= 9
    files.close()


def test_postgres_search_many_passages_reads_those_with_rare_words(store: PostgresStore) -> None:
    many = [TextPassage("common words" + " rare" * (n % 500 == 0), n, n) for n in range(1, 3001)]
    store.add("Office", source(), many)
    found = store.search("Office", "rare common unheard", 50)
    assert [hit.passage.first for hit in found] == [500, 1000, 1500, 2000, 2500, 3000]
    assert len(store.search("Office", "common", 50)) == 50


def test_postgres_term_counts_follow_additions_and_deletions(store: PostgresStore) -> None:
    store.add("Office", source(1), [TextPassage("one two", 1, 1), TextPassage("two two", 2, 2)])
    store.add("Office", source(2), [TextPassage("two", 1, 1)])
    store.add("Office", source(1), [TextPassage("one one", 1, 1)])
    store.delete("Office", "/2")
    with store._translate_errors() as connection:
        counts = dict(
            connection.execute("SELECT term, passages FROM roundtable.term WHERE passages > 0").fetchall()
        )
    assert counts == {"1": 1, "one": 1}


def test_postgres_without_vectors_needs_no_extension(store: PostgresStore, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP EXTENSION IF EXISTS vector CASCADE")
    store.add("Office", source(), pieces(2))
    assert store.search("Office", "piece", 5)
    with store._translate_errors() as connection:
        assert connection.execute(postgres_sql.SELECT_EXTENSION_VERSION).fetchone() is None
    store.add("Office", source(), pieces(2), PassageVectors("mini", "here", rows(2, 3)))
    assert store.search("Office", "", 5, [1.0, 1.0, 1.0])


def test_postgres_without_pgvector_raises_one_line(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_sql, "CREATE_EXTENSION", "CREATE EXTENSION vector_that_is_not_there")
    with pytest.raises(
        RoundtableError, match="Install pgvector on that server, or leave out --embedding-model"
    ):
        store.add("Office", source(), pieces(1), PassageVectors("mini", "here", rows(1, 3)))
    assert store.collections() == []
    monkeypatch.setattr(postgres_sql, "SELECT_EXTENSION_VERSION", "SELECT '0.7.4'")
    monkeypatch.setattr(postgres_sql, "CREATE_EXTENSION", "SELECT 1")
    with pytest.raises(RoundtableError, match=r"its pgvector is 0\.7\.4, 0\.8 is needed"):
        store.add("Office", source(), pieces(1), PassageVectors("mini", "here", rows(1, 3)))


def test_postgres_without_rights_raises_with_hint(store: PostgresStore, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
    guest = PostgresStore(database.replace("postgres:@", "guest@"))
    with pytest.raises(RoundtableError, match=r"permission denied.*GRANT CREATE ON DATABASE"):
        guest.collections()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP ROLE guest")


def test_postgres_other_schema_version_raises_and_is_unchanged(store: PostgresStore, database: str) -> None:
    store.collections()
    with store._translate_errors() as connection:
        connection.execute("COMMENT ON SCHEMA roundtable IS 'Roundtable knowledge, version 9'")
    other = PostgresStore(database)
    with pytest.raises(
        RoundtableError, match=r"another version \(Roundtable knowledge, version 9\)\. Update"
    ):
        other.collections()


def test_postgres_lost_connection_raises_then_reconnects(store: PostgresStore, database: str) -> None:
    store.add("Office", source(), pieces(1))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'roundtable'"
        )
    with pytest.raises(RoundtableError, match="PostgreSQL at local socket/postgres: "):
        store.search("Office", "piece", 1)
    assert store.search("Office", "piece", 1)


def test_postgres_unreachable_server_raises_without_password() -> None:
    with pytest.raises(RoundtableError) as caught:
        PostgresStore("postgresql://ada:s3cret@127.0.0.1:1/books").collections()
    line = str(caught.value)
    assert line.startswith("PostgreSQL at 127.0.0.1:1/books: ") and "Check the address" in line
    assert "s3cret" not in line and "\n" not in line
    with pytest.raises(RoundtableError) as caught:
        PostgresStore("postgresql://ada:s3cret@[/x?y=1").collections()
    assert "s3cret" not in str(caught.value)


def test_postgres_without_psycopg_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **how: Any) -> Any:
        if name == "psycopg":
            raise ImportError(name)
        return real(name, *args, **how)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"pip install 'roundtable-tui\[pg\]'"):
        PostgresStore("postgresql://nowhere/x").collections()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:pw@host:5432/books", "PostgreSQL at host:5432/books"),
        ("postgres:///books", "PostgreSQL at local socket/books"),
        ("postgresql://a:p@ss@host/b", "PostgreSQL at host/b"),
    ],
)
def test_redact_url_removes_user_and_password(url: str, shown: str) -> None:
    assert redact_url(url) == shown
