from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from roundtable_tui import Roundtable
from roundtable_tui.engine import events
from roundtable_tui.engine.record import serialize
from roundtable_tui.engine.record.recorder import EVENTS_FILE
from roundtable_tui.history import index as index_module
from roundtable_tui.history.database import index_path
from roundtable_tui.history.find import write_title
from roundtable_tui.history.index import RunIndex
from roundtable_tui.history.search import RunQuery
from roundtable_tui.utils import paths
from roundtable_tui.utils.text import to_safe_json
from tests.support.record_builder import find_run_names, run_events, write_raw_record, write_record, write_run


def listed() -> dict[str, str]:
    index = RunIndex()
    index.refresh()
    out = {entry.name: entry.status for entry in index.find()}
    index.close()
    return out


def test_index_without_runs_is_empty() -> None:
    assert find_run_names() == []


def test_index_row_has_values_of_the_record() -> None:
    folder = write_run("What is a bridge?", mode="debate", team="A", day=3)
    index = RunIndex()
    assert index.refresh()
    (entry,) = index.find()
    assert (entry.name, entry.status, entry.mode, entry.team) == (folder.name, "complete", "debate", "A")
    assert entry.question == entry.heading == "What is a bridge?"
    assert entry.models == ("gpt-oss:20b", "qwen3") and entry.seats == ("Ada", "Bea")
    assert (entry.turns, entry.tokens, entry.elapsed_s) == (2, 15, 4.0)
    assert entry.how == "in Ada's words"


def test_find_names_sorts_newest_first_and_filters() -> None:
    old = write_run(day=1, mode="pro", status="failed").name
    new = write_run(day=9, mode="debate", seats=({"seat": "x", "name": "X", "model": "Mistral-7B"},)).name
    mid = write_run(day=5, mode="pro").name
    assert find_run_names() == [new, mid, old]
    assert find_run_names(mode="pro") == [mid, old]
    assert find_run_names(status="failed") == [old]
    assert find_run_names(model="mistral") == [new]
    assert find_run_names(since=1793880000.0, until=1794000000.0) == [mid]  # 5 November 2026 and a day
    assert find_run_names(limit=1) == [new]


def test_find_names_runs_of_one_second_are_in_their_order() -> None:
    names = ["c", "b", "a"]
    for name in names:
        Roundtable(demo=True).ask_sync("Which?", mode="single", folder=paths.runs_dir() / name)
    assert find_run_names() == names[::-1]


def test_index_row_has_every_status() -> None:
    for status in ("complete", "partial", "failed", "cancelled", ""):
        write_run(status=status, name=f"r-{status or 'cut'}")
    assert listed() == {
        "r-complete": "complete", "r-partial": "partial", "r-failed": "failed", "r-cancelled": "cancelled",
        "r-cut": "interrupted",
    }  # fmt: skip


def test_index_resumed_run_without_end_is_interrupted() -> None:
    write_record("again", [*run_events(status="failed"), events.RunResumed(t=5.0, at="now")])
    assert listed() == {"again": "interrupted"}


def test_index_active_run_is_running_then_searchable() -> None:
    folder = write_run("Where do storks winter?", status="")
    index = RunIndex()
    with (folder / EVENTS_FILE).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        index.refresh()
        assert [entry.status for entry in index.find()] == ["running"]
        assert index.find_names(RunQuery(status="running")) == [folder.name]
        assert index.find_names(RunQuery(status="interrupted")) == []
    # Killed without another word: nothing about the file has changed.
    index.refresh()
    assert [entry.status for entry in index.find(RunQuery("storks"))] == ["interrupted"]
    assert index.find_names(RunQuery(status="running")) == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no header"),
        (b"\0" * 4096, "no header"),
        (b"[]\n", "no header"),
        (random.Random(1).randbytes(512), "no header"),
        (b'{"type":"notice","text":"a"}\n', "no header"),
        (b'{"type":"run_started","version":99}\n', "newer version (99)"),
    ],
)
def test_index_invalid_record_is_unreadable_and_unchanged(data: bytes, why: str) -> None:
    folder = write_raw_record("odd", data)
    good = write_run()
    index = RunIndex()
    index.refresh()
    entry = index.get("odd")
    assert entry is not None and entry.status == "unreadable" and why in entry.how
    assert (folder / EVENTS_FILE).read_bytes() == data
    assert index.find_names(RunQuery(status="complete")) == [good.name]


def test_index_extreme_numbers_are_accepted() -> None:
    end = {"type": "run_finished", "t": 1e400, "status": "complete", "elapsed_s": -1e400, "agreement": 1e400}
    budget = {"type": "budget", "t": 1, "calls": 1, "prompt_tokens": 10**40, "completion_tokens": -5}
    head = {
        "type": "run_started", "t": 0, "run_id": "x", "started_at": "soon", "mode": "pro",
        "question": "\ud800 q",
    }  # fmt: skip
    write_raw_record("wild", b"".join(json.dumps(line).encode() + b"\n" for line in (head, budget, end)))
    index = RunIndex()
    index.refresh()
    entry = index.get("wild")
    assert entry is not None and entry.status == "complete" and entry.elapsed_s >= 0


def test_index_ignores_hidden_folders_and_files() -> None:
    write_run(name=".hidden")
    (paths.runs_dir() / "file").write_text("x")
    (paths.runs_dir() / "empty").mkdir()
    os.mkfifo(paths.runs_dir() / "empty" / EVENTS_FILE)
    assert listed() == {"empty": "unreadable"}


def test_refresh_follows_changes() -> None:
    index = RunIndex()
    first, second = write_run("Of storks"), write_run("Of geese", status="")
    assert index.refresh() and not index.refresh()
    with (second / EVENTS_FILE).open("a") as file:
        file.write('{"type":"run_finished","t":9,"status":"failed","error":"no wings"}\n')
    assert index.refresh()
    assert [entry.how for entry in index.find(RunQuery("geese"))] == ["no wings"]
    (first / EVENTS_FILE).unlink()
    assert index.refresh()
    assert index.find_names() == [second.name] and index.find_names(RunQuery("storks")) == []


def test_refresh_unchanged_folder_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(second: int) -> None:
        """Folders came or went at this time, long ago."""
        os.utime(paths.runs_dir(), (second, second))

    index = RunIndex()
    listed_: list[Path] = []
    real = index_module.list_run_names
    monkeypatch.setattr(index_module, "list_run_names", lambda at: [listed_.append(at), *real(at)][1:])
    write_run("Of storks")
    bare = write_raw_record("20270101-bare", b"")
    (bare / EVENTS_FILE).unlink()
    at(1)
    for times in (1, 2):
        index.refresh(full=False)
        assert len(listed_) == times, "a folder without a record as yet is looked at again"
    write_events(bare)
    assert index.refresh(full=False) and len(index.find_names()) == 2 and len(listed_) == 3
    for _ in range(3):
        assert not index.refresh(full=False) and len(listed_) == 3
    other = write_run("Of geese")
    assert index.refresh(full=False) and other.name in index.find_names(), "it came just now"
    at(2)
    index.refresh(full=False)
    shutil.rmtree(bare)
    at(3)
    assert index.refresh(full=False) and bare.name not in index.find_names()


def write_events(folder: Path) -> None:
    lines = (to_safe_json(serialize.to_dict(event)) + "\n" for event in run_events("Of ducks"))
    (folder / EVENTS_FILE).write_text("".join(lines))


def test_refresh_quick_misses_only_changes_of_finished_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    index = RunIndex()
    whole, cut_off, gone = write_run("Of storks"), write_run("Of geese", status=""), write_run("Of ducks")
    assert index.refresh(full=False) and not index.refresh(full=False)
    for folder in (whole, cut_off):
        with (folder / EVENTS_FILE).open("a") as file:
            file.write('{"type":"run_finished","t":9,"status":"failed","error":"no wings"}\n')
    new = write_run("Of swans")
    shutil.rmtree(gone)
    assert index.refresh(full=False)
    assert set(index.find_names()) == {whole.name, cut_off.name, new.name}
    assert [entry.name for entry in index.find() if entry.how == "no wings"] == [cut_off.name]
    now = time.time()
    monkeypatch.setattr(index_module.time, "time", lambda: now + 4000)
    assert index.refresh(full=False), "once an hour all of them are looked at"
    assert {entry.name for entry in index.find() if entry.how == "no wings"} == {whole.name, cut_off.name}


@pytest.mark.parametrize("typed", ["", "stork", "storks fly", "s", "%", '"storks fly"', "tork", "鹳"])
def test_find_names_with_limit_gives_the_first_of_all(typed: str) -> None:
    for n in range(12):
        asked = ("Do storks fly 100% alone? 鹳", "Of geese?")[n % 2]
        write_run(asked, "such as storks fly, 50% of them: 鹳" if n % 3 else "s", "It is so.", day=1 + n)
    index = RunIndex()
    index.refresh()
    every = index.find_names(RunQuery(typed))
    assert len(every) >= 6 and index.count() == 12
    for limit in (0, 1, 5, 6, 7, 11, 99):
        assert index.find_names(RunQuery(typed, limit=limit)) == every[:limit]
    if typed not in ("", "s", '"storks fly"'):
        days = [index.get(name).started for name in every]  # type: ignore[union-attr]
        assert days == sorted(days[:6], reverse=True) + sorted(days[6:], reverse=True)
        assert all("storks" in entry.question for entry in index.find(RunQuery(typed, limit=6)))


def test_index_two_open_at_once_share_updates() -> None:
    one, other = RunIndex(), RunIndex()
    write_run("Of storks")
    one.refresh()
    assert len(other.find_names(RunQuery("storks"))) == 1
    assert not other.refresh()


@pytest.mark.parametrize("damage", ["garbage", "other version", "not sqlite's tables"])
def test_index_damaged_file_is_rebuilt(damage: str) -> None:
    name = write_run("Of storks").name
    find_run_names()
    path = index_path(paths.runs_dir())
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    if damage == "garbage":
        path.write_bytes(os.urandom(8192))
    else:
        path.unlink()
        with sqlite3.connect(path) as base:
            base.execute("CREATE TABLE runs (x)")
            base.execute(f"PRAGMA user_version = {99 if damage == 'other version' else 0}")
    assert find_run_names("storks") == [name]


def test_refresh_broken_index_is_rebuilt() -> None:
    name = write_run("Of storks").name
    index = RunIndex()
    index.refresh()
    index._base.execute("DROP TABLE runs")
    assert index.refresh()
    assert index.find_names(RunQuery("storks")) == [name]


def test_index_unwritable_folder_uses_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    name = write_run("Of storks").name
    blocked = paths.runs_dir().parent / "file"
    blocked.write_text("in the way")
    monkeypatch.setattr(paths, "cache_dir", lambda: blocked / "cache")
    assert find_run_names("storks") == [name]


@pytest.mark.parametrize("fault", ["PRAGMA max_page_count = 1", "PRAGMA query_only = ON"])
def test_refresh_index_that_cannot_be_written_moves_to_memory(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    old = write_run("Of storks").name
    index = RunIndex()
    index.refresh()
    index.close()
    new = write_run("Of storks and cranes", said="Storks fly. " * 20_000).name
    connect = index_module.database.open_index

    def open_unwritable(path: Path) -> sqlite3.Connection:
        base = connect(path)
        base.execute(fault)  # As on a disk that is full, or may only be read.
        return base

    monkeypatch.setattr(index_module.database, "open_index", open_unwritable)
    index = RunIndex()
    assert index.refresh()
    assert set(index.find_names(RunQuery("storks"))) == {old, new}
    assert index._base.execute("PRAGMA database_list").fetchone()[2] == "", "it is in memory"
    file = sqlite3.connect(index_path(paths.runs_dir()))
    assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()


@pytest.mark.parametrize("change", ["reindex", "drop"])
def test_change_of_index_that_cannot_be_written_is_made_in_memory(change: str) -> None:
    name, other = write_run("Of storks").name, write_run("Of cranes").name
    index = RunIndex()
    index.refresh()
    index._base.execute("PRAGMA query_only = ON")
    if change == "drop":
        shutil.rmtree(paths.runs_dir() / name)
        index.drop(name)
        assert index.find_names() == [other]
    else:
        write_title(paths.runs_dir() / name, "A title")
        index.reindex(name)
        entry = index.get(name)
        assert entry is not None and entry.title == "A title"


def test_index_is_separate_for_each_folder(tmp_path: Path) -> None:
    write_run()
    find_run_names()
    other = RunIndex(tmp_path)
    other.refresh()
    assert other.find_names() == [] and len(find_run_names()) == 1


def test_reindex_title_is_listed_and_found() -> None:
    folder = write_run("What is a bridge?")
    index = RunIndex()
    index.refresh()
    write_title(folder, "Über\x1b[31m\n den Fluss")
    index.reindex(folder.name)
    entry = index.get(folder.name)
    assert entry is not None and entry.heading == entry.title == "Über␛[31m den Fluss"
    assert index.find_names(RunQuery("uber")) == index.find_names(RunQuery("bridge")) == [folder.name]
    write_title(folder, "")
    index.rebuild()
    entry = index.get(folder.name)
    assert entry is not None and entry.heading == "What is a bridge?"


def test_index_many_changes_keep_its_size_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_MIN_STALE_TEXTS", 3)
    folder = write_run("Of storks")
    index = RunIndex()
    for n in range(12):
        with (folder / EVENTS_FILE).open("a") as file:
            file.write(f'{{"type":"notice","t":{n},"text":"x"}}\n')
        index.refresh()
    ((texts,),) = index._rows("SELECT count(*) FROM words_docsize")
    assert texts <= 4
    assert index.find_names(RunQuery("storks")) == [folder.name]


def test_index_counts_by_mode_and_model() -> None:
    write_run(mode="pro")
    write_run(mode="debate")
    write_run(mode="debate")
    index = RunIndex()
    index.refresh()
    assert index.count_by_mode() == [("debate", 2), ("pro", 1)]
    assert index.count_by_model() == [("gpt-oss:20b", 3), ("qwen3", 3)]
