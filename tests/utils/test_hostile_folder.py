"""Started in a downloaded folder, nothing in it runs: no module, no program, no entry point."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import config
from roundtable_tui.config import ServerSettings
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.knowledge.formats.reader import DocumentReader
from roundtable_tui.llm.local import fetch
from roundtable_tui.llm.local.server import LocalServer
from roundtable_tui.tui.clipboard import ClipboardTool, find_tool, send_to_tool
from roundtable_tui.tui.external_editor import get_editor_command
from roundtable_tui.tui.screens.runs.saved_run_controller import _write_export
from roundtable_tui.utils import paths
from roundtable_tui.web.process import AppProcess, app_command

RECORD = Path(__file__).parents[1] / "data" / "runs" / "debate" / "events.jsonl"
NOT_OURS = ("textual", "openai", "pydantic", "httpx2", "pypdf", "platformdirs", "keyring", "outsider")
MODULES = (*NOT_OURS, "json", "asyncio", "pip", "xllamacpp", "sitecustomize", "usercustomize")
PROGRAMS = (
    "xclip", "xsel", "wl-copy", "pbcopy", "clip.exe", "tmux", "nano", "vi", "pass", "git", "uname", "less",
    "xdg-open", "lsb_release", "ldconfig", "gcc", "jbig2dec", "sh", "env", "python", "python3", "stty",
)  # fmt: skip
TOOLS = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "w", "WSL_DISTRO_NAME": "Debian", "TMUX": "/tmp/x"}


class Hostile:
    """The current folder, full of what should not run, and what has run of it."""

    def __init__(self, folder: Path, marks: Path) -> None:
        self.folder, self._marks = folder, marks
        marks.mkdir()

    def hold(self, *modules: str, programs: tuple[str, ...] = PROGRAMS) -> None:
        """Put modules, programs and an entry point into the folder."""
        for name in modules:
            self._write(f"{name}.py", f"open({str(self._marks / name)!r}, 'w').close()\n")
        for name in programs:
            path = self._write(name, f"#!/bin/sh\n: > '{self._marks / name}'\n")
            path.chmod(0o755)
        self._write(
            "outsider-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: outsider\nVersion: 1.0\n"
        )
        self._write("outsider-1.0.dist-info/entry_points.txt", "[roundtable.modes]\nevil = outsider:MODE\n")

    def hold_ours(self) -> None:
        """Put a package of our name into the folder."""
        for name in ("__init__", "__main__", "cli"):
            mark = self._marks / f"roundtable_tui.{name}"
            self._write(f"roundtable_tui/{name}.py", f"open({str(mark)!r}, 'w').close()\n")

    def ran(self) -> list[str]:
        return sorted(mark.name for mark in self._marks.iterdir())

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    """The folder with nothing in it yet; PATH and PYTHONPATH name it as they often do, by mistake."""
    (tmp_path / "downloaded").mkdir()
    found = Hostile(tmp_path / "downloaded", tmp_path / "ran")
    monkeypatch.chdir(found.folder)
    monkeypatch.setenv("PATH", f".::{found.folder.name}:{os.environ['PATH']}")
    yield found
    assert found.ran() == []


@pytest.fixture
def hostile(empty: Hostile, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    empty.hold(*MODULES)
    empty.hold_ours()
    monkeypatch.setenv("PYTHONPATH", f":{empty.folder}")
    monkeypatch.setenv("PYTHONSTARTUP", str(empty.folder / "json.py"))
    return empty


def test_hostile_folder_without_our_care_its_code_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "downloaded").mkdir()
    bad = Hostile(tmp_path / "downloaded", tmp_path / "ran")
    bad.hold(*MODULES)
    bad.hold_ours()
    environ = {"PATH": f":{os.environ['PATH']}", "PYTHONPATH": ":"}
    how: Any = {"cwd": bad.folder, "env": environ, "check": False}
    subprocess.run([sys.executable, "-m", "roundtable_tui"], **how)
    subprocess.run(["uname"], **how)
    assert {"sitecustomize", "roundtable_tui.__init__", "roundtable_tui.__main__"} <= set(bad.ran())
    assert "uname" in bad.ran()


@pytest.mark.anyio
async def test_export_of_a_cast_in_a_hostile_folder_runs_nothing_of_it(hostile: Hostile) -> None:
    folder = paths.runs_dir() / "20261102-120000-debate-abc123"
    folder.mkdir(parents=True)
    shutil.copy(RECORD, folder)
    written = await _write_export(folder, "cast", Path("-x.cast"))
    assert written.read_text().startswith('{"version"')


def test_reader_in_a_hostile_folder_runs_nothing_of_it(hostile: Hostile) -> None:
    reading = DocumentReader()
    assert reading.read(Path("a.html"), "html", b"<p>words").text.strip() == "words"
    with pytest.raises(RoundtableError, match="is not a PDF that can be read"):
        reading.read(Path("a.pdf"), "pdf", b"%PDF-1.7 words")
    assert reading.read(Path("b.html"), "html", b"<p>more").text.strip() == "more"
    reading.close()


@pytest.mark.anyio
async def test_local_server_in_a_hostile_folder_runs_nothing_of_it(hostile: Hostile, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import json, asyncio\nprint('listening http://127.0.0.1:9', flush=True)\ninput()")
    local = LocalServer(Path("-x.gguf"), program=program)
    assert (await local.start()).base_url == "http://127.0.0.1:9/v1"
    await local.stop()


@pytest.mark.anyio
async def test_fetch_in_a_hostile_folder_runs_nothing_of_it(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    with pytest.raises(RoundtableError, match="pip could not fetch"):
        await fetch._download(tmp_path, None)


@pytest.mark.anyio
async def test_app_of_a_tab_in_a_hostile_folder_runs_nothing_of_it(hostile: Hostile) -> None:
    async def nothing(*given: Any) -> None: ...

    how: Any = {"write_bytes": nothing, "write_str": nothing, "close": nothing, "download_manager": None}
    process = await AppProcess(app_command(["modes"]), **how)._open_app_process()
    said, wrong = await process.communicate()
    assert process.returncode == 0 and b"debate" in said and b"evil" not in said + wrong


@pytest.mark.parametrize("words", ["pass show models", "./pass", "downloaded/pass"])
def test_read_key_in_a_hostile_folder_finds_no_program_there(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str
) -> None:
    monkeypatch.setenv("PATH", f".::{tmp_path / 'nothing'}")
    with pytest.raises(UsageError, match="neither on PATH nor an absolute path"):
        config.read_key(ServerSettings("box", "http://h/v1", api_key_cmd=words))


@pytest.mark.parametrize("words", ["-c 'import json; print(7)'", "-m keyring"])
def test_read_key_in_a_hostile_folder_imports_nothing_of_it(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "keyring.py").write_text("import os; os.system('uname > /dev/null'); print(7)")
    monkeypatch.setenv("HOME", str(home))
    server = ServerSettings("box", "http://h/v1", api_key_cmd=f"'{sys.executable}' {words}")
    assert config.read_key(server)


@pytest.mark.anyio
@pytest.mark.parametrize("system", ["Linux", "Darwin"])
async def test_copying_in_a_hostile_folder_finds_no_tool_there(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str
) -> None:
    searched = f".::{hostile.folder.name}:{tmp_path / 'nothing'}"
    assert find_tool(TOOLS | {"PATH": searched}, system=system) is None
    monkeypatch.setenv("PATH", searched)
    for name in PROGRAMS:
        assert not await send_to_tool(ClipboardTool(name, (name,)), "words")


@pytest.mark.parametrize("named", ["nano", "./nano", "'nano' -w"])
def test_editor_in_a_hostile_folder_is_not_found_there(hostile: Hostile, tmp_path: Path, named: str) -> None:
    with pytest.raises(UsageError, match="editor not found"):
        get_editor_command({"EDITOR": named, "PATH": f".::{tmp_path / 'nothing'}"})


SCRIPT = "import sys; from roundtable_tui.cli.main import main; main()"
"""What the command `roundtable` is, run as such: its folder is the first on the path."""


@pytest.mark.parametrize("words", [["modes"], ["ask", "--demo", "--mode", "single", "Why?"], ["paths"]])
@pytest.mark.parametrize("way", ["script", "-P -m"])
def test_program_in_a_hostile_folder_runs_nothing_of_it(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str, words: list[str]
) -> None:
    monkeypatch.delenv("PYTHONPATH")
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "roundtable"
    script.write_text(SCRIPT)
    start = [str(script)] if way == "script" else ["-P", "-m", "roundtable_tui"]
    done = subprocess.run([sys.executable, *start, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "evil" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [["modes"], ["ask", "--demo", "--mode", "single", "Why?"]])
def test_module_started_in_a_hostile_folder_imports_no_library_and_no_mode_of_it(
    empty: Hostile, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    empty.hold(*NOT_OURS)
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    start = [sys.executable, "-m", "roundtable_tui"]
    done = subprocess.run([*start, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "evil" not in done.stdout + done.stderr


def test_modes_of_a_library_user_in_a_hostile_folder_come_from_what_is_installed(empty: Hostile) -> None:
    empty.hold("outsider")
    code = "from roundtable_tui import modes; print(*modes.all_modes(), modes.load_errors())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "debate" in done.stdout and "evil" not in done.stdout


def test_program_libraries_find_no_program_in_a_hostile_folder(hostile: Hostile, tmp_path: Path) -> None:
    code = (
        "import os, platform, sys\nfrom ctypes.util import find_library\n"
        "from roundtable_tui.cli import main as cli\n"
        "cli._dispatch = lambda args: (platform.platform(), find_library('pq'), os.system('uname'))[2]\n"
        "sys.argv = ['roundtable']\ncli.main()"
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([sys.executable, "-P", "-c", code], env=environ, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
