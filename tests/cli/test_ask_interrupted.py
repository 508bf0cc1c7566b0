"""How `roundtable ask` ends before its end: interrupted, killed, or with nobody left to read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_server import FakeServer, Reply
from tests.support.resource_files import AGREE

Run = Callable[..., Any]
Fake = Callable[..., FakeServer]


def ask_in_a_process(*words: str, **env: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "roundtable_tui", "ask", "Which colour?", *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **env}
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ask_interrupt_finishes_the_record_and_can_be_resumed(
    cli_run: Run, fake: Fake, number: signal.Signals
) -> None:
    slow = {
        "Captain": AGREE,
        "Harper": "Blue.",
        "": [Reply("x", stall_after=1), Reply("x", stall_after=1), "Blue."],
    }
    server = fake(slow)
    process = ask_in_a_process("--base-url", server.url)
    assert process.stderr is not None
    while "Harper is done" not in (line := process.stderr.readline()):
        assert line, "it ended before it was interrupted"
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "") and "stopped in" in err and "Traceback" not in err
    listed = json.loads(cli_run("runs", "--json").out)
    assert [(run["status"], run["how"]) for run in listed] == [("cancelled", "stopped by you")]
    again = cli_run("runs", "resume", "last")
    assert (again.code, again.out) == (0, "Blue.\n")
    assert sum("Harper" in seen.system for seen in server.requests) == 1, (
        "what is finished is not asked again"
    )


def test_ask_closed_stdout_stops_the_run(cli_run: Run) -> None:
    process = ask_in_a_process("--demo", "--events", "--quiet", ROUNDTABLE_DEMO_PACE="20")
    assert process.stdout is not None and process.stderr is not None
    assert json.loads(process.stdout.readline())["type"] == "run_started"
    process.stdout.close()
    assert process.stderr.read() == "" and process.wait(30) == 0
    (listed,) = json.loads(cli_run("runs", "--json").out)
    reason = "the program that read its output has exited"
    assert (listed["status"], listed["how"]) == ("cancelled", reason)
    assert f"stopped: {reason}" in cli_run("runs", "show", "last", "--report").out


def test_ask_stdout_that_cannot_be_written_is_the_reason(cli_run: Run) -> None:
    command = [
        sys.executable,
        "-m",
        "roundtable_tui",
        "ask",
        "Which colour?",
        "--demo",
        "--events",
        "--quiet",
    ]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False
        )
    assert ended.returncode == 1 and "stdout cannot be written: No space left on device" in ended.stderr
    (listed,) = json.loads(cli_run("runs", "--json").out)
    assert (listed["status"], listed["how"]) == (
        "cancelled", "its output could not be written: No space left on device"
    )  # fmt: skip


def test_ask_killed_run_is_listed_as_interrupted(cli_run: Run) -> None:
    process = ask_in_a_process("--demo", "--events", ROUNDTABLE_DEMO_PACE="20")
    assert process.stdout is not None
    assert any('"answer"' in line for line in process.stdout)
    process.kill()
    process.communicate(timeout=120)
    assert [run["status"] for run in json.loads(cli_run("runs", "--json").out)] == ["interrupted"]
