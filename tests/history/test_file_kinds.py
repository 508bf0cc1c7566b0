"""Pipes and links to devices in a run folder are refused by kind, before they are opened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from roundtable_tui.engine.record.recorder import EVENTS_FILE, is_locked_by_writer, read_record
from roundtable_tui.errors import FileError
from roundtable_tui.history.find import TITLE_FILE, read_title
from roundtable_tui.history.summary import read_summary
from roundtable_tui.utils.files import open_regular, open_regular_fd, read_bytes
from tests.support.cli_run import CommandResult, cli_run
from tests.support.record_builder import write_run

__all__ = ["cli_run"]

pytestmark = pytest.mark.timeout(60)


def make_pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def make_device_link(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


KINDS = {"pipe": make_pipe, "link to a device": make_device_link}
READERS: dict[str, Callable[[Path], object]] = {
    "read_bytes": read_bytes,
    "open_regular": open_regular,
    "open_regular for writing": lambda path: open_regular(path, "rb+", follow=False),
    "open_regular_fd": lambda path: open_regular_fd(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT),
    "read_record": lambda path: read_record(path.parent),
}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("reader", list(READERS))
def test_open_no_regular_file_raises_file_error(reader: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / EVENTS_FILE
    KINDS[kind](path)
    with pytest.raises(FileError, match=r"is (a device or a pipe|a link), not a file"):
        READERS[reader](path)


def test_open_regular_link_is_refused_where_none_may_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"x"
    with pytest.raises(FileError, match="is a link, not a file"):
        open_regular(tmp_path / "link", follow=False)
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("kind", list(KINDS))
def test_history_readers_with_no_regular_file_do_not_open_it(kind: str) -> None:
    folder = write_run("Of storks")
    KINDS[kind](folder / TITLE_FILE)
    assert read_title(folder) == ""
    KINDS[kind](folder / EVENTS_FILE)
    assert "not a file" in read_summary(folder).how
    assert not is_locked_by_writer(folder)


COMMANDS = """
runs
runs show {}
runs search storks
runs show {} --json
runs export {}
runs replay {} --speed instant
runs rename {} Title
runs resume {} --demo
runs fork {} --turn ada.1 --demo
ask Why? --follow-up {} --demo
ask --resume {} --demo
runs delete {}
""".strip().splitlines()


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("name", [EVENTS_FILE, TITLE_FILE, "answer.md", "transcript.md"])
def test_commands_on_a_run_with_no_regular_file_end_in_one_line(
    name: str,
    kind: str,
    cli_run: Callable[..., CommandResult],
    roundtable_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    for command in COMMANDS:
        shutil.rmtree(roundtable_home / "runs", ignore_errors=True)
        folder = write_run("Of storks", status="")
        KINDS[kind](folder / name)
        said = cli_run(*command.format(folder.name).split())
        assert "Traceback" not in said.out + said.err and "Unexpected error" not in said.err, command
        assert said.code in (0, 1, 2), command
        assert not (roundtable_home / "cache" / "roundtable.log").exists(), command
        if name == EVENTS_FILE and said.code == 2:
            assert said.err.count("\n") == 1, command


def test_find_run_last_is_the_run_that_ended_last(cli_run: Callable[..., CommandResult]) -> None:
    ended_last = write_run("Asked first, ended last", name="20261101-000001-pro-aaa")
    ended_first = write_run("Asked last, ended first", name="20261109-000001-pro-bbb")
    os.utime(ended_first / EVENTS_FILE, (1_000, 1_000))
    os.utime(ended_last / EVENTS_FILE, (2_000, 2_000))
    assert "Asked first" in cli_run("runs", "show", "last").out


def test_find_run_last_active_run_counts_from_its_start(cli_run: Callable[..., CommandResult]) -> None:
    import fcntl

    active = write_run("Still active", name="20261101-000001-pro-aaa", day=1, status="")
    ended = write_run("Ended after the other had started", name="20261102-000001-pro-bbb", day=2)
    os.utime(ended / EVENTS_FILE, (1_793_900_000, 1_793_900_000))  # 5 November 2026
    with (active / EVENTS_FILE).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "Ended after" in cli_run("runs", "show", "last").out
    assert "Still active" in cli_run("runs", "show", "last").out


def test_find_run_last_passes_over_a_pipe(cli_run: Callable[..., CommandResult]) -> None:
    write_run("Of storks", name="20261101-000001-pro-aaa")
    other = write_run("Of cranes", name="20261109-000001-pro-bbb")
    make_pipe(other / EVENTS_FILE)
    assert "Of storks" in cli_run("runs", "show", "last").out
