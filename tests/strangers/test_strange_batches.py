"""A stranger's tasks file of a batch reads and writes nothing outside its folder; flags may name any file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.strangers import SECRET, copy_item, list_names, run_command

OUTSIDE = "is outside the folder of this file. Use --option"
OUTPUT = "names an output folder; each run writes to its own"
PROBLEMS = [OUTSIDE] * 4 + [OUTPUT] * 2 + [OUTSIDE]
BATCH = ("batch", "tasks.jsonl", "--mode", "single", "--model", "m", "--out", "results")


@pytest.fixture
def tasks(here: Path, private: Path, elsewhere: Path) -> list[str]:
    """The lines of a downloaded tasks file, in the current folder."""
    copy_item("batch", here / "copy")
    (here / "link").symlink_to(private)
    text = (here / "copy" / "tasks.jsonl").read_text()
    lines = text.replace("@PRIVATE@", str(private)).replace("@ELSEWHERE@", str(elsewhere)).splitlines()
    (here / "tasks.jsonl").write_text("\n".join(lines))
    return lines


def test_batch_path_outside_the_folder_of_its_tasks_is_refused(
    here: Path, elsewhere: Path, tasks: list[str]
) -> None:
    for line, problem in zip(tasks, PROBLEMS, strict=False):
        (here / "tasks.jsonl").write_text(line)
        said = run_command(*BATCH, base_url=True)
        assert (said.code, said.requests) == (2, 0), line
        assert "line 1: options." in said.err and problem in said.err
    assert not list_names(elsewhere)


def test_batch_skipping_bad_tasks_sends_and_writes_nothing_private(
    here: Path, elsewhere: Path, tasks: list[str]
) -> None:
    said = run_command(*BATCH, "--skip-bad", base_url=True)
    assert said.requests <= 2 and SECRET not in said.sent + said.out + said.err
    assert not list_names(elsewhere)


def test_batch_path_beside_its_tasks_or_of_a_flag_is_read(here: Path, private: Path) -> None:
    folder = here / "set"
    folder.mkdir()
    (folder / "text.txt").write_text("A gate of oak.")
    line = {"question": "Why?", "options": {"file": "text.txt"}}
    (folder / "tasks.jsonl").write_text(json.dumps(line))
    said = run_command("batch", "set/tasks.jsonl", *BATCH[2:], base_url=True)
    assert said.code == 0 and "A gate of oak." in said.sent
    (folder / "tasks.jsonl").write_text('{"question": "Why?"}')
    said = run_command("batch", "set/tasks.jsonl", *BATCH[2:], "--option", f"file={private}", base_url=True)
    assert said.code == 0 and SECRET in said.sent
