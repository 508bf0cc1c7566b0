"""`roundtable batch` as a command: standard input, plans, exit codes, signals, full disks."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from roundtable_tui.batch.progress import BatchState
from roundtable_tui.batch.results_file import ResultsFile, read_rows
from roundtable_tui.batch.servers import ShareState
from roundtable_tui.cli.batch.display import render_state
from roundtable_tui.errors import FileError
from tests.support.cli_run import CommandResult
from tests.support.fake_server import FakeServer, Reply, error, served
from tests.support.stress.small_disk import full_disk, small_disk

CliRun = Callable[..., CommandResult]


def write_tasks(path: Path, count: int, **more: Any) -> Path:
    tasks = [{"id": f"q{number}", "question": f"Question {number}?", **more} for number in range(count)]
    path.write_text("".join(json.dumps(task) + "\n" for task in tasks))
    return path


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "roundtable_tui", "batch", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(fake: FakeServer, requests: int) -> None:
    end = time.monotonic() + 120
    while len(fake.requests) < requests:
        assert time.monotonic() < end, "the batch asks nothing"
        time.sleep(0.005)


def ids(folder: Path) -> list[str]:
    return sorted(row["id"] for row in read_rows(folder / "results.jsonl"))


def test_batch_command_runs_csv_of_standard_input(
    cli_run: CliRun, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "id,question\na,Why?\nb,How?\n"
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        result = cli_run("batch", "-", "--demo", "--mode", "single", "--out", "out", "--json")
        assert result.code == 0, result.err
        summary = json.loads(result.out)
        assert (summary["done"], summary["total"], summary["left"]) == (2, 2, 0)
    assert ids(here / "out") == ["a", "b"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert "--out" in cli_run("batch", "--demo").err


def test_batch_command_dry_run_prints_the_plan_and_asks_nothing(cli_run: CliRun, here: Path) -> None:
    write_tasks(here / "t.jsonl", 3)
    with served("A") as fake:
        result = cli_run("batch", "t.jsonl", "--base-url", fake.url, "--model", "fake", "--dry-run")
        assert result.code == 0 and "3 runs\n" in result.out and not fake.requests
    result = cli_run("batch", "t.jsonl", "--demo", "--mode", "debat", "--dry-run")
    assert result.code == 2 and "debate" in result.err
    (here / "bad.jsonl").write_text('{"question": "a"}\nnonsense\n')
    result = cli_run("batch", "bad.jsonl", "--demo", "--mode", "single")
    assert result.code == 2 and "bad.jsonl: line 2: is not JSON" in result.err and "--skip-bad" in result.err
    result = cli_run("batch", "bad.jsonl", "--demo", "--mode", "single", "--skip-bad", "--out", "out")
    assert result.code == 0 and "Left out: line 2" in result.err and ids(here / "out") == ["1"]


def test_batch_command_without_streams_has_the_same_keys(cli_run: CliRun, here: Path) -> None:
    write_tasks(here / "t.jsonl", 2)
    with served("A") as fake:
        words = (
            "batch",
            "t.jsonl",
            "--base-url",
            fake.url,
            "--model",
            "fake",
            "--mode",
            "single",
            "--out",
            "o",
        )
        assert cli_run(*words, "--no-stream").code == 0
        assert [seen.body["stream"] for seen in fake.requests] == [False, False]
        assert cli_run(*words).code == 0 and len(fake.requests) == 2


def test_batch_command_failed_run_is_exit_code_1(cli_run: CliRun, here: Path) -> None:
    write_tasks(here / "t.jsonl", 2)
    with served([Reply("A"), error(400, "no")]) as fake:
        result = cli_run(
            "batch", "t.jsonl", "--base-url", fake.url, "--model", "fake", "--mode", "single",
            "--concurrency", "1", "--out", "out",
        )  # fmt: skip
    assert result.code == 1 and "2 of 2 done, 1 failed" in result.out


def test_batch_command_killed_and_interrupted_loses_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tasks(here / "t.jsonl", 40)
    begun, delay = 0, 30.0

    def answer(request: dict[str, Any], nth: int) -> Reply:
        """Answer twelve requests of each start at once, so that the others wait when it is ended."""
        return Reply("A", first_delay=0.0 if nth <= begun + 12 else delay)

    with served(answer) as fake:
        words = [
            "t.jsonl", "--base-url", fake.url, "--model", "fake", "--mode", "single", "--concurrency", "4",
            "--out", "out",
        ]  # fmt: skip
        killed = start(*words)
        wait_for(fake, 10)
        killed.kill()
        killed.communicate()
        assert 0 < len(ids(here / "out")) < 40
        begun, delay = len(fake.requests), 3.0
        interrupted = start(*words)
        wait_for(fake, begun + 14)
        interrupted.send_signal(signal.SIGINT)
        _, err = interrupted.communicate(timeout=120)
        assert interrupted.returncode == 130 and "finishing" in err
        finished = ids(here / "out")
        assert 20 <= len(finished) < 40 and len(set(finished)) == len(finished)
        begun, delay = -12, 30.0
        asked = len(fake.requests)
        twice = start(*words)
        wait_for(fake, asked + 4)
        twice.send_signal(signal.SIGINT)
        assert twice.stderr and any("finishing" in line for line in twice.stderr)
        twice.send_signal(signal.SIGINT)
        _, err = twice.communicate(timeout=120)
        assert twice.returncode == 130 and "the same command continues" in err
        delay = 0.0
        last = start(*words)
        last.communicate(timeout=120)
        assert last.returncode == 0
        assert ids(here / "out") == sorted(f"q{number}" for number in range(40))
        counts = Counter(seen.user for seen in fake.requests)
        repeated = sum(count - 1 for count in counts.values())
        assert repeated <= 8, "only the runs in flight at the kill and at the second ctrl+c"


def test_batch_command_second_process_on_the_same_folder_is_refused(cli_run: CliRun, here: Path) -> None:
    write_tasks(here / "t.jsonl", 1)
    with ResultsFile(here / "out" / "results.jsonl"):
        result = cli_run("batch", "t.jsonl", "--demo", "--mode", "single", "--out", "out")
    assert result.code == 2 and "another process is writing" in result.err


def test_results_file_torn_line_loses_one_line_only(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text('{"key": "a"}\n{"key": "b", "an')
    with ResultsFile(path) as file:
        file.append({"key": "c"})
    assert [row["key"] for row in read_rows(path)] == ["a", "c"]


def test_batch_command_on_a_full_disk_ends_in_one_line_and_continues(cli_run: CliRun, here: Path) -> None:
    write_tasks(here / "t.jsonl", 60)
    (here / "disk").mkdir()
    words = ("batch", "t.jsonl", "--demo", "--mode", "single", "--out", "disk/out", "--quiet")
    with small_disk(here / "disk", "200k") as mounted:
        if not mounted:  # Without a disk of its own: no file may grow.
            with full_disk(here / "disk", mounted=False):
                result = cli_run(*words)
        else:
            result = cli_run(*words)
        assert result.code == 2 and "cannot be written" in result.err and result.err.count("\n") == 1
        done = ids(here / "disk" / "out") if (here / "disk" / "out").exists() else []
        assert len(done) == len(set(done)) < 60
        if mounted:
            os.system(f"mount -o remount,size=64m {here / 'disk'}")
        assert cli_run(*words).code == 0
        assert len(ids(here / "disk" / "out")) == 60


def test_results_file_on_a_full_disk_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    with small_disk(tmp_path / "disk") as mounted, ResultsFile(tmp_path / "disk" / "r.jsonl") as file:
        file.append({"key": "a"})
        with (
            full_disk(tmp_path / "disk", mounted=mounted),
            pytest.raises(FileError, match="cannot be written"),
        ):
            for number in range(100):
                file.append({"key": "x" * 10_000, "n": number})
        file.append({"key": "b"})
        keys = [row["key"] for row in read_rows(file.path)]
        assert (keys[0], keys[-1]) == ("a", "b")
        assert file.path.read_bytes().endswith(b'{"key":"b"}\n') and b"\n\n" not in file.path.read_bytes()


def test_render_state_in_80_columns_has_bar_figures_and_servers() -> None:
    busy = [ShareState(f"s{n}", 3, 4, 2 if n else 8, 8, is_out_of_reach=n == 1) for n in range(10)]
    state = BatchState(1000, 250, 3, 9, 12_345, 1.5, 90.0, servers=tuple(busy))
    console = Console(width=80, file=io.StringIO(), color_system=None)
    console.print(render_state(state))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines[0].count("━") >= 15
    figures = "250 of 1,000 done, 3 failed, 9 running, 750 left, 12,345 tokens, $1.50, 1:30"
    assert " ".join(lines[1:3]).replace("  ", " ").startswith(figures)
    assert any(line.strip() == "s0: 3 running, 4 of 8 calls" for line in lines)
    assert any(line.strip() == "s1: 3 running, 4 of 2 calls (of 8), out of reach" for line in lines)
    assert lines[-1].strip() == "and 2 more servers"
