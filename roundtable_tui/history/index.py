"""The index over all runs: what a list shows of each, and where words are found. It may be deleted at any
time: it is made again from the records, and follows them by the size and time of their files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection, DatabaseError, OperationalError
from threading import RLock
from typing import Any

from roundtable_tui.engine.record.recorder import is_locked_by_writer
from roundtable_tui.history import database
from roundtable_tui.history.constants import INTERRUPTED, RUNNING, UNREADABLE
from roundtable_tui.history.scan import RecordState, folder_stamp, list_run_names, record_state, scan_records
from roundtable_tui.history.search import RunQuery, fold, separate_cjk, sql_clauses
from roundtable_tui.history.summary import COLUMNS, RunRow, RunSummary, from_row, read_summary, to_row
from roundtable_tui.utils import paths
from roundtable_tui.utils.text import fix_surrogates

ProgressCallback = Callable[[int, int], None]
"""Hears how many runs have been read, of how many."""
_BATCH_SIZE = 100
_MAX_SQL_VALUES = 500
_FULL_SCAN_INTERVAL_S = 3600.0
_MIN_STALE_TEXTS = 1000
"""Texts of runs that are gone or have changed stay in the index unseen, until there are more than this."""
_UNSETTLED_STATE = (-1, -1)
"""Stands for the state of a record that is written right now: it is read again each time."""


class RunIndex:
    """The runs in one folder. May be used from any thread."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.runs_dir()
        self._path = database.index_path(self.folder)
        self._lock, self._reading = RLock(), RLock()
        self._open(database.open_index(self._path))

    def _open(self, base: Connection) -> None:
        # Two ways in, so that nobody who looks has to wait for what is being taken in.
        self._base, self._reader = base, database.open_second_connection(base)
        if self._reader is base:
            self._reading = self._lock

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._reading:
            self._base.close()
            self._reader.close()

    # --- what is asked -------------------------------------------------------------------------

    def find(self, query: RunQuery | None = None) -> list[RunRow]:
        """Return the runs that are wanted, in the order of `names`."""
        return self.get_rows(self.find_names(query))

    def find_names(self, query: RunQuery | None = None) -> list[str]:
        """Return the folders of the runs that are wanted: first those whose question has the words,
        then newest first. Where there are very many, the first of them (`wanted.limit`) come much sooner
        than all.
        """
        query = query or RunQuery()
        # The index does not know which of the runs without an end go on.
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

    def count(self) -> int:
        """Return how many runs there are."""
        return int(self._rows("SELECT count(*) FROM runs")[0][0])

    def get_rows(self, names: Sequence[str]) -> list[RunRow]:
        """Return the runs of these names, in their order; those that are not known any more are left out."""
        found: dict[str, RunRow] = {}
        for at in range(0, len(names), _MAX_SQL_VALUES):
            some = names[at : at + _MAX_SQL_VALUES]
            marks = ", ".join("?" * len(some))
            for row in self._rows(f"SELECT {COLUMNS} FROM runs WHERE name IN ({marks})", some):
                found[row[0]] = self._to_run_row(row)
        return [found[name] for name in names if name in found]

    def get(self, name: str) -> RunRow | None:
        """Return the run of this folder name."""
        return next(iter(self.get_rows([fix_surrogates(name)])), None)

    def count_by_mode(self) -> list[tuple[str, int]]:
        """Return the modes there are, with how many runs each has, most first."""
        return self._rows("SELECT mode, count(*) FROM runs WHERE mode <> '' GROUP BY mode ORDER BY 2 DESC, 1")

    def count_by_model(self) -> list[tuple[str, int]]:
        """Return the models there are, with how many runs each was in, most first."""
        return self._rows("SELECT model, count(*) FROM models GROUP BY model ORDER BY 2 DESC, 1")

    def _rows(self, question: str, values: Sequence[object] = ()) -> list[Any]:
        with self._reading:
            return self._reader.execute(question, values).fetchall()

    def _to_run_row(self, row: Sequence[Any]) -> RunRow:
        entry = from_row(row)
        if entry.status == INTERRUPTED and is_locked_by_writer(self.folder / entry.name):
            return replace(entry, status=RUNNING)
        return entry

    # --- how it follows the records --------------------------------------------------------------

    def refresh(self, on_progress: ProgressCallback = lambda done, of: None, *, full: bool = True) -> bool:
        """Take in what has changed since the last time; return whether anything has.

        What has come, gone or may still be gone on with is always seen. Records of complete runs, to which
        nobody writes any more, are looked at if `whole`, and else once an hour: there may be very many.
        An index that turns out to be damaged, or that cannot be written any more, is begun anew.
        """
        try:
            return self._refresh(on_progress, full)
        except OperationalError as error:
            if "locked" in str(error):  # Another program is at it, and will be done.
                return False
            self._recreate()
        except DatabaseError:
            self._recreate()
        return self._refresh(on_progress, full)

    def _recreate(self) -> None:
        with self._lock, self._reading, suppress(DatabaseError):
            self.close()
        with suppress(OSError):
            database.delete_index(self._path)
        self._open(database.open_index(self._path))

    def _refresh(self, on_progress: ProgressCallback, full: bool) -> bool:
        ((at, before),) = self._rows("SELECT at, folder FROM looked") or [(0.0, 0)]
        due = abs(time.time() - at) > _FULL_SCAN_INTERVAL_S
        full = full or due
        stamp = folder_stamp(self.folder)
        as_before = not full and stamp == before != 0  # No run has come or gone.
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
        # A folder that has no record as yet is looked at again.
        after = before if as_before else stamp if len(there) == len(names - settled) else 0
        if due or after != before:
            self._remember_look(time.time() if full else at, after)
        return bool(gone or new)

    def _remember_look(self, at: float, folder: int) -> None:
        """Keep when all records were looked at last, and the stamp that the folder of runs had."""
        with self._transaction():
            self._base.execute("DELETE FROM looked")
            self._base.execute("INSERT INTO looked VALUES (?, ?)", [at, folder])

    def reindex(self, name: str) -> None:
        """Read one run again at once: its title has changed."""
        if (found := record_state(str(self.folder / name))) is not None:
            self._ingest([name], {name: found})

    def drop(self, name: str) -> None:
        """Leave out a run whose folder is gone."""
        with self._transaction():
            self._drop([name])

    def rebuild(self, on_progress: ProgressCallback = lambda done, of: None) -> None:
        """Make the index anew from the records."""
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
            return  # The words of a run that goes on are taken once they stand.
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
        """Make the index anew where most of it is about runs that are gone."""
        ((texts, runs),) = self._rows(
            "SELECT (SELECT count(*) FROM words_docsize), (SELECT count(*) FROM runs)"
        )
        if texts - runs > max(_MIN_STALE_TEXTS, runs):
            self.rebuild(on_progress)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Do several things at once or not at all."""
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")
