"""A stranger's run folder reads and writes nothing outside it when it is resumed or forked."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.utils import paths
from tests.support.strangers import SECRET, copy_item, copy_run, list_names, run_command


def described(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"path": str(path), "bytes": len(data), "sha256": sha256(data).hexdigest()}


def staged(mode: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"stages": [{"mode": mode, "on": "answer", "ask": "", "options": options}]}


@pytest.mark.parametrize("command", ["resume", "fork"])
@pytest.mark.parametrize("form", ["bare", "described", "staged"])
def test_recorded_file_outside_folder_is_refused(here: Path, private: Path, command: str, form: str) -> None:
    options: dict[str, Any] = {"file": described(private) if form == "described" else str(private)}
    mode = "pipeline" if form == "staged" else "single"
    folder = copy_run(here / "run", mode, staged("single", options) if form == "staged" else options)
    said = run_command("runs", command, str(folder))
    assert said.code == 2 and "is outside the run's folder. Fork it with --option file=PATH" in said.err
    assert list_names(folder) == ["events.jsonl"] and SECRET not in (folder / "events.jsonl").read_text()


def test_recorded_bare_path_is_refused_among_the_runs_of_the_user_too(private: Path) -> None:
    folder = copy_run(paths.runs_dir() / "run", "single", {"file": str(private)})
    assert run_command("runs", "resume", str(folder)).code == 2


def test_recorded_schema_as_a_path_is_refused(here: Path, private: Path) -> None:
    folder = copy_run(here / "run", "pro", {"answer_schema": str(private)})
    assert "is outside the run's folder" in run_command("runs", "resume", str(folder)).err


@pytest.mark.parametrize("command", ["resume", "fork"])
@pytest.mark.parametrize("out", ["{elsewhere}", "../../me/elsewhere", "link"])
def test_recorded_out_outside_folder_is_refused(here: Path, elsewhere: Path, command: str, out: str) -> None:
    folder = copy_run(here / "run", "fanout", {"out": out.format(elsewhere=elsewhere)})
    (folder / "link").symlink_to(elsewhere)
    said = run_command("runs", command, str(folder))
    assert said.code == 2 and list_names(elsewhere) == [] and len(said.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["events.jsonl", "transcript.md", "answer.md", "answers", "title.txt"])
def test_link_out_of_a_run_folder_is_refused_before_writing(here: Path, private: Path, name: str) -> None:
    folder = copy_run(here / "run", "fanout", {})
    if name == "events.jsonl":
        private.write_bytes((folder / name).read_bytes())
        (folder / name).unlink()
    before = private.read_bytes()
    (folder / name).symlink_to(private)
    said = run_command("runs", "resume", str(folder))
    assert said.code == 2 and private.read_bytes() == before
    assert f"run/{name}: is a link that leads out of the folder" in said.err


@pytest.mark.parametrize("command", ["show", "resume", "fork"])
def test_record_that_is_a_pipe_is_refused_unopened(here: Path, command: str) -> None:
    folder = copy_item("run", paths.runs_dir() / "20260101-000000-x-aaaaaa")
    (folder / "events.jsonl").unlink()
    os.mkfifo(folder / "events.jsonl")
    said = run_command("runs", command, folder.name)
    assert said.code == 2 and "is a device or a pipe" in said.err


def test_pipe_in_a_run_folder_is_refused_before_writing(here: Path) -> None:
    folder = copy_run(here / "run", "single", {})
    os.mkfifo(folder / "answer.md")
    assert "run/answer.md: is a device or a pipe" in run_command("runs", "resume", str(folder)).err


def test_title_of_a_run_does_not_follow_a_link_out(here: Path, private: Path) -> None:
    folder = copy_run(here / "run", "single", {})
    (folder / "title.txt").symlink_to(private)
    said = run_command("runs", "title", str(folder), "Mine")
    assert said.code == 2 and private.read_text() == SECRET


def test_fork_with_a_flag_reads_and_writes_where_it_says(here: Path, private: Path, elsewhere: Path) -> None:
    reading = copy_run(here / "reading", "single", {"file": described(private)})
    said = run_command("runs", "fork", str(reading), "--option", f"file={private}")
    assert said.code == 0, said.err
    writing = copy_run(here / "writing", "fanout", {"out": "/nowhere", "agents": 1})
    said = run_command("runs", "fork", str(writing), "--option", f"out={elsewhere}")
    assert said.code == 0 and list_names(elsewhere) == ["index.json", "output_1.txt"], said.err


def test_run_of_the_user_is_resumed_with_the_file_that_a_flag_named(private: Path) -> None:
    folder = copy_run(paths.runs_dir() / "run", "single", {"file": described(private)})
    assert run_command("runs", "resume", str(folder)).code == 0


def test_run_folder_without_tricks_is_resumed(here: Path) -> None:
    folder = copy_run(here / "run", "single", {})
    assert run_command("runs", "resume", str(folder)).code == 0
    assert list_names(folder) == ["answer.md", "events.jsonl", "transcript.md"]


def test_task_made_of_a_strange_run_has_no_private_text(here: Path, private: Path) -> None:
    folder = copy_run(here / "run", "single", {"file": str(private)})
    assert run_command("tasks", "--new", "Kept", "--from-run", str(folder)).code == 0
    kept = paths.data_dir() / "tasks" / "kept"
    assert not any(SECRET in path.read_text() for path in kept.rglob("*") if path.is_file())
