"""The place of a knowledge store: the user's folder, another folder, or a database."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from roundtable_tui.errors import UsageError
from roundtable_tui.knowledge.stores.base import Store
from roundtable_tui.knowledge.stores.postgres import URL_SCHEMES, PostgresStore
from roundtable_tui.knowledge.stores.sqlite import SqliteStore
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

STORE_VARIABLE = "ROUNDTABLE_STORE"
"""Stands in for --store: a password is better kept out of the command line."""
DEFAULT_COLLECTION = "documents"
"""The collection that documents go into when no other is named."""


def open_store(location: str, environ: Mapping[str, str]) -> Store:
    """Return the store at `where`: postgresql://... or a folder, "" for the default. Nothing is opened.

    Raises UsageError for an address of another kind.
    """
    location = location.strip() or environ.get(STORE_VARIABLE, "").strip()
    if location.startswith(URL_SCHEMES):
        return PostgresStore(location)
    if "://" in location:
        shown = single_line(location.partition("://")[0], 20)
        hint = "Give a folder, or postgresql://USER@HOST/DATABASE."
        raise UsageError(f"--store {shown}://: there is no such kind of store", hint=hint)
    return SqliteStore(expand_user(location) if location else paths.data_dir() / "knowledge")


def open_task_store() -> Store:
    """Return the store of the documents of tasks, which can be rebuilt."""
    return SqliteStore(paths.cache_dir() / "knowledge")


def task_collection_name(name: str, documents: Path) -> str:
    """Return the name of the collection of a task's documents, different for tasks of the same name."""
    return (
        f"{name}-{sha256(str(files.resolve_path(documents)).encode(errors='surrogatepass')).hexdigest()[:6]}"
    )
