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
from tests.support.record_builder import found, raw, record, story, write


def listed() -> dict[str, str]:
    index = RunIndex()
    index.refresh()
    out = {entry.name: entry.status for entry in index.find()}
    index.close()
    return out


def test_nothing_there_is_an_empty_list() -> None:
    assert found() == []


def test_an_entry_says_what_the_record_says() -> None:
    folder = record("What is a bridge?", mode="debate", team="A", day=3)
    index = RunIndex()
    assert index.refresh()
    (entry,) = index.find()
    assert (entry.name, entry.status, entry.mode, entry.team) == (folder.name, "complete", "debate", "A")
    assert entry.question == entry.heading == "What is a bridge?"
    assert entry.models == ("gpt-oss:20b", "qwen3") and entry.seats == ("Ada", "Bea")
    assert (entry.turns, entry.tokens, entry.elapsed_s) == (2, 15, 4.0)
    assert entry.how == "in Ada's words"


def test_newest_first_and_by_what_they_are() -> None:
    old = record(day=1, mode="pro", status="failed").name
    new = record(day=9, mode="debate", seats=({"seat": "x", "name": "X", "model": "Mistral-7B"},)).name
    mid = record(day=5, mode="pro").name
    assert found() == [new, mid, old]
    assert found(mode="pro") == [mid, old]
    assert found(status="failed") == [old]
    assert found(model="mistral") == [new]
    assert found(since=1793880000.0, until=1794000000.0) == [mid]  # 5 November 2026 and a day
    assert found(limit=1) == [new]


def test_the_ways_a_run_can_stand() -> None:
    for status in ("complete", "partial", "failed", "cancelled", ""):
        record(status=status, name=f"r-{status or 'cut'}")
    assert listed() == {
        "r-complete": "complete", "r-partial": "partial", "r-failed": "failed", "r-cancelled": "cancelled",
        "r-cut": "interrupted",
    }  # fmt: skip


def test_a_run_gone_on_with_and_cut_off_again_is_interrupted() -> None:
    write("again", [*story(status="failed"), events.RunResumed(t=5.0, at="now")])
    assert listed() == {"again": "interrupted"}


def test_one_that_is_written_right_now_is_running_and_then_found() -> None:
    folder = record("Where do storks winter?", status="")
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
def test_what_is_no_record_is_listed_as_such_and_left_alone(data: bytes, why: str) -> None:
    folder = raw("odd", data)
    good = record()
    index = RunIndex()
    index.refresh()
    entry = index.get("odd")
    assert entry is not None and entry.status == "unreadable" and why in entry.how
    assert (folder / EVENTS_FILE).read_bytes() == data
    assert index.find_names(RunQuery(status="complete")) == [good.name]


def test_numbers_out_of_this_world_are_no_obstacle() -> None:
    end = {"type": "run_finished", "t": 1e400, "status": "complete", "elapsed_s": -1e400, "agreement": 1e400}
    budget = {"type": "budget", "t": 1, "calls": 1, "prompt_tokens": 10**40, "completion_tokens": -5}
    head = {
        "type": "run_started", "t": 0, "run_id": "x", "started_at": "soon", "mode": "pro",
        "question": "\ud800 q",
    }  # fmt: skip
    raw("wild", b"".join(json.dumps(line).encode() + b"\n" for line in (head, budget, end)))
    index = RunIndex()
    index.refresh()
    entry = index.get("wild")
    assert entry is not None and entry.status == "complete" and entry.elapsed_s >= 0


def test_hidden_folders_files_and_empty_folders_are_no_runs() -> None:
    record(name=".hidden")
    (paths.runs_dir() / "file").write_text("x")
    (paths.runs_dir() / "empty").mkdir()
    os.mkfifo(paths.runs_dir() / "empty" / EVENTS_FILE)
    assert listed() == {"empty": "unreadable"}


def test_it_follows_what_changes() -> None:
    index = RunIndex()
    first, second = record("Of storks"), record("Of geese", status="")
    assert index.refresh() and not index.refresh()
    with (second / EVENTS_FILE).open("a") as file:
        file.write('{"type":"run_finished","t":9,"status":"failed","error":"no wings"}\n')
    assert index.refresh()
    assert [entry.how for entry in index.find(RunQuery("geese"))] == ["no wings"]
    (first / EVENTS_FILE).unlink()
    assert index.refresh()
    assert index.find_names() == [second.name] and index.find_names(RunQuery("storks")) == []


def test_where_no_folder_has_come_or_gone_none_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(second: int) -> None:
        """Folders came or went at this time, long ago."""
        os.utime(paths.runs_dir(), (second, second))

    index = RunIndex()
    listed_: list[Path] = []
    real = index_module.list_run_names
    monkeypatch.setattr(index_module, "list_run_names", lambda at: [listed_.append(at), *real(at)][1:])
    record("Of storks")
    bare = raw("20270101-bare", b"")
    (bare / EVENTS_FILE).unlink()
    at(1)
    for times in (1, 2):
        index.refresh(full=False)
        assert len(listed_) == times, "a folder without a record as yet is looked at again"
    write_events(bare)
    assert index.refresh(full=False) and len(index.find_names()) == 2 and len(listed_) == 3
    for _ in range(3):
        assert not index.refresh(full=False) and len(listed_) == 3
    other = record("Of geese")
    assert index.refresh(full=False) and other.name in index.find_names(), "it came just now"
    at(2)
    index.refresh(full=False)
    shutil.rmtree(bare)
    at(3)
    assert index.refresh(full=False) and bare.name not in index.find_names()


def write_events(folder: Path) -> None:
    lines = (to_safe_json(serialize.to_dict(event)) + "\n" for event in story("Of ducks"))
    (folder / EVENTS_FILE).write_text("".join(lines))


def test_a_quick_look_sees_all_but_what_nobody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    index = RunIndex()
    whole, cut_off, gone = record("Of storks"), record("Of geese", status=""), record("Of ducks")
    assert index.refresh(full=False) and not index.refresh(full=False)
    for folder in (whole, cut_off):
        with (folder / EVENTS_FILE).open("a") as file:
            file.write('{"type":"run_finished","t":9,"status":"failed","error":"no wings"}\n')
    new = record("Of swans")
    shutil.rmtree(gone)
    assert index.refresh(full=False)
    assert set(index.find_names()) == {whole.name, cut_off.name, new.name}
    assert [entry.name for entry in index.find() if entry.how == "no wings"] == [cut_off.name]
    now = time.time()
    monkeypatch.setattr(index_module.time, "time", lambda: now + 4000)
    assert index.refresh(full=False), "once an hour all of them are looked at"
    assert {entry.name for entry in index.find() if entry.how == "no wings"} == {whole.name, cut_off.name}


@pytest.mark.parametrize("typed", ["", "stork", "storks fly", "s", "%", '"storks fly"', "tork", "鹳"])
def test_the_first_are_the_first_of_all(typed: str) -> None:
    for n in range(12):
        asked = ("Do storks fly 100% alone? 鹳", "Of geese?")[n % 2]
        record(asked, "such as storks fly, 50% of them: 鹳" if n % 3 else "s", "It is so.", day=1 + n)
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


def test_two_look_at_once_and_one_takes_in() -> None:
    one, other = RunIndex(), RunIndex()
    record("Of storks")
    one.refresh()
    assert len(other.find_names(RunQuery("storks"))) == 1
    assert not other.refresh()


@pytest.mark.parametrize("damage", ["garbage", "other version", "not sqlite's tables"])
def test_a_damaged_index_is_made_again(damage: str) -> None:
    name = record("Of storks").name
    found()
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
    assert found("storks") == [name]


def test_an_index_that_breaks_while_it_is_used_is_begun_anew() -> None:
    name = record("Of storks").name
    index = RunIndex()
    index.refresh()
    index._base.execute("DROP TABLE runs")
    assert index.refresh()
    assert index.find_names(RunQuery("storks")) == [name]


def test_without_a_place_to_write_it_is_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    name = record("Of storks").name
    blocked = paths.runs_dir().parent / "file"
    blocked.write_text("in the way")
    monkeypatch.setattr(paths, "cache_dir", lambda: blocked / "cache")
    assert found("storks") == [name]


@pytest.mark.parametrize("fault", ["PRAGMA max_page_count = 1", "PRAGMA query_only = ON"])
def test_refresh_index_that_cannot_be_written_moves_to_memory(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    old = record("Of storks").name
    index = RunIndex()
    index.refresh()
    index.close()
    new = record("Of storks and cranes", said="Storks fly. " * 20_000).name
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
    name, other = record("Of storks").name, record("Of cranes").name
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


def test_each_folder_of_runs_has_an_index_of_its_own(tmp_path: Path) -> None:
    record()
    found()
    other = RunIndex(tmp_path)
    other.refresh()
    assert other.find_names() == [] and len(found()) == 1


def test_a_title_is_shown_and_found() -> None:
    folder = record("What is a bridge?")
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


def test_many_changes_do_not_make_it_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_MIN_STALE_TEXTS", 3)
    folder = record("Of storks")
    index = RunIndex()
    for n in range(12):
        with (folder / EVENTS_FILE).open("a") as file:
            file.write(f'{{"type":"notice","t":{n},"text":"x"}}\n')
        index.refresh()
    ((texts,),) = index._rows("SELECT count(*) FROM words_docsize")
    assert texts <= 4
    assert index.find_names(RunQuery("storks")) == [folder.name]


def test_what_is_there_is_counted() -> None:
    record(mode="pro")
    record(mode="debate")
    record(mode="debate")
    index = RunIndex()
    index.refresh()
    assert index.count_by_mode() == [("debate", 2), ("pro", 1)]
    assert index.count_by_model() == [("gpt-oss:20b", 3), ("qwen3", 3)]
