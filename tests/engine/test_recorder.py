"""The record: what is written as it happens, what is read back, and what the disk may do in between."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.engine import events
from roundtable_tui.engine.record import serialize
from roundtable_tui.engine.record.recorder import EVENTS_FILE, Recorder, read_record, terminate_last_line
from roundtable_tui.errors import FileError

pytestmark = pytest.mark.anyio

HEADER = events.RunStarted(
    run_id="r", started_at="now", mode="pro", question="Why?", seats=({"seat": "ada"},)
)
ASKED = events.TurnQueued(turn="ada.1", seat="ada", label="answer", prompt="Why?", t=1.0)
DONE = events.TurnFinished(turn="ada.1", seat="ada", text="Because \u2028 \x1b[2J 😀", t=2.0)
END = events.RunFinished(status="complete", answer="Because.", usage={"calls": 1}, t=3.0)

BY_KIND = {
    "str": st.text(max_size=20),
    "str | None": st.none() | st.text(max_size=5),
    "bool": st.booleans(),
    "bool | None": st.none() | st.booleans(),
    "int": st.integers(0, 10**9),
    "int | None": st.none() | st.integers(0, 99),
    "float": st.integers(0, 10**6).map(lambda n: n / 1000),
    "float | None": st.none() | st.just(0.5),
    "Mapping[str, Any]": st.dictionaries(
        st.text(max_size=4), st.text(max_size=4) | st.integers(), max_size=3
    ),
    "Mapping[str, str]": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3),
    "Mapping[str, Any] | None": st.none() | st.just({"context": "x"}),
    "tuple[str, ...]": st.lists(st.text(max_size=4), max_size=3).map(tuple),
    "tuple[int, ...]": st.lists(st.integers(0, 99), max_size=3).map(tuple),
    "tuple[Mapping[str, Any], ...]": st.lists(st.just({"seat": "ada"}), max_size=2).map(tuple),
}


def any_event(kind: type[events.Event]) -> st.SearchStrategy[events.Event]:
    return st.builds(kind, **{field.name: BY_KIND[str(field.type)] for field in fields(kind)})


@given(st.one_of([any_event(kind) for kind in serialize.EVENT_TYPES.values()]))
def test_every_event_survives_a_round_trip(event: events.Event) -> None:
    written = json.dumps(serialize.to_dict(event))
    assert serialize.from_dict(json.loads(written)) == event


@pytest.mark.parametrize(
    "data",
    [
        {"type": "turn_finished", "turn": "ada.1", "seat": "ada"},
        {"type": "turn_finished", "turn": "ada.1", "seat": "ada", "text": None},
        {"type": "turn_finished", "turn": "ada.1", "seat": 3, "text": "x"},
        {"type": "turn_finished", "turn": "ada.1", "seat": "ada", "text": "x", "t": "soon"},
        {"type": "turn_finished", "turn": "ada.1", "seat": "ada", "text": "x", "warnings": "w"},
        {"type": "answers_grouped", "groups": ["ada"], "agreement": 0.5, "basis": "exact"},
        {"type": "answers_grouped", "groups": [], "agreement": 10**400, "basis": "exact"},
        {"type": "budget", "calls": "many", "prompt_tokens": 1, "completion_tokens": 1},
        {"type": "budget_changed", "tokens": 10**400},
    ],
)
def test_invalid_event_raises_value_error(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=data["type"]):
        serialize.from_dict(data)


@pytest.mark.parametrize(
    "data", [{}, {"type": None}, {"type": "__class__"}, {"type": "of_the_future", "x": 1}]
)
def test_unknown_event_type_is_none(data: dict[str, Any]) -> None:
    assert serialize.from_dict(data) is None


def test_unknown_field_is_ignored() -> None:
    assert serialize.from_dict({**serialize.to_dict(DONE), "mood": "good"}) == DONE


# --- writing -------------------------------------------------------------------------------------


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / EVENTS_FILE).read_text().split("\n") if line]


def delta(
    text: str, turn: str = "ada.1", kind: type[Any] = events.AnswerDelta, t: float = 1.5
) -> events.Event:
    made: events.Event = kind(turn=turn, seat="ada", text=text, t=t)
    return made


async def test_recorder_writes_events_at_once_and_deltas_within_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roundtable_tui.engine.record.recorder.MERGE_INTERVAL_S", 0.0)
    recorder = Recorder(tmp_path)
    for event in (HEADER, ASKED):
        recorder(event)
    assert [line["type"] for line in lines(tmp_path)] == ["run_started", "turn_queued"]
    for piece in ("Be", "cau", "se"):
        recorder(delta(piece))
    recorder(delta("hm", kind=events.ReasoningDelta, t=1.6))
    recorder(delta("So", turn="bob.1", t=1.7))
    assert len(lines(tmp_path)) == 2
    while len(lines(tmp_path)) == 2:
        await asyncio.sleep(0)
    assert [(e["turn"], e["type"], e["text"], e["t"]) for e in lines(tmp_path)[2:]] == [
        ("ada.1", "answer", "Because", 1.5),
        ("ada.1", "reasoning", "hm", 1.6),
        ("bob.1", "answer", "So", 1.7),
    ]
    recorder(delta("."))
    recorder(DONE)
    recorder.close()
    assert [line["type"] for line in lines(tmp_path)[5:]] == ["answer", "turn_finished"]
    assert (tmp_path / EVENTS_FILE).stat().st_mode & 0o777 == 0o600


async def test_record_is_safe_to_print(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    for event in (HEADER, ASKED, DONE):
        recorder(event)
    recorder.close()
    raw = (tmp_path / EVENTS_FILE).read_bytes()
    assert b"\x1b" not in raw and "\u2028".encode() not in raw and raw.count(b"\n") == 3
    assert read_record(tmp_path).events == (HEADER, ASKED, DONE)


async def test_lone_surrogates_do_not_break_record(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    for event in (HEADER, ASKED, delta("\ud83d"), delta("\ude00"), delta("\ud83d"), DONE):
        recorder(event)
    recorder.close()
    assert lines(tmp_path)[2]["text"] == "😀\ufffd"


class Disk:
    """Stands for `os.write`: takes `room` bytes, then refuses."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._write = os.write

    def __call__(self, fd: int, data: bytes) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        part = data[: min(self.room, 7)]
        self.room -= len(part)
        return self._write(fd, part)


async def test_full_disk_is_reported_once_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    disk = Disk(room=120)
    monkeypatch.setattr(os, "write", disk)
    recorder = Recorder(tmp_path, warn=told.append)
    for event in (HEADER, ASKED, delta("x"), DONE):
        recorder(event)
    assert len(told) == 1 and "No space left" in told[0]
    disk.room = 10**9
    recorder(END)
    assert len(told) == 2 and "nothing was lost" in told[1]
    recorder.close()
    assert read_record(tmp_path).events == (HEADER, ASKED, delta("x"), DONE, END)


async def test_notice_of_recorder_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(room=0)
    monkeypatch.setattr(os, "write", disk)
    recorder = Recorder(tmp_path, warn=lambda line: recorder(events.Notice(text=line)))
    for event in (HEADER, ASKED):
        recorder(event)
    disk.room = 10**9
    recorder(DONE)
    recorder.close()
    assert [type(event) for event in read_record(tmp_path).events] == [
        events.RunStarted,
        events.Notice,
        events.TurnQueued,
        events.Notice,
        events.TurnFinished,
    ]


async def test_unwritable_folder_is_reported(tmp_path: Path) -> None:
    told: list[str] = []
    recorder = Recorder(tmp_path / "gone", warn=told.append)
    recorder(HEADER)
    recorder(DONE)
    assert len(told) == 1 and "cannot be written" in told[0]
    (tmp_path / "gone").mkdir()
    recorder(END)
    recorder.close()
    assert [type(event) for event in read_record(tmp_path / "gone").events] == [
        events.RunStarted,
        events.TurnFinished,
        events.RunFinished,
    ]


async def test_sync_without_free_descriptor_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = asyncio.Event()

    def none_left(fd: int) -> int:
        tried.set()
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "dup", none_left)
    recorder = Recorder(tmp_path)
    recorder(HEADER)
    recorder(DONE)
    await asyncio.wait_for(tried.wait(), 30)
    recorder.close()
    assert len(lines(tmp_path)) == 2


async def test_recorder_does_not_write_recorded_events_again(tmp_path: Path) -> None:
    posted = events.EntryPosted(round=1, author="ada", kind="answer", content="x", t=2.0)
    budget = events.UsageUpdated(calls=1, prompt_tokens=1, completion_tokens=1, t=2.0)
    ended = events.RunFinished(status="cancelled", t=3.0)
    before = (HEADER, ASKED, DONE, budget, posted, posted, ended)
    again = Recorder(tmp_path)
    for event in before:
        again(event)
    again.close()
    recorder = Recorder(tmp_path)
    recorder.skip_recorded(read_record(tmp_path).events)
    recorder.skip_turn("ada.1")
    other_sum = events.UsageUpdated(calls=9, prompt_tokens=1, completion_tokens=1)
    live = events.TurnFinished(turn="bob.1", seat="bob", text="x")
    for event in (HEADER, ASKED, DONE, other_sum, posted, posted, posted, live, other_sum, ended):
        recorder(event)
    recorder.close()
    new = [line["type"] for line in lines(tmp_path)[len(before) :]]
    assert new == ["entry_posted", "turn_finished", "budget", "run_finished"]


async def test_recorder_writes_never_repeated_events_again(tmp_path: Path) -> None:
    asked = events.CallsForecast(calls=1, prompt_tokens=1, completion_tokens=1)
    spent = events.UsageUpdated(calls=1, prompt_tokens=1, completion_tokens=1)
    lost, early, late = (events.Notice(text=text) for text in ("unsaved", "early", "late"))
    before = (HEADER, events.RunPaused(paused=True), asked, spent, early, lost, late)
    first = Recorder(tmp_path)
    for event in before:
        first(event)
    first.close()
    recorder = Recorder(tmp_path)
    recorder.skip_recorded(read_record(tmp_path).events)
    for event in (HEADER, early, late, lost, late, *before[1:4]):
        recorder(event)
    recorder.close()
    new = [line.get("text", line["type"]) for line in lines(tmp_path)[len(before) :]]
    assert new == ["unsaved", "late", "run_paused", "forecast", "budget"]


# --- reading -------------------------------------------------------------------------------------


def write(folder: Path, *events_or_bytes: events.Event | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    parts = [
        e if isinstance(e, bytes) else json.dumps(serialize.to_dict(e)).encode() + b"\n"
        for e in events_or_bytes
    ]
    (folder / EVENTS_FILE).write_bytes(b"".join(parts))
    return folder


def is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def test_record_cut_at_any_byte_is_readable(tmp_path: Path) -> None:
    many = [HEADER, ASKED, *(delta(f"word {n} ü😀") for n in range(20)), DONE, END]
    write(tmp_path, *many)
    whole = (tmp_path / EVENTS_FILE).read_bytes()
    header = whole.index(b"\n")
    for cut in range(max(header, len(whole) - 1024), len(whole) + 1):
        (tmp_path / EVENTS_FILE).write_bytes(whole[:cut])
        recording = read_record(tmp_path)
        count = len(recording.events)
        assert list(recording.events) == many[:count]
        assert count + recording.skipped_lines >= whole[:cut].count(b"\n")
        torn = whole[:cut].rpartition(b"\n")[2]
        assert recording.skipped_lines == (1 if torn and not is_json(torn) else 0)
        terminate_last_line(tmp_path)
        with (tmp_path / EVENTS_FILE).open("ab") as file:
            file.write(json.dumps(serialize.to_dict(END)).encode() + b"\n")
        assert read_record(tmp_path).events == (*many[:count], END)


@pytest.mark.parametrize(
    "junk",
    [
        b"[]",
        b"5",
        b"null",
        b"{",
        b"\xff\xfe",
        b"\x00\x00",
        b'{"type": "answer"}',
        b"[" * 100_000,
        b'{"type": "of_the_future"}',
        b'{"type": ["answer"]}',
        b'"' + b"x" * 100,
    ],
    ids=range(11),
)
def test_invalid_lines_are_skipped_and_counted(tmp_path: Path, junk: bytes) -> None:
    recording = read_record(write(tmp_path, HEADER, junk + b"\n", DONE, b"\n\n", END))
    assert recording.events == (HEADER, DONE, END) and recording.skipped_lines == 1
    assert recording.run_finished == END


@pytest.mark.parametrize(
    "start", [b"", b"\n", b"[]\n", b'{"type": "run_sta', b'{"type": "notice", "text": "x"}\n']
)
def test_file_without_header_raises_file_error(tmp_path: Path, start: bytes) -> None:
    with pytest.raises(FileError, match="no header"):
        read_record(write(tmp_path, start))
    with pytest.raises(FileError, match="cannot be read"):
        read_record(tmp_path / "nowhere")


def test_record_of_newer_version_raises_file_error(tmp_path: Path) -> None:
    newer = json.dumps({**serialize.to_dict(HEADER), "version": events.VERSION + 1}).encode() + b"\n"
    with pytest.raises(FileError, match=r"newer version \(2\)"):
        read_record(write(tmp_path, newer))


def test_resumed_run_without_new_end_is_not_finished(tmp_path: Path) -> None:
    on = events.RunResumed(at="later")
    assert read_record(write(tmp_path, HEADER, END, on)).run_finished is None
    assert read_record(write(tmp_path, HEADER, END, on, END)).run_finished == END
    assert read_record(write(tmp_path, HEADER)).run_finished is None


async def test_turns_that_end_together_are_synced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    first = asyncio.Event()
    loop = asyncio.get_running_loop()

    def sync(fd: int) -> None:
        synced.append(os.fstat(fd).st_size)
        loop.call_soon_threadsafe(first.set)

    monkeypatch.setattr(os, "fsync", sync)
    recorder = Recorder(tmp_path)
    for event in (HEADER, ASKED, DONE, DONE, DONE):
        recorder(event)
    await asyncio.wait_for(first.wait(), 30)
    assert synced == [(tmp_path / EVENTS_FILE).stat().st_size]
    recorder(DONE)
    recorder.close()
    assert len(synced) == 2 and synced[1] == (tmp_path / EVENTS_FILE).stat().st_size


async def test_turn_is_synced_when_no_threads_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = asyncio.Event()
    monkeypatch.setattr(os, "fsync", lambda fd: synced.set())
    recorder = Recorder(tmp_path)
    asyncio.get_running_loop().set_default_executor(closed := ThreadPoolExecutor(1))
    closed.shutdown()
    for event in (HEADER, DONE):
        recorder(event)
    await asyncio.wait_for(synced.wait(), 30)
    recorder.close()
