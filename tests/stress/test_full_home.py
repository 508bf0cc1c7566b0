"""Every command on a full or read-only home works or fails with one line; no data is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roundtable_tui.cli import main
from tests.support.cli_run import CommandResult, cli_run
from tests.support.record_builder import write_run
from tests.support.stress.small_disk import full_disk, no_file_may_grow, read_only, small_disk

__all__ = ["cli_run"]

FAULTS = ("full", "read-only", "no file may grow")
RIGHT = """
runs
runs list --json
runs search bridge
runs show last
runs show last --json
runs replay last --speed instant
runs export last
personas
teams
tasks
modes
paths
keys
knowledge list
models --demo
ask Why? --demo --mode single
ask Why? --demo --mode debate --quiet
ask Why? --demo --mode fanout --json
ask Why? --demo --follow-up last
ask Why? --demo --mode single --attach {home}/notes.txt
ask Why? --demo --mode single --root {home} --tools python
ask Why? --demo --mode single --knowledge notes
bench grade {home}/bench
bench --demo --dry-run
batch {home}/tasks.jsonl --demo --dry-run
personas import --help
completion bash
knowledge search notes bridge
""".strip().splitlines()
"""Commands that do their work without writing."""
WRITING = """
runs rename last Another title
runs delete last
runs resume cut --demo
runs fork last --turn ada.1 --demo
runs export last --out {home}/export.md
knowledge add {home}/notes.txt
ask --resume cut --demo
ask Why? --demo --mode single --out {home}/answers
knowledge add {home}/notes.txt --into others
knowledge remove notes
bench {home}/tasks.jsonl --demo --arms single --out {home}/new
bench --demo --limit 1 --arms single --html {home}/report.html
bench audit {home}/bench --verdict 1=right
batch {home}/tasks.jsonl --demo --mode single
batch {home}/tasks.jsonl --demo --mode single --emit-openai-batch {home}/calls.jsonl
personas import {home}/card.json
tasks --new mine --from-run last
runs restore
doctor
""".strip().splitlines()
"""Commands that have to write; they may end with one line."""


@pytest.fixture
def home(
    roundtable_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[tuple[Path, bool]]:
    """A home with two runs on a small disk of its own, and whether it could be mounted."""
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    with small_disk(roundtable_home, "2m") as mounted:
        write_run("What is a bridge?", name="20261101-000001-pro-aaa")
        write_run("Cut off", name="20261101-000002-pro-cut", status="")
        (roundtable_home / "notes.txt").write_text("A note on bridges.")
        (roundtable_home / "settings.toml").write_text('mode = "pro"\n')
        (roundtable_home / "tasks.jsonl").write_text('{"question": "Is it 7?", "answer": "7"}\n')
        (roundtable_home / "card.json").write_text('{"name": "Eve", "instructions": "You are Eve."}')
        for command in (
            "knowledge add {home}/notes.txt --into notes",
            "bench {home}/tasks.jsonl --demo --arms single --out {home}/bench",
        ):
            assert main.main(command.format(home=roundtable_home).split()) == 0
        yield roundtable_home, mounted


def fail_writes(fault: str, home: tuple[Path, bool]) -> object:
    folder, mounted = home
    if fault == "full":
        return full_disk(folder, mounted=mounted)
    return read_only(folder, mounted=mounted) if fault == "read-only" else no_file_may_grow()


def prints(folder: Path) -> dict[str, str]:
    """Return a fingerprint of every file that is not a cache."""
    found = (path for path in folder.rglob("*") if path.is_file() and "cache" not in path.parts)
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in found if path.name != "filler"
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", FAULTS)
def test_commands_on_a_home_that_cannot_be_written_are_right(
    fault: str, home: tuple[Path, bool], cli_run: Callable[..., CommandResult]
) -> None:
    before = prints(home[0])
    for command in RIGHT:
        with fail_writes(fault, home):  # type: ignore[attr-defined]
            said = cli_run(*command.format(home=home[0]).split())
        assert said.code == 0 and said.out.strip(), f"{command}: {said.err}"
        assert "Traceback" not in said.err and "Unexpected error" not in said.err, command
        after = prints(home[0])
        assert {path: after.get(path) for path in before} == before, command
    assert "bridge" in cli_run("runs").out


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", FAULTS)
def test_commands_that_write_on_a_home_that_cannot_be_written_lose_nothing(
    fault: str, home: tuple[Path, bool], cli_run: Callable[..., CommandResult]
) -> None:
    for command in WRITING:
        before = prints(home[0])
        with fail_writes(fault, home):  # type: ignore[attr-defined]
            said = cli_run(*command.format(home=home[0]).split())
        assert "Traceback" not in said.out + said.err and "Unexpected error" not in said.err, command
        assert said.code in (0, 1, 2), f"{command}: {said.err}"
        if said.code == 2:
            problems = [line for line in said.err.splitlines() if line.startswith(("roundtable: ", "! "))]
            assert len(problems) == 1 and said.err.endswith(f"{problems[0]}\n"), f"{command}: {said.err}"
        after = prints(home[0])
        gone = [path for path in before if path not in after]
        moves = ("runs delete", "runs restore", "knowledge remove")
        assert not gone or command.startswith(moves), command
        if "runs delete" not in command and "runs rename" not in command:
            records = [path for path in before if path.endswith("events.jsonl") and "-cut" not in path]
            assert {path: after[path] for path in records} == {path: before[path] for path in records}


@pytest.mark.parametrize("fault", FAULTS)
def test_fanout_on_a_home_that_cannot_be_written_prints_its_answers(
    fault: str, home: tuple[Path, bool], cli_run: Callable[..., CommandResult]
) -> None:
    with fail_writes(fault, home):  # type: ignore[attr-defined]
        said = cli_run(
            "ask", "Why?", "--demo", "--mode", "fanout", "--json", "--option", f"out={home[0]}/answers"
        )
    report = json.loads(said.out)
    assert (said.code, report["status"]) == (0, "partial"), said.err
    answers = [turn["text"].strip() for turn in report["turns"]]
    assert answers and all(text and text in report["answer"] for text in answers)
    assert not (home[0] / "cache" / "roundtable.log").exists()
