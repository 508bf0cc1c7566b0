"""Environments that lack something: every command is right, or ends in one plain line."""

from __future__ import annotations

import errno
import io
import os
import pwd
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from roundtable_tui.cli import main
from roundtable_tui.cli.doctor.machine import check_machine
from tests.support.cli_run import CommandResult
from tests.support.paths import ROOT

LISTS = ["personas", "tasks", "runs", "doctor --demo", "models --demo"]
ASK = "ask --demo --mode single Why?"
FULL = "roundtable: stdout cannot be written: No space left on device\n"
NO_HOME = "this user has no home folder. Set HOME or ROUNDTABLE_HOME to a folder."


def run_shell(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell line in which `$RT` is the program."""
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(home), "ROUNDTABLE_DEMO_PACE": "0", "PYTHONPATH": str(ROOT),
        "RT": f"{shlex.quote(sys.executable)} -P -m roundtable_tui",
    }  # fmt: skip
    return subprocess.run(
        ["/bin/bash", "-c", line], env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def assert_plain(done: subprocess.CompletedProcess[str], *codes: int) -> None:
    assert done.returncode in codes, done.stderr
    assert "Traceback" not in done.stderr and "Unexpected error" not in done.stderr, done.stderr


@pytest.mark.parametrize("command", [*LISTS, ASK, "ask --demo --mode single --file a.txt Why?", "paths"])
def test_command_in_deleted_folder_is_right_or_one_line(
    cli_run: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    result = cli_run(*command.split())
    assert result.code == (2 if "--file" in command else 0), result.err
    assert "Traceback" not in result.err and "Unexpected error" not in result.err
    assert result.out or "a.txt: cannot be read" in result.err


def test_program_in_deleted_folder_is_right(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    done = run_shell(f"cd {tmp_path}/gone && rmdir {tmp_path}/gone && $RT {ASK}", tmp_path)
    assert_plain(done, 0)
    assert done.stdout


@pytest.mark.parametrize("unbuffered", ["", "PYTHONUNBUFFERED=1 "])
@pytest.mark.parametrize("command", ["--version", "--help", "personas"])
def test_program_with_full_stdout_ends_in_one_line(tmp_path: Path, command: str, unbuffered: str) -> None:
    done = run_shell(f"{unbuffered}$RT {command} >/dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (1, FULL)


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("command", ["ask --help", *LISTS, "completion bash"])
def test_command_with_full_stdout_ends_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str, buffered: bool
) -> None:
    with Path("/dev/full").open("wb", buffering=-1 if buffered else 0) as full:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(full, write_through=not buffered))
        code = main.main(command.split())
    assert (code, capsys.readouterr().err) == (1, FULL)


def test_ask_with_full_stderr_prints_its_answer(tmp_path: Path) -> None:
    done = run_shell(f"$RT {ASK} 2>/dev/full", tmp_path)
    assert_plain(done, 0)
    assert done.stdout.strip()


@pytest.mark.parametrize(
    ("command", "closed"),
    [(ASK, "<&-"), (ASK, ">&-"), (ASK, "2>&-"), (ASK, "<&- >&- 2>&-"), ("doctor --demo", "<&- >&- 2>&-")],
)
def test_command_with_closed_streams_is_right(tmp_path: Path, command: str, closed: str) -> None:
    assert_plain(run_shell(f"$RT {command} {closed}", tmp_path), 0)


def test_ask_text_from_closed_stdin_ends_in_one_line(tmp_path: Path) -> None:
    done = run_shell("$RT ask --demo --mode chain --file - Why? <&-", tmp_path)
    assert_plain(done, 2)
    assert "there is no text on standard input" in done.stderr


def test_program_with_closed_streams_opens_no_file_in_their_place(tmp_path: Path) -> None:
    look = (
        "import os; from roundtable_tui.cli import streams; streams.open_closed_descriptors();"
        "fd = os.open(os.devnull, os.O_RDONLY); os.write(9, str(fd > 2).encode())"
    )
    line = f"{shlex.quote(sys.executable)} -P -c {shlex.quote(look)} 9>{tmp_path}/out <&- >&- 2>&-"
    assert_plain(run_shell(line, tmp_path), 0)
    assert (tmp_path / "out").read_text() == "True"


@pytest.mark.parametrize("command", [*LISTS, ASK, "keys", "paths", ""])
def test_command_of_user_without_home_ends_in_one_line(
    cli_run: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def unknown(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    names = ["HOME", "ROUNDTABLE_HOME", *(name for name in os.environ if name.startswith("XDG_"))]
    for name in names:
        monkeypatch.delenv(name, raising=False)
    result = cli_run(*command.split())
    assert (result.code, result.err) == (2, f"roundtable: {NO_HOME}\n")


@pytest.mark.parametrize("command", [*LISTS, ASK, "keys", "paths"])
def test_command_with_home_that_cannot_be_looked_into_is_plain(
    cli_run: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    """The folder of another user, which this one may not enter. The tests may run as root, who may."""
    closed, look = tmp_path / "closed", Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.is_relative_to(closed):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return look(path, follow_symlinks=follow_symlinks)

    monkeypatch.setenv("ROUNDTABLE_HOME", str(closed))
    monkeypatch.setattr(Path, "stat", stat)
    result = cli_run(*command.split())
    assert "Unexpected error" not in result.err and result.err.count("\n") < 12, result.err


def test_command_with_relative_home_writes_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    done = run_shell(f"cd {tmp_path}/work && XDG_DATA_HOME= HOME=relative $RT paths", tmp_path)
    assert_plain(done, 0, 2)
    assert "relative" not in done.stdout and list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "socks5://127.0.0.1:1",
            "HTTPS_PROXY names a SOCKS proxy, and the package for these is not installed",
        ),
        ("gopher://x", "HTTPS_PROXY has the unknown scheme gopher"),
        ("::::", "HTTPS_PROXY is not a URL"),
        ("http://[", "HTTPS_PROXY is not a URL"),
        ("http://me:secret@proxy.lan:3128", "HTTPS_PROXY: http://proxy.lan:3128"),
    ],
)
def test_doctor_reports_proxies(value: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundtable_tui.llm.http.proxies.find_spec", lambda name: None)
    found = [check.what for check in check_machine({"HTTPS_PROXY": value}) if check.name == "proxy"]
    assert found == [expected]
