"""Conversations: chains of runs, also of damaged, deleted and hostile records."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from roundtable_tui.history.conversation import read_conversation
from roundtable_tui.history.index import RunIndex
from roundtable_tui.utils import paths
from tests.support.record_builder import run_events, write_record


def write_chain(*names: str) -> list[Path]:
    """Record runs that follow each other; each quotes the one before it."""
    folders: list[Path] = []
    for at, name in enumerate(names):
        before = names[at - 1] if at else ""
        rows = ({"run": before, "question": f"{before}?", "answer": f"{before}!"},) if before else ()
        recorded = run_events(f"{name}?", answer=f"{name}!", name=name, follows=before, earlier=rows)
        folders.append(write_record(name, recorded))
    return folders


def test_read_conversation_has_all_runs_up_to_the_given_one() -> None:
    one, two, three = write_chain("one", "two", "three")
    found = read_conversation(three)
    assert [(part.run, part.question, part.answer, part.status, part.folder) for part in found] == [
        ("one", "one?", "one!", "complete", one),
        ("two", "two?", "two!", "complete", two),
        ("three", "three?", "three!", "complete", three),
    ]
    assert [part.run for part in read_conversation(one)] == ["one"]


def test_read_conversation_with_a_deleted_run_has_what_the_next_one_quotes() -> None:
    one, two, _ = write_chain("one", "two", "three")
    shutil.rmtree(one)
    found = read_conversation(two)
    assert [(part.run, part.answer, part.status, part.folder) for part in found] == [
        ("one", "one!", "unreadable", None),
        ("two", "two!", "complete", two),
    ]


def test_read_conversation_of_records_in_a_circle_or_with_a_path_ends() -> None:
    one = write_record("one", run_events("one?", name="one", follows="two"))
    write_record("two", run_events("two?", name="two", follows="one"))
    assert [part.run for part in read_conversation(one)] == ["two", "one"]
    sly = write_record("sly", run_events("sly?", name="sly", follows="../runs/one"))
    assert [part.run for part in read_conversation(sly)] == ["sly"]
    assert [part.status for part in read_conversation(paths.runs_dir() / "nowhere")] == ["unreadable"]


def test_find_conversations_of_the_index_gives_first_run_and_number() -> None:
    write_chain("one", "two", "three")
    write_record("left", run_events("left?", name="left", follows="gone"))
    write_record("a", run_events("a?", name="a", follows="b"))
    write_record("b", run_events("b?", name="b", follows="a"))
    with closing(RunIndex()) as index:
        index.refresh()
        rows = {row.name: row for row in index.find()}
        found = index.find_conversations([rows["three"], rows["left"], rows["a"]])
    assert found == {"three": ("one", 3), "left": ("left", 1), "a": ("b", 2)}
