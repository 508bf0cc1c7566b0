"""The index of all runs, for lists and search.

It is a cache: it can be deleted at any time, is rebuilt from the records, and follows changes of the records
by their size and modification time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from sqlite3 import (
    SQLITE_CANTOPEN,
    SQLITE_FULL,
    SQLITE_IOERR,
    SQLITE_READONLY,
    Connection,
    DatabaseError,
    OperationalError,
)
from threading import RLock
from typing import Any

from roundtable_tui.engine.record.recorder import is_locked_by_writer
from roundtable_tui.history import database
from roundtable_tui.history.constants import INTERRUPTED, RUNNING, UNREADABLE
from roundtable_tui.history.scan import RecordState, folder_stamp, list_run_names, record_state, scan_records
from roundtable_tui.history.search import RunQuery, fold, separate_cjk, sql_clauses
from roundtable_tui.history.summary import COLUMNS, RunRow, RunSummary, from_row, read_summary, to_row
from roundtable_tui.utils import paths, sqlite
from roundtable_tui.utils.text import fix_surrogates

ProgressCallback = Callable[[int, int], None]
"""(runs read, runs to read)"""
_BATCH_SIZE = 100
_MAX_SQL_VALUES = 500
_FULL_SCAN_INTERVAL_S = 3600.0
_MIN_STALE_TEXTS = 1000
"""The index is rebuilt once it holds more stale texts (of deleted or changed runs) than this."""
_UNSETTLED_STATE = (-1, -1)
"""The stored state of a record that is being written: it never matches, so it is read again each time."""


class RunIndex:
    """The index of the runs in one folder. Thread-safe."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.runs_dir()
        self._path = database.index_path(self.folder)
        self._lock, self._reading = RLock(), RLock()
        self._open(database.open_index(self._path))

    def _open(self, base: Connection) -> None:
        # Two connections, so that searches do not wait for updates.
        self._base, self._reader = base, database.open_second_connection(base)
        if self._reader is base:
            self._reading = self._lock

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._reading:
            self._base.close()
            self._reader.close()

    # --- queries -------------------------------------------------------------------------

    def find(self, query: RunQuery | None = None) -> list[RunRow]:
        """Return the runs that match, in the order of `find_names`."""
        return self.get_rows(self.find_names(query))

    def find_names(self, query: RunQuery | None = None) -> list[str]:
        """Return the names of the runs that match: matches in the question first, then newest first.

        A limit makes the query much faster if there are many runs.
        """
        query = query or RunQuery()
        # The index does not know which runs without an end are active.
        by_hand = query.status in (INTERRUPTED, RUNNING)
        limit = -1 if by_hand else query.limit
        names: list[str] = []
        for condition, values in sql_clauses(query, INTERRUPTED if by_hand else query.status):
            room = max(0, limit - len(names)) if limit >= 0 else -1
            question = f"SELECT name FROM runs WHERE {condition} ORDER BY started DESC, name DESC LIMIT ?"
            names += (name for (name,) in self._rows(question, [*values, room]))
            if len(names) == limit:
                break
        if not by_hand:
            return names
        going = query.status == RUNNING
        names = [name for name in names if is_locked_by_writer(self.folder / name) == going]
        return names[: query.limit] if query.limit >= 0 else names

    def find_conversations(self, rows: Iterable[RunRow]) -> dict[str, tuple[str, int]]:
        """Return the place of runs in their conversations.

        Returns:
            Name of a run -> the first known run of its conversation, and the number of its question in it,
            from 1. A run that follows no other is question 1 of its own.
        """
        before: dict[str, str | None] = {row.name: row.follows for row in rows}
        names = list(before)
        wanted = {name for name in before.values() if name} - before.keys()
        while wanted:
            some = sorted(wanted)[:_MAX_SQL_VALUES]
            marks = ", ".join("?" * len(some))
            found = dict(self._rows(f"SELECT name, follows FROM runs WHERE name IN ({marks})", some))
            before |= {name: found.get(name) for name in some}
            wanted = {name for name in (*wanted, *found.values()) if name} - before.keys()
        return {name: _place_in_conversation(name, before) for name in names}

    def count(self) -> int:
        """Return the number of runs."""
        return int(self._rows("SELECT count(*) FROM runs")[0][0])

    def get_rows(self, names: Sequence[str]) -> list[RunRow]:
        """Return the runs with these names, in this order; unknown names are left out."""
        found: dict[str, RunRow] = {}
        for at in range(0, len(names), _MAX_SQL_VALUES):
            some = names[at : at + _MAX_SQL_VALUES]
            marks = ", ".join("?" * len(some))
            for row in self._rows(f"SELECT {COLUMNS} FROM runs WHERE name IN ({marks})", some):
                found[row[0]] = self._to_run_row(row)
        return [found[name] for name in names if name in found]

    def get(self, name: str) -> RunRow | None:
        """Return the run with this folder name; None if it is unknown."""
        return next(iter(self.get_rows([fix_surrogates(name)])), None)

    def count_by_mode(self) -> list[tuple[str, int]]:
        """Return the modes with their numbers of runs, most used first."""
        return self._rows("SELECT mode, count(*) FROM runs WHERE mode <> '' GROUP BY mode ORDER BY 2 DESC, 1")

    def count_by_model(self) -> list[tuple[str, int]]:
        """Return the models with their numbers of runs, most used first."""
        return self._rows("SELECT model, count(*) FROM models GROUP BY model ORDER BY 2 DESC, 1")

    def _rows(self, question: str, values: Sequence[object] = ()) -> list[Any]:
        with self._reading:
            return self._reader.execute(question, values).fetchall()

    def _to_run_row(self, row: Sequence[Any]) -> RunRow:
        entry = from_row(row)
        if entry.status == INTERRUPTED and is_locked_by_writer(self.folder / entry.name):
            return replace(entry, status=RUNNING)
        return entry

    # --- updates --------------------------------------------------------------

    def refresh(self, on_progress: ProgressCallback = lambda done, of: None, *, full: bool = True) -> bool:
        """Update the index from the records. Returns True if anything has changed.

        New, deleted and unfinished runs are always updated. Records of complete runs, which rarely change,
        are checked if `full`, else once an hour, since there may be very many. A damaged index is created
        again.

        Args:
            on_progress: Called with the number of runs read, and to read.
            full: Check the records of complete runs too.
        """
        try:
            return self._refresh(on_progress, full)
        except OperationalError as error:
            if "locked" in str(error):  # Another process is updating it.
                return False
            if not _is_unwritable(error):
                self._recreate()
        except DatabaseError:
            self._recreate()
        try:
            return self._refresh(on_progress, full)
        except DatabaseError:  # The disk is full, or the file is someone else's.
            self._move_to_memory()
        return self._refresh(on_progress, full)

    def _recreate(self) -> None:
        self._close_quietly()
        with suppress(OSError):
            database.delete_index(self._path)
        self._open(database.open_index(self._path))

    def _move_to_memory(self) -> None:
        """Continue with an empty index in memory; the file stays as it is."""
        self._close_quietly()
        self._open(database.open_in_memory())

    def _close_quietly(self) -> None:
        with self._lock, self._reading, suppress(DatabaseError):
            self.close()

    def _refresh(self, on_progress: ProgressCallback, full: bool) -> bool:
        ((at, before),) = self._rows("SELECT at, folder FROM looked") or [(0.0, 0)]
        due = abs(time.time() - at) > _FULL_SCAN_INTERVAL_S
        full = full or due
        stamp = folder_stamp(self.folder)
        as_before = not full and stamp == before != 0  # No run was added or deleted.
        settled: set[str] = set()
        if not (full or as_before):
            settled = {name for (name,) in self._rows("SELECT name FROM runs WHERE status = 'complete'")}
        others = "" if full else "WHERE status <> 'complete'"
        known = {row[0]: row[1:] for row in self._rows(f"SELECT name, size, mtime FROM runs {others}")}
        names = set(known) if as_before else set(list_run_names(self.folder))
        there = scan_records(self.folder, names - settled)
        gone = (known.keys() - there.keys()) | (settled - names)
        new = sorted((name for name, found in there.items() if known.get(name) != found), reverse=True)
        if gone:
            with self._transaction():
                self._drop(gone)
        for done in range(0, len(new), _BATCH_SIZE):
            on_progress(done, len(new))
            self._ingest(new[done : done + _BATCH_SIZE], there)
        if (gone or new) and (known or settled):
            self._vacuum(on_progress)
        # A folder without a record is checked again.
        after = before if as_before else stamp if len(there) == len(names - settled) else 0
        if due or after != before:
            self._remember_look(time.time() if full else at, after)
        return bool(gone or new)

    def _remember_look(self, at: float, folder: int) -> None:
        """Store the time of the last full check, and the stamp of the folder."""
        with self._transaction():
            self._base.execute("DELETE FROM looked")
            self._base.execute("INSERT INTO looked VALUES (?, ?)", [at, folder])

    def reindex(self, name: str) -> None:
        """Read one run again, after its title has changed."""
        if (found := record_state(str(self.folder / name))) is not None:
            self._write_or_move(lambda: self._ingest([name], {name: found}))

    def drop(self, name: str) -> None:
        """Remove a run whose folder was deleted."""

        def drop() -> None:
            with self._transaction():
                self._drop([name])

        self._write_or_move(drop)

    def _write_or_move(self, write: Callable[[], None]) -> None:
        """Change the index; where its file cannot be written, move to memory and read all records there."""
        try:
            write()
        except OperationalError as error:
            if not _is_unwritable(error):
                raise
            self._move_to_memory()
            self._refresh(lambda done, of: None, full=True)

    def rebuild(self, on_progress: ProgressCallback = lambda done, of: None) -> None:
        """Rebuild the index from the records."""
        with self._transaction():
            self._base.execute("DELETE FROM runs")
            self._base.execute("DELETE FROM models")
            for table in ("words", "grams"):
                self._base.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
        self.refresh(on_progress)

    def _ingest(self, names: Sequence[str], states: dict[str, RecordState]) -> None:
        digests = [(name, read_summary(self.folder / name)) for name in names]
        with self._transaction():
            self._drop(names)
            for name, digest in digests:
                self._insert(name, digest, states[name])

    def _insert(self, name: str, summary: RunSummary, found: RecordState) -> None:
        going = summary.status == INTERRUPTED and is_locked_by_writer(self.folder / name)
        values = (*(_UNSETTLED_STATE if going else found), name, *to_row(summary))
        marks = ", ".join("?" * len(values))
        cursor = self._base.execute(
            f"INSERT INTO runs (size, mtime, {COLUMNS}, asked) VALUES ({marks})", values
        )
        if summary.status == UNREADABLE or going:
            return  # The texts of an active run are indexed after its end.
        row = cursor.lastrowid
        models = [(row, fold(model)) for model in summary.models if model]
        self._base.executemany("INSERT OR IGNORE INTO models (run, model) VALUES (?, ?)", models)
        asked = f"{summary.title}\n\n{summary.question}"
        said = (
            summary.full_text
            if summary.answer in summary.full_text
            else f"{summary.full_text}\n\n{summary.answer}"
        )
        self._base.execute(
            "INSERT INTO words (rowid, question, said) VALUES (?, ?, ?)",
            (row, separate_cjk(asked), separate_cjk(said)),
        )
        self._base.execute(
            "INSERT INTO grams (rowid, question, answer) VALUES (?, ?, ?)",
            (row, fold(asked), fold(summary.answer)),
        )

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            self._base.execute("DELETE FROM models WHERE run = (SELECT id FROM runs WHERE name = ?)", [name])
            self._base.execute("DELETE FROM runs WHERE name = ?", [name])

    def _vacuum(self, on_progress: ProgressCallback) -> None:
        """Vacuum the index if most of its texts are outdated."""
        ((texts, runs),) = self._rows(
            "SELECT (SELECT count(*) FROM words_docsize), (SELECT count(*) FROM runs)"
        )
        if texts - runs > max(_MIN_STALE_TEXTS, runs):
            self.rebuild(on_progress)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run statements in one transaction."""
        with self._lock, sqlite.transaction(self._base):
            yield


def _is_unwritable(error: OperationalError) -> bool:
    """Return whether a file could not be written: the disk is full, or it may only be read."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN)


def _place_in_conversation(name: str, before: Mapping[str, str | None]) -> tuple[str, int]:
    """Return the first known run of a conversation, and the number of this run in it.

    Args:
        name: the run.
        before: each run -> the run before it, "" for none; None for a run that is not known.
    """
    chain = [name]
    while (previous := before.get(chain[-1])) and before.get(previous) is not None and previous not in chain:
        chain.append(previous)
    return chain[-1], len(chain)
