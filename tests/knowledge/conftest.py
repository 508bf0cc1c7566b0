"""The two stores that the contract is held against, and documents to fill them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from roundtable_tui.knowledge.stores.base import Store
from roundtable_tui.knowledge.stores.postgres import PostgresStore
from roundtable_tui.knowledge.stores.sqlite import SqliteStore
from tests.support import postgres

Opener = Callable[[], Store]
"""Opens the same store each time it is called."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL with pgvector that this test run has started."""
    with postgres.running() as url:
        if url is None:
            pytest.skip(postgres.NONE)
        yield url


@pytest.fixture
def database(postgres_server: str) -> Iterator[str]:
    """The address of a database without anything of ours in it."""
    import psycopg

    yield postgres_server
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '10s'")
        connection.execute("DROP SCHEMA IF EXISTS roundtable CASCADE")


@pytest.fixture(params=["sqlite", "postgres"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the store that is tested; all are closed at the end."""
    opened: list[Store] = []
    url = request.getfixturevalue("database") if request.param == "postgres" else ""

    def open_store() -> Store:
        opened.append(PostgresStore(url) if url else SqliteStore(tmp_path / "knowledge"))
        return opened[-1]

    yield open_store
    for store in opened:
        with suppress(Exception):
            store.close()


@pytest.fixture
def store(opener: Opener) -> Store:
    """The store that is tested, empty."""
    return opener()
