"""A disk that is full, read-only, damaged or in use: the run continues, old data stays, a notice is shown."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from roundtable_tui.cli import main
from roundtable_tui.engine.record.recorder import EVENTS_FILE, read_record
from tests.support.fake_server import FakeServer, Reply, served
from tests.support.stress.fork_server import Nursery
from tests.support.stress.runs import Brain
from tests.support.stress.small_disk import AS_ROOT, fill, small_disk
from tests.support.torture import FULL, share

NOBODY = 65534


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with served(Brain()) as fake:
        yield fake


def run(
    nursery: Nursery, fake: FakeServer, home: Path, name: str, **how: object
) -> tuple[int, str, list[dict]]:
    """Run a debate in a child process; return its exit code, stderr and printed events."""
    out, err = home.parent / f"{name}.out", home.parent / f"{name}.err"
    for path in (out, err):
        path.touch()
        path.chmod(0o666)
    pid = nursery.child(
        "run", mode="debate", url=fake.url, home=str(home), name=name, out=str(out), err=str(err), **how
    )
    code = nursery.wait(pid)
    return code, err.read_text(), [json.loads(line) for line in out.read_text().splitlines()]


def prints(folder: Path) -> dict[str, str]:
    """Return a fingerprint of every file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def end(told: list[dict]) -> dict:
    """Return the end of the run; a notice about its files may follow it."""
    (found,) = [event for event in told if event["type"] == "run_finished"]
    return found


def notices(told: list[dict]) -> list[str]:
    return [event["text"] for event in told if event["type"] == "notice"]


# --- full and read-only disks ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", share([0, 300, 2000, 4096, 9000], 2))
def test_record_with_file_size_limit_reports_and_run_completes(
    size: int, nursery: Nursery, server: FakeServer, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert run(nursery, server, home, "before")[0] == 0
    before = prints(home / "runs" / "before")
    code, err, told = run(nursery, server, home, "full", fsize=size)
    assert code == 0 and end(told)["answer"]
    (line,) = [text for text in notices(told) if "the record cannot be written" in text]
    assert "\n" not in line and "Traceback" not in err and "Traceback" not in line
    assert prints(home / "runs" / "before") == before
    assert run(nursery, server, home, "after")[0] == 0, "and it works again when there is room"
    assert read_record(home / "runs" / "after").run_finished is not None


def test_record_on_full_disk_reports_and_run_completes(
    nursery: Nursery, server: FakeServer, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with small_disk(home) as mounted:
        if not mounted:  # Not allowed to mount: the limit of file sizes above has shown the same.
            return
        assert run(nursery, server, home, "before")[0] == 0
        before = prints(home / "runs" / "before")
        filler = fill(home)
        code, err, told = run(nursery, server, home, "full")
        assert code == 0 and end(told)["status"] == "complete" and "Traceback" not in err
        assert any("cannot be written" in text or "not recorded" in text for text in notices(told))
        assert prints(home / "runs" / "before") == before
        filler.unlink()
        assert run(nursery, server, home, "after")[0] == 0
        assert read_record(home / "runs" / "after").run_finished is not None


@pytest.mark.parametrize("where", ["home", "runs"])
def test_record_in_unwritable_folder_reports_and_run_completes(
    where: str, nursery: Nursery, server: FakeServer, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / "runs").mkdir(parents=True)
    (home / "cache").mkdir()
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    closed = home if where == "home" else home / "runs"
    closed.chmod(0o755 if AS_ROOT else 0o555)
    how: dict[str, object] = {"uid": NOBODY} if AS_ROOT else {}
    code, err, told = run(nursery, server, home, "one", **how)
    closed.chmod(0o755)
    assert code == 0 and end(told)["status"] == "complete" and "Traceback" not in err
    (line,) = [text for text in notices(told) if "not recorded" in text]
    assert "Permission denied" in line
    assert not list((home / "runs").iterdir())


def test_record_with_file_in_place_of_folder_keeps_file(
    nursery: Nursery, server: FakeServer, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "runs").write_text("mine")
    code, _, told = run(nursery, server, home, "one")
    assert code == 0 and end(told)["status"] == "complete"
    assert any("not recorded" in text for text in notices(told))
    assert (home / "runs").read_text() == "mine"


# --- two programs at once ---------------------------------------------------------------------------------


def test_record_concurrent_programs_write_complete_records(
    nursery: Nursery, server: FakeServer, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    names = [f"run-{n}" for n in range(20 if FULL else 6)]
    how = {"mode": "debate", "url": server.url, "home": str(home)}
    pids = [nursery.child("run", name=name, **how) for name in names]
    assert [nursery.wait(pid) for pid in pids] == [0] * len(pids)
    for name in names:
        recording = read_record(home / "runs" / name)
        assert (
            recording.skipped_lines == 0
            and recording.run_finished is not None
            and recording.run_finished.status == "complete"
        )


def test_resume_of_active_run_is_rejected(nursery: Nursery, tmp_path: Path) -> None:
    """The second program gets an error, sends no request, and writes nothing."""
    home = tmp_path / "home"
    gate = asyncio.Event()
    held = {"Eve": Reply("Eve1w0 Eve1END", gate=gate)}
    script = Brain({("Eve", 1): lambda reply: held["Eve"]})
    with served(script) as fake:
        how = {"home": str(home), "name": "one", "err": str(tmp_path / "err")}
        first = nursery.child("run", mode="pro", url=fake.url, **how)
        while len(fake.requests) < 3 or not (home / "runs/one" / EVENTS_FILE).exists():
            pass
        asked, before = len(fake.requests), (home / "runs/one" / EVENTS_FILE).read_bytes()
        assert nursery.wait(nursery.child("resume", **how)) == 2
        assert "is active" in (tmp_path / "err").read_text()
        assert len(fake.requests) == asked
        assert (home / "runs/one" / EVENTS_FILE).read_bytes().startswith(before)
        script_loop_set(fake, gate)
        assert nursery.wait(first) == 0
    recording = read_record(home / "runs" / "one")
    assert (
        recording.skipped_lines == 0
        and recording.run_finished is not None
        and recording.run_finished.status == "complete"
    )


def script_loop_set(fake: FakeServer, gate: asyncio.Event) -> None:
    """Open a gate on the server's own loop."""
    assert fake._server is not None
    fake._server.get_loop().call_soon_threadsafe(gate.set)


# --- files that are not what they should be ------------------------------------------------------------

COMMANDS = """
runs
runs show last
runs search bridges
ask --resume last
doctor
runs export last
ask Why? --mode single --model m
runs show random
runs --json
ask --resume newer
ask --fork zeros
ask And? --follow-up folder
""".strip().splitlines()


def damaged(home: Path) -> None:
    """Write folders that are no valid runs, each damaged in another way."""
    random = Random(7)
    newer = {
        "type": "run_started",
        "version": 99,
        "run_id": "x",
        "started_at": "",
        "mode": "debate",
        "question": "?",
    }
    header = newer | {"version": 1}
    contents = {
        "random": random.randbytes(5000), "empty": b"", "zeros": bytes(4096), "list": b"[]\n",
        "word": b"true\n",
        "newer": json.dumps(newer).encode() + b"\n", "no-header": b'{"type":"notice"}\n',
        "half": json.dumps(header).encode()[:40], "deep": b"[" * 100_000,
        "nul": b"\0" + json.dumps(header).encode(),
        "late": json.dumps(header).encode() + b"\n" + random.randbytes(3000) + b"\n\n{}\n[]\n\"x\"\n",
        "utf16": json.dumps(header).encode("utf-16"), "long": b'{"type":"' + b"x" * 3_000_000,
    }  # fmt: skip
    for name, content in contents.items():
        (home / "runs" / name).mkdir(parents=True)
        (home / "runs" / name / EVENTS_FILE).write_bytes(content)
    (home / "runs" / "folder" / EVENTS_FILE).mkdir(parents=True)
    (home / "runs" / "nothing").mkdir()
    (home / "runs" / "a-file").write_bytes(b"x")
    os.mkfifo(home / "runs" / "nothing" / EVENTS_FILE)
    (home / "runs" / "round").symlink_to(home / "runs" / "round")
    (home / "cache").mkdir()
    (home / "cache" / "servers.json").write_bytes(random.randbytes(500))


@pytest.mark.parametrize("command", share(COMMANDS, 3))
def test_commands_with_damaged_records_leave_them_unchanged(
    command: str, roundtable_home: Path, server: FakeServer,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    home = roundtable_home
    damaged(home)
    before = prints(home / "runs")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("COLUMNS", "300")
    code = main.main(command.split())
    out, err = capsys.readouterr()
    assert code in (0, 1, 2)
    assert "Traceback" not in out + err
    assert not (roundtable_home / "cache" / "roundtable.log").exists(), "nothing of it is a fault of ours"
    after = prints(roundtable_home / "runs")
    assert {path: after[path] for path in before} == before
    if command.startswith("ask Why?"):
        assert code == 0, err


SETTINGS = {
    "cut": b'mode = "deb', "random": Random(3).randbytes(900), "unknown": b"agnets = 3\n",
    "type": b"agents = 'many'\n",
    "utf16": 'mode = "debate"\n'.encode("utf-16"), "twice": b'mode = "pro"\nmode = "pro"\n',
    "nul": b"mode = \0\n",
    "key": b'[servers.a]\nbase_url = "http://h/v1"\napi_key = "sk-abcdefghijklmnop"\n',
    "huge": b"# x\n" * 600_000,
}  # fmt: skip


@pytest.mark.parametrize("fault", share(list(SETTINGS), 3))
def test_commands_with_invalid_settings_report_and_leave_them_unchanged(
    fault: str, roundtable_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = roundtable_home / "settings.toml"
    file.write_bytes(SETTINGS[fault])
    for words in (["ask", "--demo", "Why?"], []):
        code = main.main(words)
        out, err = capsys.readouterr()
        assert (code, out) == (2, "")
        assert err.count("\n") == 1 and "settings.toml" in err and "sk-abc" not in err
    assert file.read_bytes() == SETTINGS[fault]


def test_record_files_are_readable_by_owner_only(
    nursery: Nursery, server: FakeServer, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert run(nursery, server, home, "one")[0] == 0
    for path in (home, *home.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
